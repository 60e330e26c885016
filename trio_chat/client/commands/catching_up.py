"""What was said while we were not there: fetched when we come into a room, and put in its place.

Laws:

* What happens in a room meanwhile is held until its history is there, so it is shown below it;
  bounded in time and number.
* Whatever a server lacks or refuses here was not asked for by the person: nothing is said of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import trio

from trio_chat.client import events
from trio_chat.client.commands.command import Trouble
from trio_chat.client.errors import ChatError, Refused, Unsupported
from trio_chat.client.events import Event
from trio_chat.client.model.entries import Entry
from trio_chat.client.past import LastSaid

if TYPE_CHECKING:
    from trio_chat.client.commands.visit import Visit

HISTORY = "draft/chathistory"
MARKERS = "draft/read-marker"

HOLD_LIMIT = 5.0
"""Seconds that what happens in a room is held at most."""

MOST_HELD = 500
"""Events held in all rooms together; past it all are let go."""

MARKER_LIMIT = 2.0
"""Seconds to wait for the read marker, which comes with a room's names."""

PAGE = 100
"""Messages fetched at least of what was missed: a few screens."""

AT_A_TIME = 4
"""Histories asked for together: who is in a hundred rooms must not flood the server."""

LOOKED_BACK = timedelta(days=7)
"""How long ago private messages are looked for when the client starts."""

MOST_PRIVATE = 50
"""Private conversations that are caught up with."""

OVERLAP = timedelta(seconds=10)
"""By which a time is set back: the clocks of a network differ by seconds (chathistory, "Client
pseudocode")."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Held:
    """A conversation whose history is on its way, and what happened there since."""

    __slots__ = ("events", "is_entered", "may_go")

    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.is_entered = trio.Event()
        """Set when the server has told all that belongs to coming into a room."""
        self.may_go = trio.Event()
        """Set when its events are to be held no longer."""


class CatchingUp:
    """The catching up of one connection."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._chat = visit.chat
        self._model = visit.console.model
        self._known = set(self._model.conversations)
        """The conversations that there were before this connection."""
        self._held: dict[str, Held] = {}
        self._turns = trio.Semaphore(AT_A_TIME)
        self._space = trio.Event()

    @property
    def is_possible(self) -> bool:
        """Whether this server keeps histories."""
        return HISTORY in self._chat.capabilities

    @property
    def is_under_way(self) -> bool:
        """Whether a history is awaited, so that some events are to be held."""
        return bool(self._held)

    # --- what happens meanwhile ---

    async def hold(self, event: Event) -> bool:
        """Whether an event is kept back, until the history of its place is there."""
        held = self._held_at(self._place_of(event))
        if held is None:
            await trio.lowlevel.checkpoint()
            return False
        held.events.append(event)
        while self._count() > MOST_HELD:
            for each in self._held.values():
                each.may_go.set()
            await self._space.wait()
        return True

    def enter(self, room: str) -> None:
        """We have come into a room."""
        if self.is_possible and self._held_at(room) is None:
            self._begin(room, self._fetch_room)

    def see(self, event: Event) -> None:
        """Follow what ends a wait."""
        match event:
            case events.NamesTold(room):
                held = self._held_at(room)
                if held is not None:
                    held.is_entered.set()
            case events.Parted(room=room, own=True) | events.Kicked(room=room, own=True):
                held = self._held_at(room)
                if held is not None:
                    held.events.clear()
                    held.may_go.set()

    def _held_at(self, place: str) -> Held | None:
        return self._held.get(self._model.conversations.fold(place))

    def _count(self) -> int:
        return sum(len(held.events) for held in self._held.values())

    def _place_of(self, event: Event) -> str:
        """Where an event would be shown; empty for what is not held."""
        match event:
            case (
                events.Said(where=where)
                | events.Noticed(where=where)
                | events.Sent(where=where)
                | events.Reacted(where=where)
                | events.Edited(where=where)
                | events.Redacted(where=where)
            ):
                return where
            case (
                events.PinChanged(room=room)
                | events.TopicChanged(room=room)
                | events.ModeChanged(target=room)
                | events.Joined(room=room, own=False)
                | events.Parted(room=room, own=False)
                | events.Kicked(room=room, own=False)
            ):
                return room
            case events.Quitted(rooms=rooms) | events.NickChanged(rooms=rooms, own=False):
                return self._model.place_among(rooms)
        return ""

    def _begin(self, place: str, fetch: Callable[[str, Held], Awaitable[list[Entry]]]) -> None:
        key, held = self._model.conversations.fold(place), Held()
        self._held[key] = held
        self._visit.nursery.start_soon(self._catch_up, place, held, fetch)
        self._visit.nursery.start_soon(self._let_go, key, held)

    async def _let_go(self, key: str, held: Held) -> None:
        with trio.move_on_after(HOLD_LIMIT):
            await held.may_go.wait()
        while held.events:
            await self._visit.take(held.events.popleft())
            self._space.set()
            self._space = trio.Event()
        del self._held[key]

    async def _catch_up(
        self, place: str, held: Held, fetch: Callable[[str, Held], Awaitable[list[Entry]]]
    ) -> None:
        try:
            async with self._turns:
                shown = await fetch(place, held)
            for entry in shown:
                self._visit.console.screen.show(entry)
            if not shown:
                self._visit.console.screen.change()
            self._visit.markers.look()
            self._visit.settle(place)
        except ChatError:
            return  # nobody has asked for it
        finally:
            held.may_go.set()

    # --- rooms ---

    async def _fetch_room(self, room: str, held: Held) -> list[Entry]:
        if MARKERS in self._chat.capabilities:
            with trio.move_on_after(MARKER_LIMIT):
                await held.is_entered.wait()
        conversation = self._model.conversations.get(room)
        since = self._visit.came_back_after
        if conversation is not None and conversation.last is not None:
            return await self._fetch_missed(room, conversation.last)
        if since is not None and room in self._known:
            return await self._fetch_after(room, since - OVERLAP, PAGE)
        read_to = conversation.read_to if conversation is not None else None
        return await self._fetch_latest(room, read_to)

    async def _fetch_missed(self, place: str, last: Entry) -> list[Entry]:
        """All since the last message that is known here, as far as one page has it."""
        limit = max(self._visit.console.settings.history, PAGE)
        if last.msgid:
            with suppress(Refused):  # the server need not know that message any more
                return await self._fetch_after(place, last.msgid, limit)
        return await self._fetch_after(place, last.at - OVERLAP, limit)

    async def _fetch_after(self, place: str, point: str | datetime, limit: int) -> list[Entry]:
        told = await self._chat.history(place, since=point, limit=limit)
        return self._take(place, told, LONG_AGO, limit)

    async def _fetch_latest(self, place: str, read_to: datetime | None) -> list[Entry]:
        limit = self._visit.console.settings.history
        if limit == 0:
            return []
        told = await self._chat.history(place, limit=limit)
        return self._take(place, told, read_to, limit)

    def _take(
        self, place: str, told: list[Event], since: datetime | None, limit: int
    ) -> list[Entry]:
        is_room = self._chat.is_room(place)
        if is_room and place not in self._chat.rooms:
            return []  # we have left meanwhile
        if not told and not is_room:
            return []
        said = [each for each in told if isinstance(each, MESSAGES)]
        page = number(self._chat.isupport.get("CHATHISTORY", "")) or limit
        is_cut = len(said) >= min(limit, page) and since is not None and said[0].at > since
        return self._model.take_past(place, told, since=since, more=is_cut)

    # --- private conversations ---

    async def look_for_private(self) -> None:
        """Catch up with the private conversations in which something was said meanwhile."""
        if not self.is_possible:
            return
        now, known = datetime.now(UTC), self._visit.came_back_after
        since = now - LOOKED_BACK if known is None else known - OVERLAP
        # A day on: our clock may be behind the server's.
        until = max(now, since) + timedelta(days=1)
        try:
            found = await self._chat.conversations(since, until, limit=MOST_PRIVATE)
        except ChatError:
            return
        for last in found[:MOST_PRIVATE]:
            is_new = not self._chat.is_room(last.where) and self._held_at(last.where) is None
            if is_new and not self._has(last):
                self._begin(last.where, partial(self._fetch_private, last))

    def _has(self, last: LastSaid) -> bool:
        conversation = self._model.conversations.get(last.where)
        known = conversation.last if conversation is not None else None
        return known is not None and known.at >= last.at

    async def _fetch_private(self, last: LastSaid, place: str, held: Held) -> list[Entry]:
        conversation = self._model.conversations.get(place)
        if conversation is not None and conversation.last is not None:
            return await self._fetch_missed(place, conversation.last)
        if self._visit.came_back_after is not None:
            since = self._visit.came_back_after - OVERLAP
            return await self._fetch_after(place, since, PAGE)
        if MARKERS not in self._chat.capabilities:
            return []  # what has been read is not known: then nothing is new
        read_to = await self._chat.read_marker(place)
        if read_to is not None and read_to >= last.at:
            return []
        return await self._fetch_latest(place, read_to or LONG_AGO)

    # --- on demand ---

    async def earlier(self, where: str, count: int) -> list[Entry]:
        """So many messages of before all that is known of a conversation, put on top of it."""
        conversation = self._model.conversations.get(where)
        oldest = conversation.oldest if conversation is not None else None
        point = (oldest.msgid or oldest.at) if oldest is not None else None
        try:
            told = await self._chat.history(where, before=point, limit=count)
        except Unsupported:
            raise Trouble("this server keeps no history") from None
        return self._model.take_earlier(where, told)


MESSAGES = (events.Said, events.Noticed, events.Sent)


def number(text: str) -> int:
    """A number that a server tells; 0 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
