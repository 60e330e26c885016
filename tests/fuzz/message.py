"""One line: it is read or has a fault; what was read can be written, and reads back the same."""

from __future__ import annotations

import re

from trio_chat.wire.caps import TAG_CAPABILITIES
from trio_chat.wire.frames import FRAMINGS, WEBSOCKET_BINARY, WEBSOCKET_TEXT
from trio_chat.wire.message import (
    MAX_BODY,
    MAX_CLIENT_TAGS,
    MAX_TAGS,
    Fault,
    Malformed,
    Message,
    format_message,
    format_tags,
    parse,
    read_line,
)
from trio_chat.wire.variants import Variants

WORDS = (b"@label=", b"\\:", b"\\s", b"\\\\", b" :", b"PRIVMSG", b"001", b"TAGMSG", b"time=")

_WRITABLE = re.compile(r"[A-Z]+|[0-9]{3}")

_VARIANTS = (0, TAG_CAPABILITIES, WEBSOCKET_TEXT, TAG_CAPABILITIES | WEBSOCKET_BINARY)

_LONG = 4 * MAX_TAGS
"""More than the tags of any line here: how long they may be on their way out is not asked."""


def check(data: bytes) -> None:
    read = read_line(data, MAX_CLIENT_TAGS)
    if isinstance(read, Malformed):
        _check_fault(data, read)
    else:
        _check_message(read)
    if not isinstance(read, Malformed) or read.fault is not Fault.TOO_LONG:
        assert read_line(data, MAX_TAGS) == read


def _check_fault(line: bytes, read: Malformed) -> None:
    command = read.command
    assert command == command.upper(), command
    assert command == "" or (command.isascii() and command.isalnum() and len(command) <= 20)
    format_tags({"label": read.label})  # it goes back to whoever sent it
    if read.fault is Fault.TOO_LONG:
        assert len(line) > MAX_BODY - 2
    if read.fault is Fault.NO_COMMAND:
        assert b"\0" not in line


def _check_message(read: Message) -> None:
    assert read.command == read.command.upper() != ""
    for part in (read.command, read.source, *read.params, *read.tags):
        assert not any(end in part for end in "\r\n\0"), part
    for middle in (read.command, *read.params[:-1]):
        assert middle != ""
        assert middle[0] != ":"
        assert " " not in middle
    if _WRITABLE.fullmatch(read.command) is None:  # a word from outside; we say no such thing
        return
    check_written(read, format_message(read))
    for variant in _VARIANTS:
        check_variant(read, variant)


def check_variant(message: Message, variant: int) -> None:
    """A message as it is sent to a client of this variant reads back the same, less its tags."""
    line = Variants(message, 1.0).line(variant)
    later = Variants(message, 1.0)
    later.line(TAG_CAPABILITIES & ~variant)
    assert later.line(variant) == line
    if variant & FRAMINGS:
        line = _unframed(line)
    back = parse(line, _LONG)
    assert set(back.tags) - {"time"} <= set(message.tags)
    check_same(message, Message(back.command, back.params, back.source, message.tags))


def _unframed(data: bytes) -> bytes:
    """What is in a WebSocket frame without a mask, which is all there is (RFC 6455 section 5.2)."""
    if data[1] == 126:
        size, line = int.from_bytes(data[2:4], "big"), data[4:]
        assert size >= 126
    else:
        size, line = data[1], data[2:]
    assert size == len(line)
    return line


def check_one_line(line: bytes, message: Message) -> None:
    """Nothing in a message makes two lines of it, or one that is too long."""
    assert line.endswith(b"\r\n")
    assert not {0, 10, 13} & set(line[:-2]), line
    body = line.partition(b" ")[2] if message.tags else line
    assert len(body) <= MAX_BODY


def check_written(message: Message, line: bytes) -> None:
    """The line is one line, and reads back as what was written."""
    check_one_line(line, message)
    check_same(message, parse(line, _LONG))


def check_same(written: Message, back: Message) -> None:
    """The one is the other, but for a character that may have been cut from the end.

    A line that is read may be as long as can be, and when it is written has a colon more.
    """
    assert (back.command, back.source, back.tags) == (
        *(written.command, written.source, written.tags),
    )
    if back.params != written.params:
        *middle, last = written.params
        assert back.params == (*middle, last[:-1])
