"""The recorder: the one task that has written what the chat wants kept.

Laws:

* The hub hands over without waiting; a thread writes all that came meanwhile in one go: one
  transaction, and one wait for the disk (group commit).
* What was said is kept in the order in which it was handed over, all of one event or none. Whoever
  said it learns which: the answers that its link holds are sent once it is written, and the failure
  in their place if it could not be.
* A record (a room, a ban) that could not be written is tried again, until it is or a later one
  stands in its place; what was said is not, for its sender has been told.
* So is the end of a history, and its going to another name: else whoever opens a room of that name
  could read what is not for them. Until it is written no history is shown.
* When the recorder ends, everything that was handed over has been written, or was tried once more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import trio

from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.events import Event, KeepingChanged, NotKept
from trio_chat.core.records import Record
from trio_chat.net.errands import RunInThread, is_of_the_disk
from trio_chat.net.link import Held, Link

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""Pause after a failure: a full disk is seldom emptied sooner."""

WAITING_RECORDS = 10_000
"""Records that wait for a disk that takes none, some 3 MB; then the oldest are given up."""

GATHER_SECONDS = 0.01
BURST = 8
"""Batches come so far apart on the average, when more than a few have come at once. A commit takes
0.5 to 1 ms of a core however much is in it: with 500 messages a second one for each was 40 % of it.
In a quiet chat each message is on the disk at once."""

LARGE = 64
LARGE_SECONDS = 0.025
"""After a batch that is larger than so many, the next comes so long after it at the soonest. Where
10,000 messages a second are said, a commit every 10 ms and the hand-overs between the threads were
8 us of each message's 120, and whoever said it has waited for longer than that to be heard."""

BEHIND = 4096
"""What was said and waits to be written, beyond which those who have said it are not listened to
until it is: some 4 MB, and a third of a second of the busiest chat. A disk that is slower than the
chat slows down those who talk, and nobody else."""

FILE_SECONDS = 1.0
"""How often it is looked for what was written and not filed yet."""

FILE_GAP_SECONDS = 0.03
"""Pause between two bits of filing, which are some 10 ms each: what a busy time has left is filed
in a minute, and takes a fourth of a core meanwhile."""

CALM = 1000
"""Messages in `FILE_SECONDS` beyond which a chat is not calm: filing them would take a tenth of a
core, at a time when it is wanted."""

UNFILED = 100_000
"""Messages that may be unfiled, though the chat is not calm: some 80 MB of memory."""

Tell = Callable[[Link | None, Event], Awaitable[None]]
"""Lets an event happen in the chat, which came by a link."""


class Writer(Protocol):
    """What the recorder has its work done by, in threads."""

    def write(
        self, records: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
    ) -> None:
        """Keep all of these or, by raising an exception, none."""
        ...

    def file(self) -> int:
        """File some of what was written of history, for some ms; how many messages are left."""
        ...


@dataclass(slots=True, eq=False)
class _Said:
    """What one event wants kept of history."""

    history: Sequence[Chronicle | Conclude]
    link: Link | None
    """The link of whoever said it."""
    held: Held | None
    """The answers that wait for it."""


class Recorder:
    """Has records and history written by an archive, in a thread.

    With `holds` false nobody waits for the disk, and nobody learns what it could not take.
    """

    def __init__(
        self,
        archive: Writer,
        run_in_thread: RunInThread = trio.to_thread.run_sync,
        clock: Callable[[], float] = time.time,
        holds: bool = True,
    ) -> None:
        self._archive = archive
        self._run_in_thread = run_in_thread
        self._clock = clock
        self._holds = holds
        self._records: dict[str, Record] = {}
        self._said: list[_Said] = []
        self._owed: list[Chronicle | Conclude] = []
        self._more = trio.Event()
        self._is_closing = False
        self._paid = float("-inf")
        self._taken = self._written = 0
        self._progress = trio.lowlevel.ParkingLot()
        self._fault = ""
        self._unfiled = UNFILED  # who knows what an earlier run has left
        self._since_look = 0
        self._next_look = float("-inf")
        self._cannot_file = False
        self.lost = 0
        """Records given up because the disk took none for too long."""

    # -- what is handed over

    def record_nowait(self, record: Record) -> None:
        """Have this written soon, in the place of what waits about the same thing."""
        self._records.pop(record.what, None)
        self._records[record.what] = record
        if len(self._records) > WAITING_RECORDS:
            del self._records[next(iter(self._records))]
            self.lost += 1
        self._more.set()

    def chronicle_nowait(
        self, history: Sequence[Chronicle | Conclude], link: Link | None, since: int
    ) -> None:
        """Have what came of one event kept.

        `link` is that of whoever said something, and wants to know: its lines from number `since`
        on are the answers to it. None if nobody does.
        """
        held = None
        if link is not None:
            held = link.hold(since) if self._holds else None
            link.count_unkept(1)
        self._said.append(_Said(history, link, held))
        self._taken += 1
        self._more.set()

    @property
    def is_behind(self) -> bool:
        """Whether more waits to be written than should."""
        return self._taken - self._written > BEHIND

    async def wait_written(self) -> None:
        """Wait until all that was said so far is written, or could not be.

        Raises `OSError` while there are histories that could not be ended.
        """
        wanted = self._taken
        while self._written < wanted:
            await self._progress.park()
        if self._owed:
            raise OSError("a history that has ended is there yet")

    def close(self) -> None:
        """No more will come: `run` ends when all is written."""
        self._is_closing = True
        self._more.set()

    # -- writing

    async def run(self, tell: Tell) -> None:
        """Write what comes, until closed; `tell` the chat of what could not be."""
        while True:
            await self._wait_for_work()
            self._more = trio.Event()
            is_last = self._is_closing
            records, self._records = self._records, {}
            said, self._said = self._said, []
            began = trio.current_time()
            if records or said or self._owed:
                await self._write(records, said, tell)
            if is_last:
                return
            if self._unfiled >= UNFILED or trio.current_time() >= self._next_look:
                await self._look_after_files()
            if said:
                await self._pace(began, len(said))
            if self._fault:
                await self._wait_to_try_again(began + RETRY_SECONDS)

    async def _pace(self, began: float, count: int) -> None:
        """Wait, after a batch of so many that was begun at some time, until the next may begin."""
        self._paid = max(self._paid, began - BURST * GATHER_SECONDS) + GATHER_SECONDS
        if count > LARGE:
            self._paid = max(self._paid, began + LARGE_SECONDS)
        if self._paid > began:
            await trio.sleep_until(self._paid)

    async def _wait_for_work(self) -> None:
        """Wait for something to write, or until there is time to file."""
        while not self._more.is_set():
            if not self._unfiled:
                await self._more.wait()
                return
            with trio.move_on_at(self._next_look):
                await self._more.wait()
                return
            await self._look_after_files()

    async def _write(self, records: dict[str, Record], said: list[_Said], tell: Tell) -> None:
        """Write a batch. Records that could not be written wait again, behind nothing that came
        later."""
        history = [each for one in said for each in one.history]
        error = await self._try_to_write(tuple(records.values()), history)
        if error is None:
            self._count(said, len(history))
            for one in said:
                if one.held is not None and one.link is not None:
                    one.link.release(one.held)
        elif len(said) + len(records) > 1 and not is_of_the_disk(error):
            # One of these cannot be written at all: the others must not be lost with it.
            for what, record in records.items():
                await self._write({what: record}, [], tell)
            for one in said:
                await self._write({}, [one], tell)
            return
        else:
            if not is_of_the_disk(error):
                logger.error("this cannot be kept: %s", error, exc_info=error)
                records = {}
            else:
                self._owed += [each for each in history if _must_be_written(each)]
            self._records = {**records, **self._records}
            self._count(said, 0)
            for one in said:
                await self._tell_lost(one, tell)
        if error is None or is_of_the_disk(error):
            await self._tell_fault(str(error) if error is not None else "", tell)

    async def _try_to_write(
        self, records: Sequence[Record], history: Sequence[Chronicle | Conclude]
    ) -> Exception | None:
        try:
            if self._owed:
                await self._end_histories()
            await self._run_in_thread(self._archive.write, records, history)
        except Exception as error:
            return error
        return None

    async def _end_histories(self) -> None:
        """Write what could not be, before anything is said in other rooms of these names."""
        try:
            await self._run_in_thread(self._archive.write, (), tuple(self._owed))
        except Exception as error:
            if is_of_the_disk(error):
                raise
            logger.error("these histories cannot be ended: %s", error, exc_info=error)
        self._owed = []

    def _count(self, said: list[_Said], written: int) -> None:
        self._unfiled += written
        self._since_look += written
        self._written += len(said)
        for one in said:
            if one.link is not None:
                one.link.count_unkept(-1)
        self._progress.unpark_all()

    async def _tell_lost(self, one: _Said, tell: Tell) -> None:
        lost = tuple(it for it in one.history if isinstance(it, Chronicle) and it.by is not None)
        # Without `holds` the answer has been sent: another one would be too many.
        if self._holds and one.link is not None and lost:
            session = one.link.session
            await tell(one.link, NotKept(session, lost, self._clock(), outlet=one.held))

    async def _tell_fault(self, fault: str, tell: Tell) -> None:
        """Say once that the disk fails, and not at every try; and when it is over."""
        if bool(fault) == bool(self._fault):
            return
        self._fault = fault
        if fault:
            logger.error("cannot keep what should outlive the server: %s", fault)
        else:
            logger.info("what should outlive the server is kept again")
        await tell(None, KeepingChanged(fault, self._clock()))

    async def _wait_to_try_again(self, until: float) -> None:
        """Wait until a time, until something is said, which is tried at once, or until closed."""
        with trio.move_on_at(until):
            while not (self._said or self._is_closing):
                self._more = trio.Event()
                await self._more.wait()
        if self._records or self._said or self._owed or self._is_closing:
            self._more.set()

    # -- filing

    async def _look_after_files(self) -> None:
        """File for some ms if the chat leaves time for it; whoever says something waits meanwhile.

        While there is more to file, and it is calm, the next look comes soon.
        """
        is_calm = self._since_look <= CALM
        if self._unfiled and (is_calm or self._unfiled >= UNFILED):
            try:
                self._unfiled = await self._run_in_thread(self._archive.file)
            except Exception as error:
                if not self._cannot_file:
                    logger.error("cannot file the history: %s", error)
                self._cannot_file = True
                self._next_look = trio.current_time() + RETRY_SECONDS
                return
            self._cannot_file = False
        if self._unfiled and is_calm:
            self._next_look = trio.current_time() + FILE_GAP_SECONDS
        else:
            self._since_look = 0
            self._next_look = trio.current_time() + FILE_SECONDS


def _must_be_written(each: Chronicle | Conclude) -> bool:
    return isinstance(each, Conclude) or each.message.command == "RENAME"
