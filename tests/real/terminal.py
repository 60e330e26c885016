"""Terminals that a test can type into and look at: tmux, in a server of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from .processes import ENVIRONMENT
from .waiting import Looks

COLUMNS = 100
ROWS = 30


class Terminal:
    """One window of 100 by 30 characters, with a program in it."""

    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux = tmux
        self.name = name

    async def type(self, text: str) -> None:
        """Type these characters, as they are."""
        await self._tmux.run("send-keys", "-t", self.name, "-l", "--", text)

    async def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them: Enter, Tab, Left, C-c ..."""
        await self._tmux.run("send-keys", "-t", self.name, *keys)

    async def enter(self, line: str) -> None:
        await self.type(line)
        await self.press("Enter")

    async def screen(self) -> str:
        """What can be seen now, without the spaces at the ends of lines."""
        return await self._tmux.run("capture-pane", "-p", "-t", self.name)

    async def scrollback(self) -> str:
        """All lines there ever were, up to the screen's last; wrapped ones in one piece."""
        return await self._tmux.run("capture-pane", "-p", "-J", "-S", "-", "-t", self.name)

    async def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        answer = await self._tmux.run(
            "display-message", "-p", "-t", self.name, "#{cursor_x} #{cursor_y}"
        )
        column, row = answer.split()
        return int(column), int(row)

    async def line_at_cursor(self) -> str:
        _, row = await self.cursor()
        return (await self.screen()).split("\n")[row]

    async def wait_for(self, pattern: str, *, gone: bool = False) -> str:
        """The screen, once the pattern is on it (or, with `gone`, no more)."""

        screen = ""
        looks = Looks()
        while await looks.again():
            screen = await self.screen()
            if bool(re.search(pattern, screen, re.MULTILINE)) is not gone:
                return screen
        never = "never left" if gone else "never was on"
        raise AssertionError(f"{pattern!r} {never} the screen of {self.name}:\n{screen}")

    async def wait_for_lines(self, pattern: str, expected: list[str]) -> None:
        """Wait until these are all matches of the pattern there ever were, in order."""
        found: list[str] = []
        looks = Looks()
        while await looks.again():
            found = re.findall(pattern, await self.scrollback())
            if found == expected:
                return
        raise AssertionError(f"{pattern!r} gave {found}, not {expected}")

    async def wait_for_all(self, *patterns: str) -> None:
        for pattern in patterns:
            await self.wait_for(pattern)

    async def resize(self, columns: int, rows: int) -> None:
        await self._tmux.run("resize-window", "-t", self.name, "-x", f"{columns}", "-y", f"{rows}")

    async def pid(self) -> int:
        """The process in the window."""
        return int(await self._tmux.run("display-message", "-p", "-t", self.name, "#{pane_pid}"))

    async def tty(self) -> str:
        return (
            await self._tmux.run("display-message", "-p", "-t", self.name, "#{pane_tty}")
        ).strip()


class Tmux:
    """A tmux server with a socket of its own."""

    def __init__(self, socket: Path) -> None:
        self._command = ["tmux", "-u", "-f", os.devnull, "-S", str(socket)]
        self._started: list[int] = []

    async def run(self, *arguments: str) -> str:
        """Run a tmux command; what it printed."""
        done = await trio.run_process(
            [*self._command, *arguments], capture_stdout=True, env=ENVIRONMENT
        )
        return done.stdout.decode()

    async def open(self, name: str, *command: str, cwd: Path | None = None) -> Terminal:
        """A new terminal with this command in it; it stays when the command ends."""
        assert shutil.which(command[0]), f"not installed: {command[0]}"
        await self.run(
            "new-session", "-d", "-s", name, "-x", str(COLUMNS), "-y", str(ROWS),
            *(["-c", str(cwd)] if cwd else []),
            shlex.join(command),
            ";", "set-option", "-g", "remain-on-exit", "on",
            ";", "set-option", "-g", "status", "off",
            ";", "resize-window", "-t", name, "-x", str(COLUMNS), "-y", str(ROWS),
        )  # fmt: skip
        terminal = Terminal(self, name)
        self._started.append(await terminal.pid())
        return terminal

    async def close(self) -> None:
        """End it and all that runs in it."""
        if not self._started:
            return
        await trio.run_process([*self._command, "kill-server"], check=False, env=ENVIRONMENT)
        looks = Looks(seconds=5)
        while await looks.again():
            if not any(map(_is_running, self._started)):
                break
        for pid in filter(_is_running, self._started):
            os.kill(pid, signal.SIGKILL)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def terminals() -> AsyncIterator[Tmux]:
    """A place to open terminals in; all of them end with it."""
    # The path of a socket may be no longer than 107 bytes: pytest's own directories are.
    directory = Path(tempfile.mkdtemp(prefix="trio-chat-"))
    tmux = Tmux(directory / "tmux")
    try:
        yield tmux
    finally:
        with trio.CancelScope(shield=True):
            await tmux.close()
        shutil.rmtree(directory)
