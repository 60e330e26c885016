"""`trio-chat client` in a real terminal."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio

from tests.client.scripted_server import ScriptedServer
from tests.client.tls_server import fingerprint, make_certificate, tls_server
from trio_chat.client.tls import show_fingerprint

from .chatting import (
    client_command,
    client_pid,
    open_client,
    open_client_in_shell,
    tty_settings,
    wait_for_line,
)
from .peers import Peer, peer
from .processes import ServerProcess, running_server
from .programs import needs
from .terminal import Terminal, Tmux

pytestmark = [pytest.mark.slow, needs("tmux")]


async def flood(bot: Peer) -> None:
    """Say 250 numbered lines a second to the lobby."""
    number = 0
    while True:
        await bot.send(*(f"PRIVMSG #lobby :flood {number + more}" for more in range(5)))
        number += 5
        await trio.sleep(0.02)


async def test_the_line_being_typed_stays_intact_while_lines_pour_in(
    server: ServerProcess, tmux: Tmux
) -> None:
    async with (
        peer(server.port, "bot") as bot,
        peer(server.port, "ear") as ear,
        trio.open_nursery() as nursery,
    ):
        carol = await open_client(tmux, server.port, "carol")
        nursery.start_soon(flood, bot)
        await carol.wait_for("flood 100")
        await carol.type("The quick brown fox")
        await wait_for_line(carol, "[#lobby] The quick brown fox", cursor=28)
        await carol.press(*["Left"] * 4)
        await carol.press(*["BSpace"] * 5)
        await carol.type("žluťoučký 漢字 ")
        await wait_for_line(carol, "[#lobby] The quick žluťoučký 漢字  fox", cursor=34)
        for letter in " jumps over the lazy dog, and nobody minds":
            await carol.press("End")
            await carol.type(letter)
            await carol.press("Home")
            await trio.sleep(0.05)  # as a person would, so that there are lines in between
        line = "The quick žluťoučký 漢字  fox jumps over the lazy dog, and nobody minds"
        await wait_for_line(carol, f"[#lobby] {line}", cursor=9)
        await carol.press("Enter")
        await wait_for_line(carol, "[#lobby]", cursor=9)
        said = await ear.wait_for(r":carol!\S+ PRIVMSG #lobby :(.*)\r\n")
        assert said[1] == line
        nursery.cancel_scope.cancel()
    shown = [int(number) for number in re.findall("<bot> flood (.*)", await carol.scrollback())]
    assert shown == list(range(shown[0], shown[0] + len(shown)))


async def test_ctrl_c_clears_the_line(server: ServerProcess, tmux: Tmux) -> None:
    async with peer(server.port, "ear") as ear:
        carol = await open_client(tmux, server.port, "carol")
        await carol.type("never mind")
        await wait_for_line(carol, "[#lobby] never mind")
        await carol.press("C-c")
        await wait_for_line(carol, "[#lobby]", cursor=9)
        await carol.enter("this instead")
        said = await ear.wait_for(r"PRIVMSG #lobby :(.*)\r\n")
        assert said[1] == "this instead"


async def test_tab_completes_commands_nicks_and_rooms(server: ServerProcess, tmux: Tmux) -> None:
    async with peer(server.port, "ernestine"):
        carol = await open_client(tmux, server.port, "carol")
        await carol.wait_for("ernestine")
        for typed, completed in [
            ("/top", "/topic "),
            ("ern", "ernestine: "),
            ("/msg ern", "/msg ernestine "),
            ("/join #lo", "/join #lobby "),
        ]:
            await carol.type(typed)
            await carol.press("Tab")
            await wait_for_line(carol, f"[#lobby] {completed}", cursor=9 + len(completed))
            await carol.press("C-c")
            await wait_for_line(carol, "[#lobby]", cursor=9)


async def test_a_new_size_of_the_terminal_loses_nothing(server: ServerProcess, tmux: Tmux) -> None:
    async with peer(server.port, "bob") as bob:
        carol = await open_client(tmux, server.port, "carol")
        said = []
        typed = "[#lobby] naïve 漢字"
        await carol.type("naïve 漢字")
        for size in [(60, 20), (100, 30), (40, 10), (100, 30)]:
            await carol.resize(*size)
            await carol.type("!")
            typed += "!"
            said.append(f"at {size}")
            await bob.send(f"PRIVMSG #lobby :at {size}")
            await carol.wait_for_lines("<bob> (.*)", said)
            await wait_for_line(carol, typed, cursor=len(typed) + 2)


# -- leaving


@pytest.mark.parametrize(
    ("keys", "farewell"),
    [
        (["/quit off to bed", "Enter"], "Quit: off to bed"),
        (["exit", "Enter"], "Quit: "),
        (["C-d"], "Quit: "),
    ],
    ids=["/quit", "exit", "Ctrl-D"],
)
async def test_leaving_puts_the_terminal_right(
    server: ServerProcess, tmux: Tmux, keys: Sequence[str], farewell: str
) -> None:
    async with peer(server.port, "ear") as ear:
        shell, settings = await open_client_in_shell(tmux, server.port, "carol")
        assert await tty_settings(shell) != settings
        await shell.press(*keys)
        await ear.wait_for(rf":carol!\S+ QUIT :{farewell}")
        await expect_a_working_shell(shell, settings, status=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_puts_the_terminal_right(
    server: ServerProcess, tmux: Tmux, number: signal.Signals
) -> None:
    async with peer(server.port, "ear") as ear:
        shell, settings = await open_client_in_shell(tmux, server.port, "carol")
        await shell.type("half a line")
        await shell.wait_for("half a line")
        os.kill(await client_pid(shell), number)
        await ear.wait_for(r":carol!\S+ QUIT :Quit")
        await expect_a_working_shell(shell, settings, status=128 + number)


async def expect_a_working_shell(shell: Terminal, settings: str, *, status: int) -> None:
    """The prompt is back, the settings are as they were, and what is typed can be seen."""
    await wait_for_line(shell, "$ ")
    assert await tty_settings(shell) == settings
    await shell.enter("echo it was $?")
    await shell.wait_for(r"^\$ echo it was \$\?$")
    await shell.wait_for(rf"^it was {status}$")


async def test_a_client_that_is_killed_is_seen_to_leave(server: ServerProcess, tmux: Tmux) -> None:
    async with peer(server.port, "ear") as ear:
        shell, _ = await open_client_in_shell(tmux, server.port, "carol")
        os.kill(await client_pid(shell), signal.SIGKILL)
        await ear.wait_for(r":carol!\S+ QUIT :Connection (closed|reset)")
        await ear.send("PRIVMSG carol :are you there?")
        await ear.wait_for(" 401 ear carol ")


async def test_a_client_that_stands_still_is_let_go_and_comes_back(
    tmux: Tmux, tmp_path: Path
) -> None:
    config = tmp_path / "chat.toml"
    await trio.Path(config).write_text(
        "[chat.limits]\n"
        "registration_seconds = 5\nping_after_seconds = 1\nping_timeout_seconds = 1\n"
    )
    async with running_server(tmp_path / "data", "--config", str(config)) as server:
        shell, _ = await open_client_in_shell(tmux, server.port, "carol")
        pid = await client_pid(shell)
        os.kill(pid, signal.SIGSTOP)
        await server.wait_for_console(r"carol has left \(Ping timeout: \d+ seconds\)")
        os.kill(pid, signal.SIGCONT)
        await server.wait_for_console(r"has left(.|\n)*carol has connected")


# -- the server goes away


async def test_it_says_that_the_server_is_gone_and_comes_back_with_it(
    tmux: Tmux, tmp_path: Path
) -> None:
    async with running_server(tmp_path / "data") as server:
        port = server.port
        carol = await open_client(tmux, port, "carol")
        await carol.enter("/join #tea")
        await wait_for_line(carol, "[#tea]")
        await carol.type("half a thought")
        await server.stop(signal.SIGKILL)
        await carol.wait_for("not connected.*next try in")
        await wait_for_line(carol, "[#tea] half a thought", cursor=21)
    async with running_server(tmp_path / "data", port=port), peer(port, "bob", "#tea") as bob:
        await bob.wait_for(r":carol!\S+ JOIN #tea")
        await carol.wait_for(r"^ carol  \d:#tea")
        await bob.send("PRIVMSG #tea :welcome back", "JOIN #lobby")
        await bob.wait_for(" 353 bob = #lobby :.*carol")
        await carol.wait_for("<bob> welcome back")
        await wait_for_line(carol, "[#tea] half a thought", cursor=21)
        await carol.enter(", and the other half")
        said = await bob.wait_for(r":carol!\S+ PRIVMSG #tea :(.*)\r\n")
        assert said[1] == "half a thought, and the other half"


async def test_it_waits_for_a_server_that_is_not_there_yet(
    server: ServerProcess, tmux: Tmux, tmp_path: Path
) -> None:
    await server.stop()
    carol = await tmux.open("carol", *client_command(server.port, "carol"))
    await carol.wait_for("not connected: connection refused; next try in")
    async with running_server(tmp_path / "again", port=server.port):
        await carol.wait_for("you joined #lobby")


# -- TLS


async def let_in(server: ScriptedServer) -> None:
    await server.welcome()
    await server.let_in("#lobby")
    await server.take_quit()


async def test_a_server_is_asked_about_once_and_a_change_ends_it(
    tmux: Tmux, tmp_path: Path
) -> None:
    async with tls_server(script=let_in) as server:
        trusted = fingerprint(server.certificate)
        command = client_command(server.port, "carol", "#lobby", "--tls")
        shell = await tmux.open("carol", "env", "PS1=$ ", f"XDG_DATA_HOME={tmp_path}", "sh")
        await shell.enter(shlex.join(command))
        await shell.wait_for(f"^{show_fingerprint(trusted, '    ')}$")
        await shell.wait_for(r"^Trust it from now on\? \[y/N\]")
        assert server.heard == 0
        await shell.enter("y")
        await shell.wait_for("-- you joined #lobby")
        await shell.press("C-d")
        await wait_for_line(shell, "$ ")

        await shell.enter("clear")
        await shell.wait_for("Trust it", gone=True)
        await shell.enter(shlex.join(command))
        await shell.wait_for("-- you joined #lobby")
        assert "Trust it" not in await shell.screen()
        await shell.press("C-d")
        await wait_for_line(shell, "$ ")

        server.certificate = make_certificate()
        await shell.enter("clear; " + shlex.join(command))
        await shell.wait_for_all(
            rf"THE CERTIFICATE OF 127\.0\.0\.1:{server.port} HAS CHANGED$",
            r"^It was trusted since \d{4}-\d\d-\d\d with the fingerprint$",
            f"^{show_fingerprint(trusted, '    ')}$",
            f"^{show_fingerprint(fingerprint(server.certificate), '    ')}$",
        )
        await wait_for_line(shell, "$ ")
        assert server.heard == 2
