"""The commands about one's account, mostly at our own server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, at_our_server, sitting
from trio_chat.client.commands import account
from trio_chat.client.login import Login
from trio_chat.client.setup.profiles import Kept, ProfileFile
from trio_chat.client.tls import TLS
from trio_chat.testing.chat import VirtualChat


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A profile at our server, without an account."""
    file = ProfileFile(tmp_path / "client.toml")
    file.set_values(("profiles", "home"), {"host": "irc.test", "nick": "alice"})
    return Kept(file, "home")


def who(desk: Desk) -> str:
    """The account that the server has them logged in to."""
    return desk.console.connected().account


def login_of(desk: Desk) -> Login | None:
    """Whom the next connection logs in as."""
    return desk.console.login


def login_kept(kept: Kept) -> str | None:
    return kept.file.read().profiles["home"].login


async def test_one_logs_in_and_stays_so(chat: VirtualChat, kept: Kept) -> None:
    await chat.account("robert")
    async with at_our_server(chat, "bob", account=False, kept=kept) as bob:
        shown = await bob.does("/login robert")
        assert bob.asked == ["Password of robert:"]
        assert "-- logged in as robert" in shown
        assert who(bob) == "robert"
        assert login_of(bob) == Login("robert", "secret")
        assert login_kept(kept) == "robert"
        assert "secret" not in "".join(shown) + kept.file.path.read_text()
        assert "-- You are now logged out" in await bob.does("/logout")
        assert not who(bob)
        assert login_of(bob) is None
        assert await bob.does("/logout") == ["!! you are not logged in: /login first"]


async def test_whom_one_logs_in_as_goes_without_saying(chat: VirtualChat) -> None:
    async with at_our_server(chat, "bob", account=False) as bob:
        [trouble] = await bob.does("/login")
        assert bob.asked == ["Password of bob:"]
        assert trouble.startswith("!! not logged in: ")
        bob.console.login = Login("robert", "secret")
        await bob.does("/login")
        assert bob.asked[-1] == "Password of robert:"
        bob.secret = None
        assert await bob.does("/login") == ["!! nothing was typed, and nothing was done"]


@pytest.mark.parametrize("line", ["/login alice sesame", "/register sesame", "/register a@b c"])
async def test_a_password_is_no_argument(line: str) -> None:
    async with sitting() as desk:
        [trouble] = await desk.does(line)
        assert "asked for" in trouble
        assert desk.asked == []


async def test_an_account_is_made(chat: VirtualChat, kept: Kept) -> None:
    async with at_our_server(chat, "bob", account=False, kept=kept) as bob:
        shown = await bob.does("/register bob@example.org")
        assert bob.asked == ["Password for the account bob:", "Once more:"]
        assert "-- logged in as bob" in shown
        assert bob.console.connected().account == "bob"
        assert login_kept(kept) == "bob"
        assert await bob.does("/register") == ["!! you are logged in to bob: /logout first"]


async def test_two_passwords_that_differ_do_nothing(chat: VirtualChat) -> None:
    async with at_our_server(chat, "bob", account=False) as bob:
        secrets = iter(("one", "two"))

        async def ask_secret(question: str) -> str:
            await trio.lowlevel.checkpoint()
            return next(secrets)

        bob.ask_secret = ask_secret  # type: ignore[method-assign]
        assert await bob.does("/register") == ["!! these were two different ones: nothing was done"]
        assert bob.console.connected().account == ""


async def test_an_account_is_verified_by_its_code() -> None:
    async with sitting(capabilities="draft/account-registration standard-replies") as desk:
        shown = await desk.asks(
            "/register",
            "REGISTER",
            "*",
            "*",
            "secret",
            answers=[":irc.test REGISTER VERIFICATION_REQUIRED me :See your mail"],
        )
        assert shown == [
            "-- See your mail",
            "-- not yet: /verify CODE, with the code that was sent to you",
        ]
        assert login_of(desk) is None
        assert await desk.does("/verify") == ["!! usage: /verify [ACCOUNT] CODE"]
        shown = await desk.asks(
            "/verify 123", "VERIFY", "me", "123", answers=[":irc.test VERIFY SUCCESS me :Welcome"]
        )
        assert shown == ["-- Welcome", "-- logged in as me"]
        assert desk.console.login == Login("me", "secret")
        await desk.asks(
            "/verify al 1", "VERIFY", "al", "1", answers=[":irc.test VERIFY SUCCESS al :Welcome"]
        )
        assert desk.console.login == Login("me", "secret")


@pytest.mark.parametrize("line", ["/login", "/register", "/verify 1"])
async def test_a_server_without_accounts(line: str) -> None:
    async with sitting() as desk:
        [trouble] = await desk.does(line)
        assert trouble.startswith("!! this server ")


async def test_a_certificate_is_made_and_bound(
    chat: VirtualChat, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "alice.pem"
    monkeypatch.setattr(account, "certificate_path", lambda host, port: path)
    async with at_our_server(chat, "alice", kept=kept) as alice:
        [trouble] = await alice.does("/cert")
        assert trouble == "!! a certificate takes TLS, which this connection has not"
        assert kept.file.read().profiles["home"].cert is None
        alice.console.options = replace(alice.console.options, tls=TLS())
        shown = await alice.does("/cert")
        assert any("This certificate logs in to your account now." in line for line in shown)
        assert f"-- your certificate is {path}" in shown
        [fingerprint] = [line.split()[-1] for line in shown if "its fingerprint is" in line]
        assert "the next start logs in by it" in "".join(shown)
        assert kept.file.read().profiles["home"].cert == str(path)
        again = await alice.does("/cert")
        assert f"-- its fingerprint is {fingerprint}" in again
        alice.console.options.kept.file.path.unlink()  # type: ignore[union-attr]
        assert f"start with --cert {path}" in "".join(await alice.does("/cert"))
        path.write_text("nothing")
        [trouble] = await alice.does("/cert")
        assert trouble.startswith(f"!! there is no certificate in {path}: ")

        def fail(path: Path, name: str) -> str:
            raise OSError("the disk is full")

        monkeypatch.setattr(account, "make_certificate", fail)
        assert await alice.does("/cert") == ["!! no certificate was made: the disk is full"]


async def test_a_file_that_cannot_be_changed_is_told_of(chat: VirtualChat, kept: Kept) -> None:
    kept.file.path.write_text("[profiles")
    await chat.account("robert")
    async with at_our_server(chat, "bob", account=False, kept=kept) as bob:
        shown = await bob.does("/login robert")
        assert any("it is not kept for the next start: " in line for line in shown), shown
        assert login_of(bob) == Login("robert", "secret")
