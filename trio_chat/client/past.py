"""What was said before: histories, searches, pins, and up to where one has read.

Law: what is returned are events of the past (`history`), the oldest first, and nothing of it comes
as an event as well.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import trio

from trio_chat.client.dialogue import Dialogue
from trio_chat.client.events import Event
from trio_chat.client.reading import parse_time
from trio_chat.wire.message import Message, format_tags
from trio_chat.wire.variants import format_time

PAGE = 100
"""Messages asked for if it is not said how many: a few screens."""

Point: TypeAlias = "Event | str | datetime"
"""A place in a history: a message, the msgid of one, or a time."""

_CHATHISTORY = "draft/chathistory"


@dataclass(frozen=True, slots=True)
class LastSaid:
    """Where something was said that we may read, a room or a nick, and when it was last."""

    where: str
    at: datetime


class Past(Dialogue):
    """Methods of `Chat` that are about what was said before."""

    async def history(
        self,
        target: str,
        *,
        since: Point | None = None,
        before: Point | None = None,
        after: Point | None = None,
        around: Point | None = None,
        between: tuple[Point, Point] | None = None,
        limit: int = PAGE,
    ) -> list[Event]:
        """What was said in a room or with a nick, the oldest first, at most `limit` messages.

        The latest of all; or one of these: the latest `since` a point, those just `before` it, just
        `after` it or `around` it, or `between` two, counted from the first. The points themselves
        are left out, but for `around`. What else happened there may come with the messages, and is
        not counted. The server may have a smaller limit of its own.

        Raises `Unsupported` without draft/chathistory, `Refused` for what we may not read, and
        `ValueError` for more than one choice.
        """
        await trio.lowlevel.checkpoint()
        choices = {"BEFORE": before, "AFTER": after, "AROUND": around, "LATEST": since}
        chosen = [(name, (point,)) for name, point in choices.items() if point is not None]
        given = [*chosen, *([("BETWEEN", between)] if between is not None else [])]
        if len(given) > 1:
            raise ValueError("a history is asked for by one point, or by two it is between")
        self._need(_CHATHISTORY)
        subcommand, points = given[0] if given else ("LATEST", ())
        words = [self._reference(point) for point in points] or ["*"]
        params = (subcommand, target, *words, str(self._page(limit)))
        return await self._recall(Message("CHATHISTORY", params), target, {"chathistory"})

    async def conversations(
        self, since: datetime, until: datetime | None = None, *, limit: int = PAGE
    ) -> list[LastSaid]:
        """Where the latest message is of between two times (until now), the earliest first.

        Raises `Unsupported` without draft/chathistory.
        """
        await trio.lowlevel.checkpoint()
        self._need(_CHATHISTORY)
        times = [_timestamp(time) for time in (since, until or datetime.now(UTC))]
        message = Message("CHATHISTORY", ("TARGETS", *times, str(self._page(limit))))
        replies = await self._ask(message, "*", batches={"draft/chathistory-targets"})
        # CHATHISTORY TARGETS <nickname | channel name> <YYYY-MM-DDThh:mm:ss.sssZ>
        told = [reply.params for reply in replies if reply.params[:1] == ("TARGETS",)]
        last = [(params[1], parse_time(params[2])) for params in told if len(params) > 2]
        return [LastSaid(where, at) for where, at in last if at is not None]

    async def search(
        self,
        text: str = "",
        *,
        where: str = "",
        nick: str = "",
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = PAGE,
    ) -> list[Event]:
        """The messages that have all words of `text`, wherever we may read, the oldest first.

        In the room or with the nick `where`, said by `nick`, not before the time `after` nor after
        the time `before`. The latest are told, with `after` the first. On our server words in
        double quotes stand together.

        Raises `Unsupported` without draft/search or soju.im/search.
        """
        await trio.lowlevel.checkpoint()
        self._need("draft/search", "soju.im/search")
        times = {"after": after, "before": before}
        attributes = {
            "text": text.replace("\0", ""),
            "in": where,
            "from": nick,
            **{key: _stamp(time) for key, time in times.items() if time is not None},
            "limit": str(limit),
        }
        asked = format_tags({key: value for key, value in attributes.items() if value})
        types = {"search", "draft/search", "soju.im/search"}
        return await self._recall(Message("SEARCH", (asked,)), "", types)

    # --- pins ---

    async def pin(self, room: str, msgid: str) -> None:
        """Pin a message in a room; raises `Unsupported` without trio-chat/pins."""
        await trio.lowlevel.checkpoint()
        self._need("trio-chat/pins")
        await self._do(Message("PIN", (room, msgid)), room, echoed=False)

    async def unpin(self, room: str, msgid: str) -> None:
        """Take a pin away; raises as `pin` does."""
        await trio.lowlevel.checkpoint()
        self._need("trio-chat/pins")
        await self._do(Message("UNPIN", (room, msgid)), room, echoed=False)

    async def pins(self, room: str) -> list[Event]:
        """The messages that are pinned in a room, in the order they were said.

        Raises `Unsupported` without trio-chat/pins.
        """
        await trio.lowlevel.checkpoint()
        self._need("trio-chat/pins")
        return await self._recall(Message("PINS", (room,)), room, {"trio-chat/pins"})

    # --- read markers ---

    async def read_marker(self, target: str) -> datetime | None:
        """Up to where a room or a nick has been read, on any of our devices; None for nothing.

        Raises `Unsupported` without draft/read-marker.
        """
        return await self._mark(Message("MARKREAD", (target,)), target)

    async def set_read(self, target: str, at: datetime) -> datetime | None:
        """Tell up to where a room or a nick has been read; up to where it has been then.

        Markers move forward alone. Raises `Unsupported` without draft/read-marker.
        """
        return await self._mark(Message("MARKREAD", (target, _timestamp(at))), target)

    async def _mark(self, message: Message, target: str) -> datetime | None:
        await trio.lowlevel.checkpoint()
        self._need("draft/read-marker")
        replies = await self._ask(message, target, ends={"MARKREAD"})
        told = [reply.params for reply in replies if reply.command == "MARKREAD"]
        return parse_time(told[-1][-1].removeprefix("timestamp=")) if told and told[-1] else None

    # --- asking ---

    async def _recall(self, message: Message, place: str, types: AbstractSet[str]) -> list[Event]:
        replies = await self._ask(message, place, batches=types)
        now = datetime.now(UTC)
        return [event for reply in replies for event in self._mirror.recall(reply, now, place)]

    def _page(self, limit: int) -> int:
        """No more than the server lets one ask for (ISUPPORT CHATHISTORY; 0 for no limit)."""
        most = self._mirror.isupport.number("CHATHISTORY", 0)
        return max(1, min(limit, most) if most else limit)

    def _reference(self, point: Point) -> str:
        """A point as the server takes it: by id if it can be, since two may have been at a time."""
        if isinstance(point, datetime):
            return _timestamp(point)
        if isinstance(point, str):
            return f"msgid={point}"
        types = self._mirror.isupport.tokens.get("MSGREFTYPES", "msgid").split(",")
        return f"msgid={point.msgid}" if point.msgid and "msgid" in types else _timestamp(point.at)


def _stamp(time: datetime) -> str:
    return format_time(time.timestamp())


def _timestamp(time: datetime) -> str:
    return f"timestamp={_stamp(time)}"
