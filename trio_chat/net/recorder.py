"""The recorder: the one task that has written what the chat wants kept.

Laws:

* The hub hands records over without waiting; a thread writes all that came meanwhile in one go.
* What could not be written is tried again, until it is or a later record stands in its place.
* When the recorder ends, everything that was handed over has been written, or was tried once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import trio

from trio_chat.core.records import Record
from trio_chat.net.errands import RunInThread

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""Pause after a failure: a full disk is seldom emptied sooner."""

WAITING_RECORDS = 10_000
"""Records that wait for a disk that takes none, some 3 MB; then the oldest are given up."""


class Recorder:
    """Has records written by `write`, in a thread: all of a batch or, if it raises, none."""

    def __init__(
        self,
        write: Callable[[Sequence[Record]], None],
        run_in_thread: RunInThread = trio.to_thread.run_sync,
    ) -> None:
        self._write = write
        self._run_in_thread = run_in_thread
        self._waiting: dict[str, Record] = {}
        self._more = trio.Event()
        self._is_closing = False
        self.lost = 0
        """Records given up because the disk took none for too long."""

    def record_nowait(self, record: Record) -> None:
        """Have this written soon, in the place of what waits about the same thing."""
        self._waiting.pop(record.what, None)
        self._waiting[record.what] = record
        if len(self._waiting) > WAITING_RECORDS:
            del self._waiting[next(iter(self._waiting))]
            self.lost += 1
        self._more.set()

    def close(self) -> None:
        """No more will come: `run` ends when all is written."""
        self._is_closing = True
        self._more.set()

    async def run(self) -> None:
        """Write what comes, until closed."""
        failing = False
        while True:
            await self._more.wait()
            self._more = trio.Event()
            is_last = self._is_closing
            batch, self._waiting = self._waiting, {}
            if batch:
                failing = not await self._try_to_write(batch, failing)
            if is_last:
                return
            if failing:
                await self._pause()

    async def _try_to_write(self, batch: dict[str, Record], failing: bool) -> bool:
        """Write a batch; if that fails, it waits again, behind nothing that came later."""
        try:
            await self._run_in_thread(self._write, tuple(batch.values()))
        except Exception as error:
            if not failing:  # once, and not at every try until the disk has room
                logger.error("cannot keep what should outlive the server: %s", error)
            self._waiting = {**batch, **self._waiting}
            self._more.set()
            return False
        if failing:
            logger.info("what should outlive the server is kept again")
        return True

    async def _pause(self) -> None:
        """Wait a while, or until closed."""
        with trio.move_on_after(RETRY_SECONDS):
            while not self._is_closing:
                await self._more.wait()
                if not self._is_closing:
                    self._more = trio.Event()
        self._more.set()
