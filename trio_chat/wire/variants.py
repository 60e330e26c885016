"""The encoded forms of one message: bytes made once per set of tags, however many get them."""

from __future__ import annotations

from datetime import UTC, datetime

from trio_chat.wire.caps import MESSAGE_TAGS, SERVER_TIME, TAG_NEEDS
from trio_chat.wire.message import MAX_BODY, Message, format_body, format_tags, truncate


def format_time(at: float) -> str:
    """A time (seconds since the Unix epoch) as the `time` tag has it, UTC (IRCv3 server-time)."""
    naive = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="milliseconds") + "Z"


class Variants:
    """One message, encoded anew only for a set of capabilities that was not asked for before."""

    __slots__ = ("_at", "_body", "_lines", "_message")

    def __init__(self, message: Message, at: float) -> None:
        self._message = message
        self._at = at
        self._body = truncate(format_body(message).encode(), MAX_BODY - 2) + b"\r\n"
        self._lines: dict[int, bytes] = {}

    def line(self, tag_caps: int) -> bytes:
        """The line for a session with these of the `TAG_CAPABILITIES`."""
        found = self._lines.get(tag_caps)
        if found is None:
            found = self._lines[tag_caps] = self._encode(tag_caps)
        return found

    def _encode(self, tag_caps: int) -> bytes:
        tags = {
            key: value
            for key, value in self._message.tags.items()
            if tag_caps & TAG_NEEDS.get(key, MESSAGE_TAGS)
        }
        # CAP ACK is what allows the tag: none may be on it (server-time, "Description").
        if tag_caps & SERVER_TIME and self._message.command != "CAP":
            tags = {"time": format_time(self._at), **tags}
        if not tags:
            return self._body
        return b"@%s %s" % (format_tags(tags).encode(), self._body)
