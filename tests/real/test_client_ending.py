"""However the client ends, the terminal is as it was before, and what went wrong is told."""

from __future__ import annotations

import os
import shlex
import signal
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.client.clients import CLIENTS, Client
from benchmarks.client.host import token
from benchmarks.client.screen import Screen
from benchmarks.client.sitting import FILL, Sitting
from benchmarks.client.terminal import COLUMNS, ROWS
from benchmarks.stage import Pace

from .waiting import PATIENCE

pytestmark = pytest.mark.slow

OURS = CLIENTS["trio-chat"]
FULL = CLIENTS["trio-chat-full"]

WRONG = ("Task was destroyed", "never awaited", "never retrieved", "Exception ignored", "Warning")
"""What Python and asyncio say of what was left undone; with `-X dev` they say it of everything."""


@contextmanager
def sitting(home: Path, client: Client = OURS, keys: str = "") -> Iterator[Sitting]:
    """Somebody at a client that is in the room, its screen full; `keys` start it, in a shell."""
    opened = Sitting(client, home)
    try:
        opened.terminal.type(keys.encode())
        opened.start()
        yield opened
    finally:
        opened.close()


def until(somebody: Sitting, condition: Callable[[], bool], what: str) -> None:
    """Let time pass until something has come about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what}:\n{somebody.rows()}"
        somebody.wait(0.02)


def until_shown(somebody: Sitting, text: str) -> None:
    until(somebody, lambda: text in somebody.rows(), f"{text!r} was never on the screen")


def until_ended(somebody: Sitting) -> int:
    """Wait until the client has ended; its exit status."""
    until(somebody, lambda: somebody.has_ended, "it never ended")
    somebody.wait(0.1)  # what it wrote last
    status = somebody.terminal.process.returncode
    assert status is not None
    return status


def expect_all_as_before(somebody: Sitting) -> None:
    """The terminal's settings, its modes, colours and scrolling; and no process is left."""
    terminal, screen = somebody.terminal, somebody.eyes.screen
    somebody.eyes.look()
    fresh = Screen(COLUMNS, ROWS)
    assert termios.tcgetattr(terminal.tty) == terminal.settings
    # Of private modes: bracketed paste, mouse, focus, alternate screen, cursor, wrapping ...
    assert screen.mode == fresh.mode
    assert screen.margins in (None, (0, ROWS - 1))
    assert not screen.cursor.hidden
    assert screen.cursor.attrs == fresh.cursor.attrs
    assert screen.cursor.x == 0, f"the shell's prompt would begin amid a line:\n{somebody.rows()}"
    assert not in_session(terminal.process.pid)


def in_session(leader: int) -> list[int]:
    """The processes that are left of a session (man 5 proc: the sixth field of stat)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


# -- signals


@pytest.mark.parametrize(
    ("name", "client"),
    [("SIGINT", OURS), ("SIGTERM", OURS), ("SIGHUP", OURS), ("SIGQUIT", OURS), ("SIGTERM", FULL)],
    ids=lambda given: getattr(given, "name", given),
)
def test_a_signal_in_the_middle_of_a_flood_puts_the_terminal_right(
    name: str, client: Client, tmp_path: Path
) -> None:
    number = getattr(signal, name)
    with sitting(tmp_path, client) as somebody:
        somebody.run(0.5, Pace(1000))
        somebody.terminal.type(b"half a line")
        until_shown(somebody, "half a line")
        os.kill(somebody.terminal.process.pid, number)
        assert until_ended(somebody) == 128 + number
        expect_all_as_before(somebody)
        assert "Traceback" not in somebody.rows()


def test_the_keys_that_send_signals_elsewhere_are_keys(tmp_path: Path) -> None:
    with sitting(tmp_path) as somebody:
        somebody.terminal.type(b"not this\x03this\x1c stays\r")
        until(somebody, lambda: somebody.host.heard != [], "nothing was said")
        assert somebody.host.heard == [b"this stays"]
        somebody.terminal.type(b"\x04")
        assert until_ended(somebody) == 0
        expect_all_as_before(somebody)


@pytest.mark.parametrize("client", [OURS, FULL], ids=lambda client: client.name)
def test_a_terminal_that_is_gone_ends_the_client(client: Client, tmp_path: Path) -> None:
    with sitting(tmp_path, client) as somebody:
        process = somebody.terminal.process
        somebody.run(0.3, Pace(1000))
        somebody.terminal.hang_up()
        process.wait(PATIENCE)
        # Killed by it when it comes while we end already, for want of input.
        assert process.returncode in (0, 128 + signal.SIGHUP, -signal.SIGHUP)
        assert not list(tmp_path.rglob("client.log"))


# -- job control


def from_a_shell(client: Client) -> Client:
    """A shell with job control; what it is to run, `START` names."""

    def command(port: int, home: Path) -> list[str]:
        (home / "start").write_text(shlex.join(client.command(port, home)) + "\n")
        return ["env", f"START={home}/start", "PS1=$ ", "sh", "-i"]

    return Client(client.name, command)


@pytest.mark.parametrize("client", [OURS, FULL], ids=lambda client: client.name)
def test_ctrl_z_suspends_it_and_fg_brings_it_back(client: Client, tmp_path: Path) -> None:
    with sitting(tmp_path, from_a_shell(client), keys='. "$START"\r') as somebody:
        settings = termios.tcgetattr(somebody.terminal.tty)
        somebody.terminal.type(b"half a line")
        until_shown(somebody, "[#lobby] half a line")

        somebody.terminal.type(b"\x1a")
        until_shown(somebody, "\n$")
        somebody.terminal.type(b"echo shell $((6*7))\r")
        until_shown(somebody, "\nshell 42")
        assert termios.tcgetattr(somebody.terminal.tty) == somebody.terminal.settings
        assert somebody.eyes.screen.mode == Screen(COLUMNS, ROWS).mode
        somebody.say(5)
        somebody.wait(0.5)
        assert "half a line" not in somebody.rows()
        assert somebody.said - 1 not in somebody.eyes.seen

        somebody.terminal.type(b"fg\r")
        somebody.see(somebody.said - 1, 0.05)
        until_shown(somebody, "[#lobby] half a line")
        assert termios.tcgetattr(somebody.terminal.tty) == settings
        somebody.terminal.type(b", and the rest\r")
        until(somebody, lambda: somebody.host.heard != [], "nothing was said")
        assert somebody.host.heard == [b"half a line, and the rest"]


# -- crashes


def crashing(patch: str, client: Client = OURS) -> Client:
    """Our client with something wrong in it, and Python telling of all that is left undone."""

    def command(port: int, home: Path) -> list[str]:
        start, *rest = client.command(port, home)
        code = f"{patch}\nimport sys\nfrom trio_chat.cli import main\nsys.exit(main(sys.argv[1:]))"
        return [start, "-X", "dev", "-W", "error", "-c", code, *rest[2:]]

    return Client(client.name, command)


def _spoil_line(module: str, name: str) -> str:
    """What has a function fail when it is given the fourth line from here."""
    *owner, function = name.split(".")
    return (
        f"import {module}\n"
        f"owner = {'.'.join([module, *owner])}\n"
        f"whole = owner.{function}\n"
        "def spoilt(*given, **named):\n"
        f"    if '{token(FILL + 4)}' in repr(given): raise LookupError('spoilt')\n"
        "    return whole(*given, **named)\n"
        f"owner.{function} = spoilt"
    )


SPOILT = {
    "a key binding": (
        "from prompt_toolkit.buffer import Buffer\n"
        "insert = Buffer.insert_text\n"
        "def spoilt(self, data, *more, **options):\n"
        "    if data == '!': raise LookupError('spoilt')\n"
        "    insert(self, data, *more, **options)\n"
        "Buffer.insert_text = spoilt",
        b"ab!",
    ),
    "the renderer": (
        "from prompt_toolkit.renderer import Renderer\n"
        "render = Renderer.render\n"
        "def spoilt(self, app, *more, **options):\n"
        "    if app.current_buffer.text.endswith('!'): raise LookupError('spoilt')\n"
        "    render(self, app, *more, **options)\n"
        "Renderer.render = spoilt",
        b"ab!",
    ),
    "what is entered": (
        "from trio_chat.client.commands.console import Console\n"
        "async def spoilt(self, line): raise LookupError('spoilt')\n"
        "Console.submit = spoilt",
        b"ab!\r",
    ),
    "the printer": (_spoil_line("trio_chat.client.screen.inline", "print_above"), None),
    "the view": (_spoil_line("trio_chat.client.screen.view", "View.lines"), None),
    "the mirror": (_spoil_line("trio_chat.client.mirror", "Mirror.take"), None),
}
"""Where it crashes: what is wrong there, and the keys it takes; without, a line does it."""


@pytest.mark.parametrize(
    ("where", "client"),
    [*((where, OURS) for where in SPOILT), ("a key binding", FULL), ("the view", FULL)],
    ids=lambda given: getattr(given, "name", given),
)
def test_a_crash_puts_the_terminal_right_and_is_told_in_one_line(
    where: str, client: Client, tmp_path: Path
) -> None:
    patch, keys = SPOILT[where]
    with sitting(tmp_path, crashing(patch, client)) as somebody:
        if keys is None:
            somebody.say(9)
        else:
            somebody.terminal.type(keys)
        assert until_ended(somebody) == 1
        expect_all_as_before(somebody)
        (log,) = tmp_path.rglob("client.log")
        # In one piece again, as it may be longer than a row.
        told = somebody.rows().rpartition("trio-chat client: ")[2].replace("\n", "")
        assert told == f"crashed by LookupError: spoilt (the traceback is in {log})"
        assert "Traceback" not in somebody.rows()
        traceback = log.read_text()
        assert "LookupError: spoilt" in traceback
        assert "Traceback (most recent call last)" in traceback
        assert not [words for words in WRONG if words in somebody.rows() + traceback]


@pytest.mark.parametrize("client", [OURS, FULL], ids=lambda client: client.name)
def test_nothing_is_left_undone_when_it_is_left(client: Client, tmp_path: Path) -> None:
    with sitting(tmp_path, crashing("", client)) as somebody:
        somebody.run(0.5, Pace(200))
        somebody.terminal.type(b"\x04")
        assert until_ended(somebody) == 0
        expect_all_as_before(somebody)
        assert not [words for words in WRONG if words in somebody.rows()]
