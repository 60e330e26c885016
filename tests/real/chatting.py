"""`trio-chat client` in a terminal, run by itself or from a shell."""

from __future__ import annotations

import shlex

import trio

from .processes import TRIO_CHAT
from .terminal import Terminal, Tmux
from .waiting import Looks


async def open_client(
    tmux: Tmux, port: int, nick: str, *options: str, room: str = "#lobby"
) -> Terminal:
    """The client in a terminal of its own, in the room."""
    terminal = await tmux.open(nick, *client_command(port, nick, room, *options))
    await terminal.wait_for(rf"^\[{room}\]")
    await terminal.wait_for("^[0-9:]+ +-- you joined ")
    return terminal


async def open_client_in_shell(tmux: Tmux, port: int, nick: str) -> tuple[Terminal, str]:
    """The client in a terminal whose shell is there again afterwards, with the tty's settings."""
    terminal = await tmux.open(nick, "env", "PS1=$ ", "sh")
    await terminal.wait_for(r"^\$")
    settings = await tty_settings(terminal)
    await terminal.enter("clear; " + shlex.join(client_command(port, nick)))
    await terminal.wait_for("^[0-9:]+ +-- you joined ")
    return terminal, settings


def client_command(port: int, nick: str, room: str = "#lobby", *options: str) -> list[str]:
    where = f"127.0.0.1:{port}"
    return [*TRIO_CHAT, "client", where, "--nick", nick, "--room", room, *options]


async def tty_settings(terminal: Terminal) -> str:
    """All settings of the terminal's line discipline, in one word."""
    tty = await terminal.tty()
    done = await trio.run_process(["stty", "-F", tty, "-g"], capture_stdout=True)
    return done.stdout.decode()


async def client_pid(shell: Terminal) -> int:
    """The process that the shell in this terminal has put into the foreground.

    It leads a process group of its own, the terminal's (man 5 proc, "/proc/pid/stat": tpgid).
    """
    stat = await trio.Path(f"/proc/{await shell.pid()}/stat").read_text()
    return int(stat.rpartition(") ")[2].split()[5])


async def wait_for_line(terminal: Terminal, line: str, *, cursor: int | None = None) -> None:
    """Wait until the line at the cursor is this one, and the cursor in this column of it."""
    seen: tuple[str, int] = ("", 0)
    looks = Looks()
    while await looks.again():
        column, row = await terminal.cursor()
        seen = (await terminal.screen()).split("\n")[row], column
        if seen[0] == line.rstrip() and cursor in (None, column):
            return
    raise AssertionError(f"the line at the cursor is {seen}, not {(line, cursor)}")
