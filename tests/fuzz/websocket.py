"""What is spoken is told by the first bytes; then HTTP and frames: the same however they come.

None of what runs here waits for anything but its transport, so it needs no trio, whose start takes
longer than all the rest: a coroutine that is given its bytes at once is run by one `send`.
"""

from __future__ import annotations

import re
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from trio_chat.net.connection import _REQUESTS, _first_bytes
from trio_chat.net.websocket import HandshakeFailed, shake_hands
from trio_chat.wire.lines import LineBuffer
from trio_chat.wire.message import read_line

from .tape import Tape, pieces

T = TypeVar("T")

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

WORDS = (
    *_REQUESTS,
    *(b" HTTP/1.1\r\n", b"Host: ", b"Origin: ", b"\r\n\r\n", b"\x16", b"NICK a\r\n"),
    *(b"Sec-WebSocket-Protocol: ", b"binary.ircv3.net", b"text.ircv3.net", b"Connection: "),
    *(b"\x81\x80\0\0\0\0", b"\x82\x81\0\0\0\0", b"\x01\x81\0\0\0\0", b"\x80\x81\0\0\0\0"),
    *(b"\x89\x80\0\0\0\0", b"\x8a\x80\0\0\0\0", b"\x88\x82\0\0\0\0\x03\xe8", b"\x81\xfe\x11\x22"),
)

_HTTP = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")

_DATE = re.compile(rb"^Date: [^\r\n]*\r\n", re.MULTILINE)

_STATUSES = {101, 200, 400, 403, 405, 413, 414, 426, 431, 500, 501, 505}

_PAGE_BYTES = 4096
"""More than any answer in HTTP has."""


def check(data: bytes) -> None:
    """A byte says whether a good request for an upgrade comes first, three how it is cut."""
    tape = Tape(data)
    begins_well = tape.byte() & 1
    sizes = (1 + tape.byte(), 1 + tape.byte(), 1 + tape.byte())
    stream = (UPGRADE if begins_well else b"") + tape.rest()
    whole = _served([stream] if stream else [])
    cut = _served(pieces(stream, sizes))
    assert whole.spoken == cut.spoken == ("HTTP" if stream.startswith(_REQUESTS) else "IRC")
    _check_answer(whole, stream)
    _check_answer(cut, stream)
    assert cut.lines == whole.lines
    assert _DATE.sub(b"", cut.answer, count=1) == _DATE.sub(b"", whole.answer, count=1)


class _Transport:
    """The bytes of a client, piece by piece, and then its end."""

    peer = "192.0.2.1"

    def __init__(self, data: list[bytes]) -> None:
        self._left = data[::-1]
        self.ended = False

    async def receive_some(self, max_bytes: int) -> bytes:
        if not self._left:
            return b""
        piece = self._left.pop()
        if len(piece) > max_bytes:
            self._left.append(piece[max_bytes:])
        return piece[:max_bytes]

    async def peek(self) -> bytes:
        return self._left[-1][:1] if self._left else b""

    def send_nowait(self, data: bytes) -> int:
        raise AssertionError("what is answered goes by the link")

    async def wait_writable(self) -> None:
        raise AssertionError("nothing is sent")

    def send_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True


@dataclass
class _Served:
    """What came of a client."""

    spoken: str = "IRC"
    lines: bytes = b""
    answer: bytes = b""


def _served(data: list[bytes]) -> _Served:
    served = _Served()
    _run(_serve(_Transport(data), served))
    return served


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that need not wait."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("it waits for something")


async def _serve(transport: _Transport, served: _Served) -> None:
    """As the connection does it, but for the hub."""
    first = await _first_bytes(transport)
    if not first.startswith(_REQUESTS):
        served.lines = first
        while data := await transport.receive_some(4096):
            served.lines += data
        return
    served.spoken = "HTTP"

    def interject(data: bytes) -> None:
        served.answer += data

    try:
        websocket = await shake_hands(transport, first, interject)
    except HandshakeFailed:
        return
    buffer = LineBuffer()
    while data := await websocket.receive_some(4096):
        served.lines += data
        for line in buffer.feed(data):
            if isinstance(line, bytes):
                read_line(line)
    websocket.send_eof()
    assert transport.ended
    while await websocket.receive_some(4096):  # as long as it takes until the client has the end
        pass


def _check_answer(served: _Served, stream: bytes) -> None:
    if served.spoken == "IRC":
        assert served.answer == b""
        assert served.lines == stream
        return
    assert len(served.lines) <= len(stream)
    assert len(served.answer) <= _PAGE_BYTES + len(stream)
    if not served.answer:  # too little was said, or too much
        return
    head = _HTTP.match(served.answer)
    assert head is not None, served.answer
    status = int(head[1])
    assert status in _STATUSES, status
    if status == 101:
        _check_frames(served.answer[head.end() :])
    else:
        assert served.lines == b""


def _check_frames(data: bytes) -> None:
    """Pongs and at most one closing frame, the last; whole, small and unmasked (RFC 6455, 5.5)."""
    while data:
        opcode, size = data[0], data[1]
        assert size <= 125
        assert len(data) >= 2 + size
        assert opcode in (0x88, 0x8A), opcode
        if opcode == 0x88:
            assert len(data) == 2 + size, "a frame after the last"
            # What has no code is answered without one (RFC 6455 section 5.5.1).
            assert size == 0 or int.from_bytes(data[2:4], "big") in range(1000, 5000)
        data = data[2 + size :]
