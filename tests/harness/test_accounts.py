"""Accounts in a test chat: there from the beginning, kept in memory, and no time lost over them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
import trio
import trio.testing
from scramp import ScramClient

from trio_chat.archive.settings import MailSettings
from trio_chat.config import Config
from trio_chat.core.account_questions import CheckLogin, DisableAccount, Verdict
from trio_chat.core.records import BanRecord
from trio_chat.server import WATCH_SECONDS
from trio_chat.testing import User, VirtualChat, numeric, open_chat
from trio_chat.wire.sasl import Incoming, chunks

from ..archive.post_office import PostOffice


async def test_an_account_that_was_made_is_known_to_the_chat(chat: VirtualChat) -> None:
    alice = await chat.account("Alice", email="a@example.org")
    assert chat.world.accounts.find("alice") == alice
    with pytest.raises(ValueError, match="no account alice: taken"):
        await chat.account("alice")


async def test_a_question_takes_no_time(chat: VirtualChat) -> None:
    alice = await chat.account("alice", "sesame")
    begin = trio.current_time()
    errands = chat.server._hub.errands
    assert await errands.answer(CheckLogin("alice", "sesame")) == Verdict(account=alice)
    assert await errands.answer(CheckLogin("alice", "guess")) == Verdict("wrong")
    assert trio.current_time() == begin


async def test_what_is_changed_from_outside_is_known_within_a_second_or_so(
    chat: VirtualChat,
) -> None:
    await chat.account("alice")
    chat.archive.holdings.disable(DisableAccount("alice"))
    await trio.sleep(WATCH_SECONDS * 1.01)
    found = chat.world.accounts.find("alice")
    assert found is not None
    assert found.disabled


async def test_what_the_chat_keeps_is_in_the_archive(chat: VirtualChat) -> None:
    ban = BanRecord("user", "*!*@spam", "spam", "root", 10.0)
    recorder = chat.server._recorder
    assert recorder is not None
    recorder.record_nowait(ban)
    await chat.settle()
    assert chat.archive.restore(0.0).records == (ban,)


def plain(name: str, password: str) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


async def test_an_account_from_registering_to_logging_in(
    autojump_clock: trio.testing.MockClock,
) -> None:
    with PostOffice() as post:
        mail = MailSettings(
            host="127.0.0.1", port=post.port, security="none", sender="chat@example.org"
        )
        async with open_chat(replace(Config(), mail=mail)) as chat:
            alice = await chat.user("alice")
            await alice.send("REGISTER * alice@example.org :open sesame")
            await alice.expect("REGISTER")
            found = re.search(r"VERIFY alice (\S+)", post.letters[0].get_content())
            assert found is not None
            await alice.send(f"VERIFY alice {found[1]}")
            await alice.expect("VERIFY")
            await alice.quit()
            again = await chat.newcomer()
            await again.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :a", "AUTHENTICATE PLAIN")
            await again.expect("AUTHENTICATE")
            await again.send(f"AUTHENTICATE {plain('alice', 'open sesame')}")
            await again.expect(numeric("903"))
            await again.send("CAP END")
            await again.expect("001")
            (user,) = chat.world.users.values()
            assert user.account == "alice"


async def say(user: User, text: str) -> str:
    """Say one message of SASL; the server's answer to it, if that is one."""
    for chunk in chunks(text.encode()):
        await user.send(f"AUTHENTICATE {chunk}")
    incoming = Incoming()
    while True:
        message = await user.receive()
        if message.command != "AUTHENTICATE":
            return message.command
        answer = incoming.collect(message.params[0])
        if answer is not None:
            return answer.decode()


@pytest.mark.parametrize(("password", "outcome"), [("open sesame", "900"), ("simsim", "904")])
async def test_a_client_of_scram_and_the_server_prove_to_each_other_who_they_are(
    chat: VirtualChat, password: str, outcome: str
) -> None:
    await chat.account("alice", "open sesame")
    alice = await chat.newcomer()
    await alice.send("CAP REQ :sasl", "NICK alice", "AUTHENTICATE SCRAM-SHA-256")
    await alice.expect("AUTHENTICATE")
    client = ScramClient(["SCRAM-SHA-256"], "alice", password)
    client.set_server_first(await say(alice, client.get_client_first()))
    answer = await say(alice, client.get_client_final())
    if outcome == "900":
        client.set_server_final(answer)  # raises if the server does not know the password
        answer = await say(alice, "")
    assert answer == outcome


@pytest.mark.parametrize(("kind", "is_traced"), [(OSError, False), (ValueError, True)])
async def test_accounts_that_cannot_be_looked_for_are_complained_of_once(
    virtual_time: None, kind: type[Exception], is_traced: bool
) -> None:
    def fail(at: float) -> None:
        raise kind("out of order")

    async with open_chat() as chat:
        look = chat.archive.changes
        for _ in range(2):
            chat.archive.changes = fail  # type: ignore[method-assign]
            await trio.sleep(5 * WATCH_SECONDS)
            chat.archive.changes = look  # type: ignore[method-assign]
            await trio.sleep(5 * WATCH_SECONDS)
        told = list(chat.complaints)
        chat.complaints.clear()
    text = "cannot look for changed accounts: out of order"
    assert [each.getMessage() for each in told] == [text] * 2
    assert [bool(each.exc_info) for each in told] == [is_traced] * 2
