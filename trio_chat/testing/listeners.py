"""The server's side of a network in memory: where clients arrive, and what carries each.

Law: to the server these are a `Listener` and a `Transport` as `trio_chat.net.transport` defines
them, held to the same contract as those over TCP.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from trio_chat.testing.tcp import End

if TYPE_CHECKING:
    from trio_chat.testing.hosts import Host
    from trio_chat.testing.network import Network


class MemoryTransport:
    """One client's connection, server side."""

    __slots__ = ("address", "end", "peer", "send_nowait")

    def __init__(self, end: End, address: tuple[str, int]) -> None:
        self.address = address
        """Where the client comes from: its IP address and its port."""
        self.peer = address[0]
        self.end = end
        self.send_nowait = end.send_nowait

    @property
    def raw_socket(self) -> None:
        """There is none, and so no TLS."""

    async def peek(self) -> bytes:
        while True:
            await self.end.wait_readable()
            try:
                return self.end.peek_nowait()
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    async def wait_writable(self) -> None:
        await self.end.wait_writable()

    async def receive_some(self, max_bytes: int) -> bytes:
        while True:
            await self.end.wait_readable()
            try:
                return self.end.receive_nowait(max_bytes)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    def send_eof(self) -> None:
        with suppress(OSError):
            self.end.shut()

    def close(self) -> None:
        self.end.close()


class MemoryListener:
    """A place on the network where clients arrive; made by `Network.listen`."""

    def __init__(self, network: Network, owner: Host, host: str, port: int) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.owner = owner
        """The host that listens."""
        self.accept_errors: deque[OSError] = deque()
        """Errors that the next calls of `accept` raise when a client is there, one each."""
        self.is_closed = False
        self._network = network
        self.key = (host, port)
        self._arrived: deque[MemoryTransport] = deque()
        self._waiting = trio.lowlevel.ParkingLot()

    async def accept(self) -> MemoryTransport:
        await trio.lowlevel.checkpoint()
        while not self._arrived:
            if not self.is_closed:
                await self._waiting.park()
            if self.is_closed:
                raise trio.ClosedResourceError("this listener was closed")
        if self.accept_errors:
            raise self.accept_errors.popleft()
        return self._arrived.popleft()

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._network._forget(self.key)
            self._waiting.unpark_all()
            while self._arrived:
                self._arrived.popleft().end.reset()

    def _take(self, end: End, address: tuple[str, int]) -> None:
        if self.is_closed:
            end.reset()
            return
        self._arrived.append(MemoryTransport(end, address))
        self._waiting.unpark()
