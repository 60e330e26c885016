"""The encoded forms of one message: bytes made once per set of tags, however many get them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from trio_chat.wire.caps import MESSAGE_TAGS, SERVER_TIME, TAG_NEEDS
from trio_chat.wire.frames import FRAMINGS, frame
from trio_chat.wire.message import MAX_BODY, Message, format_body, format_tags, truncate

_EPOCH = date(1970, 1, 1)


def format_time(at: float) -> str:
    """A time (seconds since the Unix epoch) as the `time` tag has it, UTC (IRCv3 server-time)."""
    second, millisecond = divmod(round(at * 1e6) // 1000, 1000)
    day, second = divmod(second, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_format_day(day)}T{hour:02d}:{minute:02d}:{second:02d}.{millisecond:03d}Z"


@lru_cache(maxsize=1024)
def _format_day(day: int) -> str:
    # Kept: all messages of a day have it in common, and to find it takes longer than all else.
    return (_EPOCH + timedelta(day)).isoformat()


class Variants:
    """One message, encoded anew only for a variant that was not asked for before."""

    __slots__ = ("_at", "_body", "_first", "_lines", "_matters", "_message")

    def __init__(self, message: Message, at: float) -> None:
        self._message = message
        self._at = at
        self._body = truncate(format_body(message).encode(), MAX_BODY - 2)
        self._lines: dict[int, bytes] = {}
        self._first = 0
        self._matters = 0

    def line(self, variant: int) -> bytes:
        """The bytes for a session with these of the `TAG_CAPABILITIES`, and this framing."""
        if not self._lines:
            self._first = variant
            self._lines[variant] = first = frame(self._tagged(variant), variant & FRAMINGS)
            return first
        # Two sessions that differ in what decides no tag of this message get the same bytes. What
        # does decide is found out only here: most messages have one variant alone.
        if not self._matters:
            self._matters = self._what_matters()
            self._lines[self._first & self._matters] = self._lines[self._first]
        found = self._lines.get(variant) or self._lines.get(variant & self._matters)
        if found is None:
            found = frame(self._tagged(variant), variant & FRAMINGS)
            self._lines[variant & self._matters] = found
        return found

    def _what_matters(self) -> int:
        matters = SERVER_TIME | FRAMINGS
        for key in self._message.tags:
            matters |= TAG_NEEDS.get(key, MESSAGE_TAGS)
        return matters

    def _tagged(self, tag_caps: int) -> bytes:
        tags = {
            key: value
            for key, value in self._message.tags.items()
            if tag_caps & TAG_NEEDS.get(key, MESSAGE_TAGS)
        }
        # CAP ACK is what allows the tag: none may be on it (server-time, "Description").
        if tag_caps & SERVER_TIME and self._message.command != "CAP" and "time" not in tags:
            tags = {"time": format_time(self._at), **tags}
        if not tags:
            return self._body
        return b"@%s %s" % (format_tags(tags).encode(), self._body)
