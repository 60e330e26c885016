"""The line buffer: however the bytes come, the lines are the same, and never too much is kept."""

from __future__ import annotations

from trio_chat.wire.lines import LineBuffer
from trio_chat.wire.message import Fault, Malformed

from .tape import Tape, pieces

WORDS = (b"\r\n", b"\n\n", b"\r\r\n")


def check(data: bytes) -> None:
    """A byte for the limit, three for the sizes of pieces; the rest is what arrives."""
    tape = Tape(data)
    limit = 2 + tape.byte()
    sizes = (1 + tape.byte(), 1 + tape.byte(), 1 + tape.byte())
    stream = tape.rest()
    expected = _lines(stream, limit)
    assert LineBuffer(limit).feed(stream) == expected
    buffer = LineBuffer(limit)
    found = []
    for piece in pieces(stream, sizes):
        found += buffer.feed(piece)
        assert buffer.pending < limit
    assert found == expected
    assert all(isinstance(line, Malformed) or 0 < len(line) < limit for line in found)


def _lines(stream: bytes, limit: int) -> list[bytes | Malformed]:
    """What the buffer must find, by the simplest way there is when all has come."""
    *whole, partial = stream.split(b"\n")
    if len(partial) >= limit:
        whole.append(partial)
    return [
        Malformed(Fault.TOO_LONG) if len(line) >= limit else line.removesuffix(b"\r")
        for line in whole
        if line not in (b"", b"\r")
    ]
