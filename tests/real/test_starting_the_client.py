"""`trio-chat client` from its first run on: questions, profiles, passwords, certificates."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
import trio

import trio_chat
from trio_chat.client.login import Login
from trio_chat.client.setup.certificate import make_certificate
from trio_chat.client.tls import TLS

from .chatting import wait_for_line
from .processes import ENVIRONMENT, TRIO_CHAT, ServerProcess, running_server
from .programs import needs
from .terminal import Terminal, Tmux
from .waiting import PATIENCE

pytestmark = pytest.mark.slow


async def open_shell(tmux: Tmux, home: Path) -> Terminal:
    """A shell of somebody who has no files of their own yet."""
    shell = await tmux.open("ada", "env", "PS1=$ ", f"XDG_CONFIG_HOME={home}", "sh")
    await shell.wait_for(r"^\$")
    return shell


async def start(shell: Terminal, *words: str, after: str = "") -> None:
    """Start the client on an empty screen: what an earlier one has left there would do as well."""
    await shell.enter("clear")
    await shell.wait_for("[a-z]", gone=True)
    await shell.enter(shlex.join([*TRIO_CHAT, "client", *words]) + after)


@needs("tmux")
async def test_the_first_run_asks_and_the_second_does_not(
    server: ServerProcess, tmux: Tmux, tmp_path: Path
) -> None:
    shell = await open_shell(tmux, tmp_path)
    await start(shell)
    await wait_for_line(shell, "Server [127.0.0.1:8080]:", cursor=25)
    await shell.enter(server.address)
    await shell.wait_for(r"^Nick \[\w+\]:")
    await shell.enter("ada")
    await shell.wait_for(r"^Room \[#lobby\]:")
    await shell.enter("tea")
    await shell.wait_for_all("^kept as the profile default in ", "-- you joined #tea")
    await shell.press("C-d")
    await wait_for_line(shell, "$")
    await start(shell)
    await shell.wait_for("-- you joined #tea")
    assert "Server [" not in await shell.screen()
    await shell.press("C-d")
    await wait_for_line(shell, "$")


@needs("tmux")
@pytest.mark.parametrize("key", ["C-c", "C-d"])
async def test_leaving_the_questions_leaves_quietly(tmux: Tmux, tmp_path: Path, key: str) -> None:
    shell = await open_shell(tmux, tmp_path)
    await start(shell, after="; echo ended with $?")
    await shell.wait_for(r"^Server \[127.0.0.1:8080\]:")
    await shell.press(key)
    await shell.wait_for("^ended with 130")
    assert "Traceback" not in await shell.screen()
    assert not list(await trio.Path(tmp_path).iterdir())


@needs("tmux")
async def test_a_password_is_asked_for_unseen_and_a_profile_kept(
    server: ServerProcess, tmux: Tmux, tmp_path: Path
) -> None:
    await add_account(server, "ada", "sesame street")
    shell = await open_shell(tmux, tmp_path)
    words = ("--nick", "ada", "--room", "#tea", "--login", "ada", "--save", "home")
    await start(shell, server.address, *words)
    await shell.wait_for("^Password of the account ada:")
    await shell.enter("sesame street")
    await shell.wait_for("-- you joined #tea")
    assert "sesame" not in await shell.scrollback()
    await shell.press("C-d")
    await wait_for_line(shell, "$")
    text = (tmp_path / "trio-chat" / "client.toml").read_text()
    assert "sesame" not in text
    assert tomllib.loads(text)["profiles"]["home"]["login"] == "ada"
    await start(shell, "home")
    await shell.wait_for("^Password of the account ada:")
    await shell.enter("wrong password")
    await shell.wait_for("^trio-chat client: not logged in: ")
    await wait_for_line(shell, "$")


async def test_a_certificate_of_ones_own_logs_in(tmp_path: Path) -> None:
    fingerprint = make_certificate(tmp_path / "me.pem", "ada")
    async with running_server(tmp_path / "data", "--tls") as server:
        await add_account(server, "ada", "sesame street")
        async with trio_chat.connect(
            port=server.port, nick="ada", login=Login("ada", "sesame street")
        ) as chat:
            await chat.say("NickServ", f"CERT ADD {fingerprint}")
            with trio.fail_after(PATIENCE):
                async for event in chat:
                    if isinstance(event, trio_chat.Noticed) and event.where == "NickServ":
                        break
        tls = TLS(fingerprint=fingerprint_in(server.banner), cert=tmp_path / "me.pem")
        # Raises if the server does not take it.
        async with trio_chat.connect(
            port=server.port, nick="ada", login=Login("ada"), tls=tls
        ) as chat:
            assert chat.nick == "ada"


def fingerprint_in(banner: str) -> str:
    """Of the server's own certificate, in the two rows it is shown in."""
    return "".join(banner.partition("SHA-256 fingerprint")[2].split()[:2])


async def add_account(server: ServerProcess, name: str, password: str) -> None:
    command = [*TRIO_CHAT, "account", "add", name, "--password-stdin", "--data", str(server.data)]
    with trio.fail_after(PATIENCE):
        await trio.run_process(
            command, stdin=f"{password}\n".encode(), env=ENVIRONMENT, capture_stdout=True
        )
