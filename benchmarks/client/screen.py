"""What stood on a terminal's screen when: the bytes a program wrote, looked at afterwards.

Law: time is that of the bytes' arrival, however late they are looked at.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import pyte

_TOKEN = re.compile(r"q(\d{7})z")


@dataclass(slots=True)
class Key:
    """A key that was pressed: when, and what stands before the cursor once it is echoed."""

    pressed_ns: int
    shows: str
    echoed_ns: int = 0


class Screen(pyte.Screen):
    """A screen that tells of each row that scrolls off, and answers where its cursor is."""

    def __init__(self, columns: int, rows: int) -> None:
        self.answers: list[str] = []
        self.left: list[str] = []
        """Rows that scrolled off since it was looked at last."""
        super().__init__(columns, rows)

    def index(self) -> None:
        top, bottom = self.margins or (0, self.lines - 1)
        if self.cursor.y == bottom:
            self.left.append(self.row(top))
        super().index()

    def row(self, number: int) -> str:
        """What one row shows."""
        cells = self.buffer[number]
        return "".join(cells[column].data for column in range(self.columns))

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)


class Eyes:
    """Someone who looks at a screen: which lines they have seen, and when keys were echoed."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = Screen(columns, rows)
        self.seen: dict[int, int] = {}
        """When each line was seen first, by its number."""
        self.scrolled: list[int] = []
        """The lines that have scrolled off, in order: the terminal's own history."""
        self.first_ns = 0
        """When there was a prompt: something in the row of the cursor."""
        self.pressed: deque[Key] = deque()
        """Keys whose echo has not been seen."""
        self._stream = pyte.ByteStream(self.screen)
        self._waiting: deque[tuple[int, bytes]] = deque()

    def record(self, at_ns: int, data: bytes) -> None:
        """Keep what arrived, to be looked at later."""
        self._waiting.append((at_ns, data))

    def look(self) -> None:
        """Look at all that was recorded."""
        while self._waiting:
            at_ns, data = self._waiting.popleft()
            self._stream.feed(data)
            self._read_rows(at_ns)
            self._read_prompt(at_ns)

    def all_tokens(self) -> list[int]:
        """The lines in the terminal's history and on its screen, from top to bottom."""
        return self.scrolled + self._numbers(range(self.screen.lines))

    def forget(self) -> None:
        """What was recorded is not to be looked at."""
        self._waiting.clear()

    def answers(self) -> bytes:
        """What the terminal has to say to the program, taken away."""
        answers, self.screen.answers = self.screen.answers, []
        return "".join(answers).encode()

    def _read_rows(self, at_ns: int) -> None:
        screen = self.screen
        rows, screen.left = screen.left, []
        off = [int(number) for row in rows for number in _TOKEN.findall(row)]
        self.scrolled += off
        for number in (*off, *self._numbers(screen.dirty)):
            self.seen.setdefault(number, at_ns)
        screen.dirty.clear()

    def _numbers(self, rows: Iterable[int]) -> list[int]:
        """The lines in these rows of the screen."""
        return [int(number) for row in rows for number in _TOKEN.findall(self.screen.row(row))]

    def _read_prompt(self, at_ns: int) -> None:
        cursor = self.screen.cursor
        before = self.screen.row(cursor.y)[: cursor.x]
        if not self.first_ns and before.strip():
            self.first_ns = at_ns
        # Several may be echoed at once, and the last of them tells it of all.
        pressed = [key for key in self.pressed if key.pressed_ns <= at_ns]
        for count in range(len(pressed), 0, -1):
            if before.endswith(pressed[count - 1].shows):
                for _ in range(count):
                    self.pressed.popleft().echoed_ns = at_ns
                return
