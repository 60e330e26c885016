"""What a server tells unasked of what was said before, gathered to one event.

Law: bounded; a replay that is too long comes in parts, one that never ends in its parts alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from trio_chat.client import events
from trio_chat.client.batches import Batch
from trio_chat.client.events import Event
from trio_chat.wire.message import Message

MOST_EVENTS = 100
"""Events in one part: as many as a page of history, and a tenth of what may wait to be taken."""

MOST_GATHERED = 1_000
"""Events gathered of all replays together: past that each of them is told as it stands."""


class Replays:
    """The replays that are under way, by their batches."""

    __slots__ = ("_count", "_gathered")

    def __init__(self) -> None:
        self._gathered: dict[Batch, list[Event]] = {}
        self._count = 0

    def take(
        self, message: Message, batch: Batch, told: list[Event], now: datetime
    ) -> Iterator[Event]:
        """Gather what a line of a batch tells; what is complete with it."""
        gathered = self._gathered.setdefault(batch, []) if told else []
        gathered += told
        self._count += len(told)
        is_end = message.command == "BATCH" and message.params[0][:1] == "-"
        if is_end or len(gathered) >= MOST_EVENTS:
            yield from self._whole(batch, message, now)
        if self._count > MOST_GATHERED:
            for other in list(self._gathered):
                yield from self._whole(other, message, now)

    def _whole(self, batch: Batch, message: Message, now: datetime) -> Iterator[Event]:
        gathered = self._gathered.pop(batch, [])
        self._count -= len(gathered)
        if gathered:
            yield events.Replayed(
                batch.place, tuple(gathered), message=batch.opening, at=now, history=True
            )
