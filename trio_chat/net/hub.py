"""The hub: the one task that owns the chat, and hands every line to all who are to hear it.

Laws:

* The hub alone calls `step` and awaits nothing but its inbox (and, between the slices of a long
  flush, a checkpoint so that others get their turn).
* Delivering appends bytes to outboxes; at the end of a batch each dirty link is flushed with one
  non-blocking write. No task is woken per recipient: that is what makes fan-out cheap. (A memory
  channel and a writer task per client measured 77 µs per delivered line, this way 9.)
* A crash in one handler closes one session; the hub goes on.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterable

import trio

from trio_chat.core.effects import (
    Ask,
    Chronicle,
    Close,
    Conclude,
    Deliver,
    Effect,
    Keep,
    Log,
    Report,
    Retag,
    Separate,
    ShutDown,
)
from trio_chat.core.events import Answered, Closed, Event, NotKept, Received
from trio_chat.core.state import World
from trio_chat.core.step import Broken, step
from trio_chat.net.errands import Errands
from trio_chat.net.link import Link
from trio_chat.net.recorder import Recorder
from trio_chat.wire.variants import Variants

logger = logging.getLogger(__name__)

Item = tuple[Link | None, tuple[Event, ...]]
"""What the inbox carries: events, all of one read, and the link they came by."""

INBOX_SIZE = 256
"""Items that may wait; the next one's connection waits with it. A busy chat of 1,000 takes 15 %
less of the processor per line than with 64, for each connection that waits is a task to wake; at
the longest lines it comes to 10 MB."""

BATCH_WORK = 100_000
"""Lines put into outboxes after which a batch is flushed though more is waiting: some 20 ms of
work. It bounds how late the first of them is, and the memory they take, however large the rooms."""

FLUSH_SLICE = 512
"""Links flushed in one go, about 5 ms of work; then everyone else gets a turn."""


class Hub:
    """Runs the chat. `observe` is told of what happens in public, live.

    `errands` answers what takes time; `shut_down` carries out an operator's DIE or RESTART;
    `recorder` has outlive the server what is to.
    """

    def __init__(
        self,
        world: World,
        observe: Callable[[Report], None] | None = None,
        clock: Callable[[], float] = time.time,
        errands: Errands | None = None,
        shut_down: Callable[[ShutDown], None] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.errands = errands or Errands({})
        self.inbox, self._taken = trio.open_memory_channel[Item](INBOX_SIZE)
        self.crashes = 0
        """Handlers that failed through no fault of a user."""
        self._observe = observe
        self._shut_down = shut_down
        self._recorder = recorder
        self._history: list[Chronicle | Conclude] = []
        self._is_said = False
        self._sessions = itertools.count(1)
        self._dirty: list[Link] = []
        self._work = 0

    def new_session(self) -> int:
        """A number for a new connection."""
        return next(self._sessions)

    @property
    def is_behind(self) -> bool:
        """Whether those who talk are to wait for the disk."""
        return self._recorder is not None and self._recorder.is_behind

    async def run(self) -> None:
        """Take what waits, let it happen, flush; until the inbox is closed."""
        async with self._taken as inbox:
            async for link, events in inbox:
                while True:
                    for event in events:
                        self._let_happen(link, event)
                    if self._work >= BATCH_WORK:
                        break
                    try:
                        link, events = inbox.receive_nowait()
                    except (trio.WouldBlock, trio.EndOfChannel):
                        break
                await self._flush()

    def _let_happen(self, link: Link | None, event: Event) -> None:
        if link is not None and link.is_closed and type(event) is Received:
            return  # it is being let go: nothing can be answered any more
        self._work += 1
        try:
            effects = step(self.world, event)
        except Broken as broken:
            self.crashes += 1
            logger.exception("a handler failed at %s", type(event).__name__)
            effects = broken.effects + self._let_go(link, event)
        since = len(link.out) if link is not None else 0
        self.carry_out(effects, link, since)
        if link is not None:
            if type(event) is Closed:
                link.finish()
            elif type(event) is NotKept and event.outlet is not None:
                link.replace(event.outlet, since)

    def carry_out(
        self, effects: Iterable[Effect], link: Link | None = None, since: int = 0
    ) -> None:
        """Do what has come of an event, the answers to which begin at `since` in a link."""
        for effect in effects:
            if type(effect) is Separate:
                if self._history:
                    self._hand_over(link, since)
                since = len(link.out) if link is not None else 0
            else:
                self._carry_out(effect)
        if self._history:
            self._hand_over(link, since)

    def _hand_over(self, link: Link | None, since: int) -> None:
        """Give the recorder what one event wants kept; the answers to it wait at their link."""
        history, self._history = self._history, []
        speaker = link if self._is_said else None
        self._is_said = False
        if self._recorder is not None:
            self._recorder.chronicle_nowait(history, speaker, since)

    def _let_go(self, link: Link | None, event: Event) -> list[Effect]:
        """The effects of closing the session whose event could not be handled."""
        if not isinstance(event, Received | Answered):
            return []
        try:
            return step(self.world, Closed(event.session, "Internal error", event.at))
        except Broken as broken:
            logger.exception("a session could not be closed")
            if link is not None:  # its connection at least; when that has ended, it is tried again
                link.finish()
            return broken.effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Deliver():
                try:
                    self._deliver(effect)
                except ValueError:  # a message no line can hold: ours to mend, nobody's to suffer
                    self.crashes += 1
                    logger.exception("a message could not be encoded")
            case Chronicle():
                self._history.append(effect)
                self._is_said = self._is_said or effect.by is not None
            case Report():
                self._show(effect)
            case Retag():
                effect.session.retag()
            case Close():
                effect.session.outlet.finish()
            case Ask():
                effect.session.outlet.ask(effect.question)
            case Keep():
                if self._recorder is not None:
                    self._recorder.record_nowait(effect.record)
            case Conclude():
                self._history.append(effect)
            case Log():
                logger.info("%s", effect.text)
            case ShutDown():
                if self._shut_down is not None:
                    self._shut_down(effect)

    def _show(self, report: Report) -> None:
        if self._observe is None:
            return
        try:
            self._observe(report)
        except Exception:  # whoever embeds the server may err; the chat goes on
            self.crashes += 1
            logger.exception("the observer failed")

    def _deliver(self, effect: Deliver) -> None:
        """Put the message into the outbox of each session that is meant: the hottest loop."""
        audience = effect.audience
        self._work += len(audience)
        need, lack = effect.need, effect.lack
        if need or lack:  # most messages are for all: they need not ask each
            audience = tuple(s for s in audience if not (need & ~s.caps or lack & s.caps))
        variants = Variants(effect.message, self.world.now)
        lines: dict[int, bytes] = {}
        dirty = self._dirty
        omit = effect.omit
        for session in audience:
            if session is omit:
                continue
            line = lines.get(session.variant)
            if line is None:
                line = lines[session.variant] = variants.line(session.variant)
            link = session.outlet
            out = link.out
            if not out:
                dirty.append(link)
            out.append(line)

    async def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        self._work = 0
        for start in range(0, len(dirty), FLUSH_SLICE):
            if start:
                await trio.lowlevel.checkpoint()
            for link in dirty[start : start + FLUSH_SLICE]:
                if link.out:
                    link.flush()
