"""Errands: the slow questions of the chat, answered outside the hub, most of them in threads.

Laws:

* An errand runs in a task of the client that asked and ends with it; its answer comes back to the
  hub as an event. The hub awaits no errand.
* Threads are few: a crowd of clients that ask costs them their time, not the chat's.
* What waits for another machine, such as a mail server, has threads of its own: when that machine
  hangs, those who log in do not.
* So has what reads the history, each kind of question its own: who searches does not keep those
  waiting who want the latest. It sees all that came before the question: it waits until that is
  written.
* A failed errand is logged and answered with None, so that nobody waits for ever; so is, without a
  word, one that would have to wait behind too many others.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import trio

from trio_chat.core.questions import Question

logger = logging.getLogger(__name__)

THREADS = 2
"""Errands at work at once. A check of a password takes 19 MB and some 30 ms of one core."""

WAITING_ERRANDS = 256
"""Errands that wait for a thread, of each kind: four seconds of passwords, with two threads.
Whoever comes then is told at once to try again later, and not when they have given up."""

Answerer = Callable[[Any], object]
"""Answers the questions of one type, in a thread: it may block, and touches nothing of the chat."""

READERS = 2
"""Threads that read history at once, of each kind: a page takes a millisecond, and more would take
turns."""

WRITTEN_SECONDS = 2.0
"""How long a question about history waits for what came before it to be written. When the disk
hangs, whoever has asked, or has only just come into a room, is to go on without."""

AsyncAnswerer = Callable[[Any], Awaitable[object]]
"""Answers the questions of one type in the client's own task, by waiting."""

RunInThread = Callable[..., Awaitable[Any]]
"""Runs what may block as `trio.to_thread.run_sync` does, with the same arguments."""


class Errands:
    """Answers questions by the answerer of their type.

    Those in `awaited` take no thread. `threads` is how many at once; `waiting` are those that wait
    for another machine; `reading` are answered once `wait_written` has returned.
    """

    def __init__(
        self,
        answerers: Mapping[type[Question], Answerer],
        *,
        awaited: Mapping[type[Question], AsyncAnswerer] = MappingProxyType({}),
        threads: int = THREADS,
        waiting: Collection[type[Question]] = (),
        reading: Mapping[type[Question], Answerer] = MappingProxyType({}),
        wait_written: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint,
        run_in_thread: RunInThread = trio.to_thread.run_sync,
    ) -> None:
        self._answerers = {**answerers, **reading}
        self._wait_written = wait_written
        self._awaited = awaited
        self._waiting = waiting
        self._run_in_thread = run_in_thread
        self._limiter = trio.CapacityLimiter(threads)
        self._patient_limiter = trio.CapacityLimiter(threads)
        self._readers = {kind: trio.CapacityLimiter(READERS) for kind in reading}
        self.refused = 0
        """Questions that too many others were waiting before."""

    async def answer(self, question: Question) -> object:
        """The answer to a question, or None if it cannot be had."""
        try:
            if type(question) in self._awaited:
                return await self._awaited[type(question)](question)
            return await self._answer_in_thread(question)
        except Exception as error:
            kind = type(question).__name__
            if is_of_the_disk(error):  # no bug of ours: where it came up tells nothing
                logger.error("nobody could answer a %s: %s", kind, error)
            else:
                logger.exception("nobody could answer a %s", kind)
            return None

    async def _answer_in_thread(self, question: Question) -> object:
        limiter = self._limiter_of(type(question))
        if limiter.statistics().tasks_waiting >= WAITING_ERRANDS:
            self.refused += 1
            return None
        if type(question) in self._readers:
            with trio.move_on_after(WRITTEN_SECONDS) as waiting:
                await self._wait_written()
            if waiting.cancelled_caught:
                return None
        answerer = self._answerers[type(question)]
        return await self._run_in_thread(
            answerer, question, limiter=limiter, abandon_on_cancel=True
        )

    def _limiter_of(self, kind: type[Question]) -> trio.CapacityLimiter:
        if kind in self._readers:
            return self._readers[kind]
        return self._patient_limiter if kind in self._waiting else self._limiter


def is_of_the_disk(error: Exception) -> bool:
    """Whether it is the disk or the file that fails, and not what was asked of it."""
    return isinstance(error, OSError | sqlite3.OperationalError) or (
        type(error) is sqlite3.DatabaseError
    )
