"""One message of history as the archive has it, on its way into the store and out again.

Law: the form in the journal is JSON that says what it is, and can be read without this program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from trio_chat.core.effects import Chronicle
from trio_chat.core.history import EDIT_TEXT, TARGET_MSGID, Kept, Place, msgid_of, sequence_of
from trio_chat.wire.message import Message

SAID = frozenset({"PRIVMSG", "NOTICE"})
"""What counts as a message; all else are events."""


_WITH_TWO = SAID | {"REDACT", "RENAME", "PIN", "UNPIN"}
"""What cannot be filed without a second parameter."""

_ABOUT = {"REDACT", "PIN", "UNPIN"}
"""What is about the message that its second parameter names."""


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A message or an event; `at` is in milliseconds of Unix time. The tags have msgid and account.

    Nothing in it leads back to it, so the garbage collector need not look (`gc`): there may be
    10,000 at a time.
    """

    sequence: int
    at: int
    place: str | tuple[str, str]
    source: str
    command: str
    params: tuple[str, ...]
    tags: Mapping[str, str]
    is_closed: bool = False

    @property
    def parent(self) -> int:
        """The sequence of the message it is about, 0 if it is about none."""
        if self.command in _ABOUT:
            return sequence_of(self.params[1])
        if self.command == "EDIT":
            return sequence_of(self.tags[TARGET_MSGID])
        if self.command != "TAGMSG":
            return 0
        return sequence_of(self.tags.get("+draft/reply") or self.tags.get("+reply", ""))

    def kept(self, is_context: bool = False) -> Kept:
        """As the chat is told of it."""
        message = Message(self.command, self.params, self.source, self.tags)
        return Kept(message, self.at / 1000, is_context)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Line]).decode


def milliseconds(at: float) -> int:
    """A Unix time as the tag `time` tells it: cut, and not rounded, to a millisecond."""
    return round(at * 1e6) // 1000


def line_of(chronicle: Chronicle) -> Line:
    """The line of what is to be kept.

    Raises `ValueError` for what could not be filed, which nothing after it could be either: if its
    msgid is none of a server's, or it has too few params or tags.
    """
    message = chronicle.message
    sequence = sequence_of(message.tags["msgid"])
    if not sequence:
        raise ValueError(f"no msgid to keep a message under: {message.tags['msgid']!r}")
    if message.command in _WITH_TWO and len(message.params) < 2:
        raise ValueError(f"no {message.command}: {message.params!r}")
    if message.command == "EDIT" and not {TARGET_MSGID, EDIT_TEXT} <= message.tags.keys():
        raise ValueError(f"no EDIT: {message.tags!r}")
    return Line(
        sequence,
        milliseconds(chronicle.at),
        chronicle.place,
        message.source,
        message.command,
        message.params,
        message.tags,
        chronicle.is_closed,
    )


def encode(lines: Sequence[Line]) -> bytes:
    """Lines as the journal has them."""
    return _encode(lines)


def decode(text: bytes) -> list[Line]:
    """Lines from the journal."""
    return _decode(text)


class _Row(msgspec.Struct, array_like=True, gc=False):
    """A row as `store.history` gives it."""

    sequence: int
    at: int
    command: str
    source: str
    account: str | None
    params: list[str | None]
    tags: dict[str, str] | None


_decode_rows = msgspec.json.Decoder(list[_Row]).decode


def lines_of_rows(text: str, place: Place, name: str) -> list[Line]:
    """Lines from the rows of a place, in the order of their sequence; `name` is the room's."""
    lines = []
    for row in _decode_rows(text):
        tags = {"account": row.account} if row.account is not None else {}
        tags["msgid"] = msgid_of(row.sequence)
        if row.tags is not None:
            tags.update(row.tags)
        params = tuple([name if param is None else param for param in row.params])
        lines.append(Line(row.sequence, row.at, place, row.source, row.command, params, tags))
    lines.sort(key=_sequence)
    return lines


def _sequence(line: Line) -> int:
    return line.sequence
