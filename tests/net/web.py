"""A browser's side of a WebSocket, on any trio stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import trio
import trio.testing
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri


class Browser:
    """Sends and receives whole messages; each is one IRC line."""

    def __init__(self, stream: trio.abc.HalfCloseableStream) -> None:
        self.stream = stream
        self.response: Response | None = None
        """What the server said to the request for an upgrade."""
        self.closed = ""
        """The code and reason with which the server closed, once it has."""
        self._protocol: ClientProtocol
        self._frames: deque[Frame] = deque()

    async def connect(
        self,
        *subprotocols: str,
        origin: str | None = None,
        host: str = "127.0.0.1:8080",
        in_pieces: bool = False,
    ) -> bool:
        """Ask for an upgrade, if need be in two pieces; whether it was granted."""
        self._protocol = ClientProtocol(
            parse_uri(f"ws://{host}/"),
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            origin=None if origin is None else Origin(origin),
        )
        self._protocol.send_request(self._protocol.connect())
        request = b"".join(self._protocol.data_to_send())
        half = len(request) // 2 if in_pieces else len(request)
        await self.stream.send_all(request[:half])
        if in_pieces:
            await trio.testing.wait_all_tasks_blocked()
            await self.stream.send_all(request[half:])
        while self.response is None and await self._receive_data():
            pass
        return self._protocol.state is OPEN

    @property
    def subprotocol(self) -> str | None:
        return self._protocol.subprotocol

    async def send(self, line: str | bytes) -> None:
        if isinstance(line, str):
            self._protocol.send_text(line.encode())
        else:
            self._protocol.send_binary(line)
        await self._flush()

    async def send_in_pieces(self, pieces: Sequence[bytes]) -> None:
        """One text message in as many frames."""
        first, *others = pieces
        self._protocol.send_text(first, fin=not others)
        for place, piece in enumerate(others, 1):
            self._protocol.send_continuation(piece, fin=place == len(others))
        await self._flush()

    async def ping(self, payload: bytes) -> None:
        self._protocol.send_ping(payload)
        await self._flush()

    async def close(self) -> None:
        self._protocol.send_close(1000, "bye")
        await self._flush()

    async def send_and_close(self, line: str) -> None:
        """Send a message and the end in one."""
        self._protocol.send_text(line.encode())
        self._protocol.send_close(1000, "bye")
        await self.stream.send_all(b"".join(self._protocol.data_to_send()))

    async def receive(self) -> Frame | None:
        """The next frame, of whatever kind; None when the server has sent its last."""
        while not self._frames:
            if not await self._receive_data():
                return None
        return self._frames.popleft()

    async def receive_line(self) -> str | bytes | None:
        """The next message: text or bytes as it was sent; None at the end."""
        while (frame := await self.receive()) is not None:
            if frame.opcode is Opcode.TEXT:
                return bytes(frame.data).decode()
            if frame.opcode is Opcode.BINARY:
                return bytes(frame.data)
        return None

    async def expect(self, part: str) -> str:
        """The next message that has this in it."""
        while (line := await self.receive_line()) is not None:
            text = line if isinstance(line, str) else line.decode()
            if part in text:
                return text
        raise AssertionError(f"the connection ended before {part!r}")

    async def register(self, nick: str, room: str) -> None:
        for line in (f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {room}"):
            await self.send(line)
        await self.expect(" 366 ")

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self.stream.send_all(data)

    async def _receive_data(self) -> bool:
        try:
            data = await self.stream.receive_some(65536)
        except trio.BrokenResourceError:
            return False
        if not data:
            self._protocol.receive_eof()
            return False
        self._protocol.receive_data(bytes(data))
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frames.append(event)
            elif isinstance(event, Response):
                self.response = event
        if self._protocol.close_rcvd is not None:
            self.closed = str(self._protocol.close_rcvd.code)
        await self._flush()
        return True
