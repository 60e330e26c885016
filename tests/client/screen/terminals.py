"""A terminal without a terminal: keys go into a pipe, and what is drawn onto a pyte screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import pyte
import trio
from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output


class _Screen(pyte.HistoryScreen):
    """A screen that answers where its cursor is, as terminals do.

    Like tmux, it takes an "erase below" in its first cell for a wish to clear the screen, and
    scrolls what it shows into the history.
    """

    answer: Callable[[str], None]

    def write_process_input(self, data: str) -> None:
        self.answer(data)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        if how == 0 and (self.cursor.x, self.cursor.y) == (0, 0):
            used = [row for row, text in enumerate(self.texts()) if text.strip()]
            for row in range(max(used, default=-1) + 1):
                self.history.top.append(copy(self.buffer[row]))
        super().erase_in_display(how, *args, **kwargs)

    def texts(self) -> list[str]:
        """The rows. Not pyte's `display`, which fails where half of a wide letter is left."""
        return [
            "".join(self.buffer[row][column].data for column in range(self.columns))
            for row in range(self.lines)
        ]


class _Stdout:
    """What prompt_toolkit takes for a terminal's standard output."""

    encoding = "utf-8"

    def __init__(self, stream: pyte.Stream) -> None:
        self._stream = stream
        self.raw = ""

    def write(self, data: str) -> None:
        self.raw += data
        self._stream.feed(data)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("not a file")


class Terminal:
    """A screen and a keyboard."""

    def __init__(self, keyboard: PipeInput, columns: int, rows: int) -> None:
        self.input = keyboard
        self._screen = _Screen(columns, rows, history=100_000)
        self._screen.answer = keyboard.send_text
        self.stdout = _Stdout(pyte.Stream(self._screen))
        size = Size(rows=rows, columns=columns)
        self.output = Vt100_Output(self.stdout, lambda: size, term="xterm")  # type: ignore[arg-type]

    def type(self, text: str) -> None:
        """Press keys."""
        self.input.send_text(text)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, row by row, without the spaces at the ends."""
        return [row.rstrip() for row in self._screen.texts()]

    @property
    def history(self) -> list[str]:
        """What has scrolled off the screen, row by row."""
        width = self._screen.columns
        return [
            "".join(row[column].data for column in range(width)).rstrip()
            for row in self._screen.history.top
        ]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor."""
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def is_as_it_was(self) -> bool:
        """Whether the modes an application sets are off again: as a shell expects it."""
        raw, modes = self.stdout.raw, self._screen.mode
        return (
            self._screen.margins is None
            and pyte.modes.DECAWM in modes
            and pyte.modes.DECTCEM in modes
            and raw.rfind("\x1b[?2004l") > raw.rfind("\x1b[?2004h")  # bracketed paste
        )

    def cell(self, column: int, row: int) -> str:
        """What is in one cell."""
        data: str = self._screen.buffer[row][column].data
        return data

    def prompt(self) -> str:
        """The row the cursor is on."""
        return self.rows[self.cursor[1]]

    async def until(self, app: Application[Any], condition: Callable[[], bool]) -> None:
        """Wait until a drawing of the application makes the condition true."""
        drawn = trio.Event()

        def wake(_: object) -> None:
            drawn.set()

        app.after_render += wake
        try:
            with trio.fail_after(20):
                await trio.lowlevel.checkpoint()
                while not condition():
                    drawn = trio.Event()
                    await drawn.wait()
        finally:
            app.after_render -= wake


@contextmanager
def terminal(columns: int = 60, rows: int = 12) -> Iterator[Terminal]:
    """A terminal of this size."""
    with create_pipe_input() as keyboard:
        yield Terminal(keyboard, columns, rows)
