"""Lines in and out of files that may block: a terminal, a pipe that nobody reads.

Law: nothing here blocks the task that reads the network; a thread waits in its place. Files are
never made non-blocking: the mode is the file's, and a shell that shares it would be surprised.
"""

from __future__ import annotations

import codecs
import os
from collections import deque
from collections.abc import AsyncIterator
from functools import partial
from threading import Lock
from typing import TextIO

import trio

MOST_WAITING = 2_000
"""Lines that may wait to be written before `wait_for_room` waits: a flood waits at the server."""

LONGEST_LINE = 1 << 20
"""Characters of a line that is read; the rest of one that is longer is the next line."""

READ_SIZE = 65536

LAST_WORDS = 2.0
"""Seconds that files have for what is left to be written; what nobody takes then is dropped."""


class Gone(Exception):
    """Nobody reads what is written any more, or it cannot be written: the cause says why."""


async def lines_of(descriptor: int) -> AsyncIterator[str]:
    """The lines of a file as they come, without their ends; what is no UTF-8 is replaced."""
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    rest = ""
    # `os.read`, not a file object: that holds a lock, which the interpreter wants at its end, and
    # a thread that still waits for input has to be left behind then.
    read = partial(os.read, descriptor, READ_SIZE)
    while data := await trio.to_thread.run_sync(read, abandon_on_cancel=True):
        *lines, rest = (rest + decode(data)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = ""
    rest += decode(b"", True)
    if rest:
        yield rest


class LineWriter:
    """Writes lines to a text file, in order; those that wait go out together."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lines: deque[str] = deque()
        self._writing = Lock()
        self._wake = trio.Event()
        self._written = trio.Event()

    def put(self, line: str) -> None:
        """Add a line, without its end."""
        self._lines.append(line)
        self._wake.set()

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be written."""
        await trio.lowlevel.checkpoint()
        while len(self._lines) >= MOST_WAITING:
            self._written = trio.Event()
            await self._written.wait()

    async def run(self) -> None:
        """Write what is put, until cancelled. Raises `Gone`."""
        while True:
            await self._wake.wait()
            await self.flush()

    async def flush(self) -> None:
        """Write what waits; raises `Gone`."""
        self._wake = trio.Event()
        try:
            await trio.to_thread.run_sync(self._write, abandon_on_cancel=True)
        except (OSError, ValueError) as error:  # a closed file is a `ValueError`
            raise Gone from error
        self._written.set()

    def _write(self) -> None:
        # In a thread, and one that was left behind may be at it still: so lines are taken in here.
        with self._writing:
            text = "".join(f"{self._lines.popleft()}\n" for _ in range(len(self._lines)))
            self._file.write(text)
            self._file.flush()
