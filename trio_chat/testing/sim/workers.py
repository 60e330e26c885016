"""Workers: processes of their own that do one thing after the other.

Laws:

* A worker is a fresh interpreter that shares nothing with who has it, and ends when that one ends.
* Ctrl-C is for who has them: no worker hears it.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

Work = Callable[[], object]
"""Something to do in another process: it must be possible to pickle it, and what it returns."""

END_SECONDS = 5.0
"""What a worker may take to end once it is told to, before it is killed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The work was not done, and why."""

    text: str


class Worker:
    """One process, and what it is doing."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_labour, args=(theirs,), daemon=True)
        # What is ignored by now stays so in the other process, from its first moment on.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, before)
        theirs.close()
        self._seconds = 0.0
        self._until: float | None = None

    @property
    def is_busy(self) -> bool:
        return self._until is not None

    def give(self, work: Work, seconds: float) -> None:
        """Have it do something, that may take so many seconds."""
        self._seconds, self._until = seconds, time.monotonic() + seconds
        with suppress(OSError):  # it is gone, as will be seen
            self._pipe.send(work)

    def take(self) -> object | None:
        """What came of what it was given: what was returned, or `Lost`, or None as long as it is
        at it. One that was at it for too long, or is gone, is at an end."""
        if self._until is None:
            return None
        try:
            if self._pipe.poll():
                done: object = self._pipe.recv()
                self._until = None
                return done
        except (EOFError, OSError):
            self.end()
            return Lost(f"its process ended by itself, with {self._process.exitcode}")
        if time.monotonic() < self._until:
            return None
        self.end()
        return Lost(f"it was not done after {self._seconds:g} s")

    @property
    def is_gone(self) -> bool:
        return self._pipe.closed

    def end(self) -> None:
        """Have the process end, whatever it is doing."""
        self._until = None
        self._pipe.close()
        self._process.join(0.1)
        for stop in (self._process.terminate, self._process.kill):
            if self._process.exitcode is None:
                stop()
                self._process.join(END_SECONDS)


def wait_for_any(workers: Iterable[Worker], seconds: float) -> None:
    """Wait until one of those that are busy has done what it was given, or so many seconds."""
    pipes = [worker._pipe for worker in workers if worker.is_busy]
    if pipes:
        wait(pipes, seconds)


def _labour(pipe: Connection) -> None:
    """What a worker does until nobody wants anything of it any more."""
    while True:
        try:
            work: Work = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            done = work()
        except Exception:
            done = Lost(traceback.format_exc())
        pipe.send(done)
