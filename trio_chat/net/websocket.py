"""WebSocket: the handshake, and a transport whose bytes are IRC lines (IRCv3 websocket).

The `websockets` library's sans-I/O protocol does the handshake and reads frames. What goes out is
framed by `wire.frames` instead, once for all who get a line, so there is no compression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from trio_chat.net.transport import Transport
from trio_chat.wire.frames import WEBSOCKET_BINARY, WEBSOCKET_TEXT
from trio_chat.wire.lines import CLIENT_LINE

ANY_ORIGIN = "*"

_FRAMINGS = {
    Subprotocol("text.ircv3.net"): WEBSOCKET_TEXT,
    Subprotocol("binary.ircv3.net"): WEBSOCKET_BINARY,
}

DEFAULT = Subprotocol("text.ircv3.net")
"""What a client gets that names no subprotocol: it is a browser, more often than not."""

_PAGE = """This is a trio-chat server. People talk here with an IRC client:
point yours at this host and port, {way_in}, or connect a web client by WebSocket.
"""

_END = b"\r\n\r\n"
"""Of the headers of a request (RFC 9112 section 2.1)."""

_HANDSHAKE_BYTES = 16 * 1024
"""The longest request for an upgrade, cookies of the site and all."""


class HandshakeFailed(Exception):
    """The client has been told, in HTTP, why it is not let in."""


def _select(protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The first subprotocol that is known, in the client's order ("WebSocket features")."""
    return next((name for name in offered if name in _FRAMINGS), None)


async def shake_hands(
    transport: Transport,
    first: bytes,
    interject: Callable[[bytes], None],
    origins: Sequence[str] = (),
    way_in: str = "without TLS",
) -> WebSocketTransport:
    """Answer an HTTP request that begins with `first`: a WebSocket, if it asks for one.

    Browsers say which site a request comes from; it must be this host or one of `origins`, or any
    page a user visits could chat in their name. Raises `HandshakeFailed` if that fails or the
    request is for something else, which has been answered. `way_in` is what visitors read of how an
    IRC client is to connect.
    """
    protocol = ServerProtocol(select_subprotocol=_select, max_size=CLIENT_LINE)
    received, taken = first, 0
    while True:
        # What follows the request is kept for later: taken for frames before the answer, it would
        # break the protocol (a second request, the body of a POST) and nothing could be answered.
        end = received.find(_END, max(0, taken - len(_END) + 1))
        until = len(received) if end < 0 else end + len(_END)
        protocol.receive_data(received[taken:until])
        taken = until
        requests = protocol.events_received()
        if requests or protocol.handshake_exc is not None:
            break
        data = await transport.receive_some(4096)
        received += data
        if not data or len(received) > _HANDSHAKE_BYTES:
            raise HandshakeFailed("no HTTP request")
    if requests:
        assert isinstance(requests[0], Request)
        protocol.send_response(_answer(protocol, requests[0], origins, way_in))
    interject(b"".join(protocol.data_to_send()))
    if protocol.state is not OPEN:
        raise HandshakeFailed("no WebSocket")
    if rest := received[taken:]:
        protocol.receive_data(rest)
        interject(b"".join(protocol.data_to_send()))
    return WebSocketTransport(transport, protocol, interject, protocol.events_received())


def _answer(
    protocol: ServerProtocol, request: Request, origins: Sequence[str], way_in: str
) -> Response:
    # All that one header is given as: asking for it as if it came once fails when it comes twice.
    if "upgrade" not in ",".join(request.headers.get_all("Connection")).lower():
        is_visit = request.method in ("GET", "HEAD")
        status = HTTPStatus.OK if is_visit else HTTPStatus.METHOD_NOT_ALLOWED
        return protocol.reject(status, _PAGE.format(way_in=way_in))
    if not _is_welcome(request, origins):
        return protocol.reject(HTTPStatus.FORBIDDEN, "This site may not connect to this chat.\n")
    return protocol.accept(request)


def _is_welcome(request: Request, origins: Sequence[str]) -> bool:
    given = request.headers.get_all("Origin")
    if not given or ANY_ORIGIN in origins:
        return True
    if len(given) > 1:  # no browser's
        return False
    origin = given[0]
    return origin in origins or [origin.partition("://")[2]] == request.headers.get_all("Host")


class WebSocketTransport:
    """A WebSocket as a `Transport`: `receive_some` gives lines, `send_nowait` takes whole frames.

    `interject` is where the answers of the protocol itself go (pongs, the closing frame), since
    only the link knows where one frame of the chat ends and the next begins.
    """

    __slots__ = (
        "_inner",
        "_interject",
        "_is_over",
        "_partial",
        "_protocol",
        "_waiting",
        "framing",
        "peer",
        "send_nowait",
    )

    def __init__(
        self,
        inner: Transport,
        protocol: ServerProtocol,
        interject: Callable[[bytes], None],
        frames: Sequence[object] = (),
    ) -> None:
        self.peer = inner.peer
        self.send_nowait = inner.send_nowait
        self.framing = _FRAMINGS[protocol.subprotocol or DEFAULT]
        self._interject = interject
        self._inner = inner
        self._protocol = protocol
        self._partial = b""
        self._waiting = self._lines(frames)
        # Noted, not asked for later: the last messages and the end after them may come as one.
        self._is_over = protocol.close_expected()

    async def wait_writable(self) -> None:
        await self._inner.wait_writable()

    async def receive_some(self, max_bytes: int) -> bytes:
        """Wait for messages; each is given as one line with LF. Empty once the client closes."""
        while not self._waiting:
            if self._is_over:
                self._is_over = False  # told once: after that, the client's own end is waited for
                return b""
            data = await self._inner.receive_some(max_bytes)
            if not data:
                return b""
            self._protocol.receive_data(data)
            self._waiting = self._lines(self._protocol.events_received())
            answer = b"".join(self._protocol.data_to_send())
            if answer:
                self._interject(answer)
            self._is_over = self._protocol.close_expected()
        data, self._waiting = self._waiting, b""
        return data

    def _lines(self, frames: Sequence[object]) -> bytes:
        """The messages that these frames complete, each ended by LF.

        Any other frame stands as a blank line: it says nothing, but whoever sends many is to be
        slowed like anybody who sends much.
        """
        lines = []
        for each in frames:
            if isinstance(each, Frame) and each.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._partial += each.data
                if each.fin:
                    lines.append(self._partial)
                    self._partial = b""
                    continue
            lines.append(b"")
        return b"".join([line + b"\n" for line in lines])

    def send_eof(self) -> None:
        """Say goodbye in the protocol's way, then in TCP's."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._interject(b"".join(self._protocol.data_to_send()))
        self._inner.send_eof()

    def close(self) -> None:
        self._inner.close()
