"""Any texts as a message: it is refused, or is one line that reads back the same."""

from __future__ import annotations

from trio_chat.wire.caps import TAG_CAPABILITIES
from trio_chat.wire.message import MAX_BODY, Message, format_body, format_message

from .message import check_one_line, check_variant, check_written
from .tape import Tape

WORDS = (b"PRIVMSG\f", b"353\f", b"METADATA\f", b"msgid\f", b"\r", b"\0", b"\xed\xa0\x80", b":")


def check(data: bytes) -> None:
    """A byte says how many tags there are; then the texts, each ended by a form feed."""
    tape = Tape(data)
    tag_count = tape.byte() % 4
    # An LF is among what a text may hold. What is not UTF-8 stands for surrogates.
    texts = [part.decode(errors="surrogateescape") for part in tape.rest().split(b"\f")]
    command, source, *others = [*texts, ""]
    tags = dict(zip(others[:tag_count], others[tag_count : 2 * tag_count], strict=False))
    message = Message(command, tuple(others[2 * tag_count : -1]), source, tags)
    try:
        line = format_message(message)
    except ValueError:
        return
    check_one_line(line, message)
    # Of what is longer, more may be lost than the end of the last parameter.
    if len(format_body(message).encode()) <= MAX_BODY - 2:
        check_written(message, line)
        check_variant(message, TAG_CAPABILITIES)
