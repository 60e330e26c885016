"""Events on their way from the reader to whoever iterates: bounded, without a deadlock.

A plain bounded channel would lock up: a bot that awaits an answer (`await chat.say(...)`) does not
take events, so the channel fills, so the reader waits and never reads the answer. Therefore:

* While events are taken, the reader waits at `LIMIT` (so the server does, by TCP).
* While somebody awaits an answer, it reads on up to `LIMIT_WHILE_ASKING`.
* As long as nobody has ever asked for an event, the oldest are dropped: a program that only sends
  never stops hearing the server.
"""

from __future__ import annotations

from collections import deque

import trio

from trio_chat.client.events import Event, Replayed
from trio_chat.wire.message import MAX_BODY

LIMIT = 1_000
"""Events that wait while nobody awaits an answer: about 1 MB. One made of several lines, or of one
that is as long as several, counts as so many."""

AT_ONCE = 10
"""Events taken without a checkpoint in between, so that all else waits for two milliseconds at most
when a screen shows them. In a guest's loop a checkpoint costs as much as reading a line."""

LIMIT_WHILE_ASKING = 10_000
"""Events that wait at most."""


def _weight(event: Event) -> int:
    """About as many lines of ordinary length as an event is made of."""
    if isinstance(event, Replayed):
        return sum(map(_weight, event.events))
    message = event.message
    # Of several lines the whole is in the parameters (`batches`).
    return 1 + (sum(map(len, message.params)) + sum(map(len, message.tags.values()))) // MAX_BODY


class Inbox:
    """A queue of events from one reader to one who takes them."""

    __slots__ = (
        *(
            "_arrived",
            "_at_once",
            "_error",
            "_events",
            "_is_closed",
            "_is_used",
            "_room",
            "_weight",
        ),
        "keeps_all",
    )

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._weight = 0
        self._arrived = trio.Event()
        self._room = trio.Event()
        self._is_used = False
        self._at_once = 0
        self.keeps_all = False
        """Whether none are dropped though nobody has asked for any yet: somebody will."""
        self._is_closed = False
        self._error: Exception | None = None

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        """Add an event; see `wait_for_room`."""
        if self._is_closed:
            return
        while not self._is_awaited and self._weight >= LIMIT:
            self._pop()
        self._events.append(event)
        self._weight += _weight(event)
        self._arrived.set()

    def is_full(self, limit: int) -> bool:
        """Whether so many events wait that the reader should."""
        return not self._is_closed and self._weight >= limit and self._is_awaited

    @property
    def _is_awaited(self) -> bool:
        return self._is_used or self.keeps_all

    async def wait_for_change(self) -> None:
        """Wait until an event is taken, or until `nudge`."""
        self._room = trio.Event()
        await self._room.wait()

    def nudge(self) -> None:
        """The reader has a reason to look again whether to wait."""
        self._room.set()

    def close(self, error: Exception | None) -> None:
        """No event follows: whoever takes has the rest, then `error` or the end."""
        if not self._is_closed:
            self._is_closed = True
            self._error = error
            self._arrived.set()
            self._room.set()

    async def take(self) -> Event:
        """The next event; raises the error of `close`, or `StopAsyncIteration`."""
        self._is_used = True
        self._at_once += 1
        if not self._events or self._at_once >= AT_ONCE:
            self._at_once = 0
            await trio.lowlevel.checkpoint()
        while not self._events:
            if self._is_closed:
                raise self._error or StopAsyncIteration
            self._arrived = trio.Event()
            await self._arrived.wait()
        self._room.set()
        return self._pop()

    def _pop(self) -> Event:
        event = self._events.popleft()
        self._weight -= _weight(event)
        return event
