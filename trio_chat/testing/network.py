"""The network in memory: addresses, listeners for the server, sockets for everyone else.

Laws:

* The server's side is a `Listener` and `Transport` as `trio_chat.net.transport` defines them, the
  clients' side trio's own `SocketStream`: both sides run the code they run over TCP.
* While `in_use`, everything in this trio run that opens a TCP connection through trio does so
  here; a program that calls `trio.open_tcp_stream` needs no change to be tested.
"""

from __future__ import annotations

import errno
import itertools
import operator
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import trio

from trio_chat.testing.tcp import WINDOW, End, connect_ends

FIRST_PORT = 49152
"""Where the ports for those who do not care begin (RFC 6335 section 6)."""


class MemoryTransport:
    """One client's connection, server side."""

    __slots__ = ("_end", "peer", "send_nowait")

    def __init__(self, end: End, peer: str) -> None:
        self.peer = peer
        self._end = end
        self.send_nowait = end.send_nowait

    @property
    def raw_socket(self) -> None:
        """There is none, and so no TLS."""

    async def peek(self) -> bytes:
        while True:
            await self._end.wait_readable()
            try:
                return self._end.peek_nowait()
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    async def wait_writable(self) -> None:
        await self._end.wait_writable()

    async def receive_some(self, max_bytes: int) -> bytes:
        while True:
            await self._end.wait_readable()
            try:
                return self._end.receive_nowait(max_bytes)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    def send_eof(self) -> None:
        with suppress(OSError):
            self._end.shut()

    def close(self) -> None:
        self._end.close()


class MemoryListener:
    """A place on the network where clients arrive; made by `Network.listen`."""

    def __init__(self, network: Network, host: str, port: int) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.accept_errors: deque[OSError] = deque()
        """Errors that the next calls of `accept` raise when a client is there, one each."""
        self._network = network
        self._key = (host, port)
        self._arrived: deque[MemoryTransport] = deque()
        self._waiting = trio.lowlevel.ParkingLot()
        self._is_closed = False

    async def accept(self) -> MemoryTransport:
        await trio.lowlevel.checkpoint()
        while not self._arrived:
            if not self._is_closed:
                await self._waiting.park()
            if self._is_closed:
                raise trio.ClosedResourceError("this listener was closed")
        if self.accept_errors:
            raise self.accept_errors.popleft()
        return self._arrived.popleft()

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._network._forget(self._key)
            self._waiting.unpark_all()
            while self._arrived:
                self._arrived.popleft()._end.reset()

    def _take(self, end: End, peer: str) -> None:
        self._arrived.append(MemoryTransport(end, peer))
        self._waiting.unpark()


class Network:
    """A network of its own, with nothing on it but what the test puts there."""

    def __init__(self, window: int = WINDOW) -> None:
        """`window` is how many bytes a connection holds in each direction, unread."""
        self.hosts = {"localhost": "127.0.0.1"}
        """What names stand for: add one, and programs reach it by that name."""
        self._window = window
        self._listeners: dict[tuple[str, int], MemoryListener] = {}
        self._ports = itertools.count(FIRST_PORT)
        self._connections: list[tuple[End, End]] = []

    def listen(self, host: str, port: int) -> MemoryListener:
        """Listen on an address; port 0 picks one. Raises `OSError` if it is taken."""
        key = (host, port or next(self._ports))
        if key in self._listeners:
            raise _error(errno.EADDRINUSE)
        listener = self._listeners[key] = MemoryListener(self, *key)
        return listener

    async def open_stream(
        self, host: str, port: int, *, source: str = "127.0.0.1"
    ) -> trio.SocketStream:
        """A connection to that address, from the IP address `source`.

        Raises `ConnectionRefusedError` if nobody listens there.
        """
        sock = MemorySocket(self, socket.AF_INET, source)
        await sock.connect((host, port))
        return trio.SocketStream(sock)

    @property
    def half_closed(self) -> int:
        """Connections that the client's side has closed and the server's has not."""
        return sum(client.is_closed and not server.is_closed for client, server in self._open())

    def reset_clients(self) -> None:
        """Break every connection that is still open, from the clients' side."""
        for client, _ in self._open():
            client.reset()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make this the network of the trio run at hand, for `trio.open_tcp_stream` and its kin."""
        places = _Places(self)
        factory = trio.socket.set_custom_socket_factory(places)
        resolver = trio.socket.set_custom_hostname_resolver(places)
        try:
            yield
        finally:
            trio.socket.set_custom_socket_factory(factory)
            trio.socket.set_custom_hostname_resolver(resolver)

    def _connect(self, source: str, host: str, port: int) -> End:
        listener = self._listeners.get((host, port))
        if listener is None:
            raise _error(errno.ECONNREFUSED)
        client, server = connect_ends(self._window)
        self._connections.append((client, server))
        listener._take(server, source)
        return client

    def _open(self) -> list[tuple[End, End]]:
        open_ones = [ends for ends in self._connections if not all(end.is_closed for end in ends)]
        self._connections = open_ones
        return open_ones

    def _forget(self, key: tuple[str, int]) -> None:
        del self._listeners[key]


class MemorySocket(trio.socket.SocketType):
    """A client's TCP socket on a `Network`: what `trio.SocketStream` needs of one, and no more."""

    def __init__(self, network: Network, family: int, source: str) -> None:
        self._network = network
        self._family = family
        self._address = (source, next(network._ports))
        self._peer: tuple[str, int] | None = None
        self._end: End | None = None
        self._is_closed = False
        self._resets = False

    def __enter__(self) -> MemorySocket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AddressFamily(self._family)

    @property
    def type(self) -> socket.SocketKind:
        return socket.SOCK_STREAM

    @property
    def proto(self) -> int:
        return socket.IPPROTO_TCP

    @property
    def did_shutdown_SHUT_WR(self) -> bool:  # noqa: N802
        return self._end is not None and self._end.is_shut

    def fileno(self) -> int:
        # Callers ask whether it is -1; a real descriptor of something else must not come out.
        return -1 if self._is_closed else 1 << 30

    def getsockname(self) -> tuple[str, int]:
        return self._address

    def getpeername(self) -> tuple[str, int]:
        if self._peer is None:
            raise _error(errno.ENOTCONN)
        return self._peer

    def setsockopt(self, level: int, optname: int, value: Any, optlen: int | None = None) -> None:
        """Take SO_LINGER to heart, since it makes `close` a reset; the rest is about speed."""
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self._resets = struct.unpack("ii", value) == (1, 0)

    async def connect(self, address: Any) -> None:
        await trio.lowlevel.checkpoint()
        if self._is_closed:
            raise _error(errno.EBADF)
        if self._end is not None:
            raise _error(errno.EISCONN)
        host, port = address[:2]
        self._end = self._network._connect(self._address[0], host, port)
        self._peer = (host, port)

    async def send(self, data: Any, flags: int = 0) -> int:
        await trio.lowlevel.checkpoint()
        end = self._connected()
        with memoryview(data) as view:
            whole = view.tobytes()
        while True:
            try:
                return end.send_nowait(whole)
            except BlockingIOError:
                await end.wait_writable()

    async def recv(self, buflen: int, flags: int = 0) -> bytes:
        await trio.lowlevel.checkpoint()
        end = self._connected()
        size = operator.index(buflen)  # a number that is not whole is a TypeError, data or not
        while True:
            try:
                return end.receive_nowait(size)
            except BlockingIOError:
                await end.wait_readable()

    async def wait_writable(self) -> None:
        await self._connected().wait_writable()

    def is_readable(self) -> bool:
        return self._connected().is_readable()

    def shutdown(self, flag: int) -> None:
        if flag == socket.SHUT_RD:
            return  # on Linux the peer does not notice
        self._connected().shut()

    def close(self) -> None:
        self._is_closed = True
        if self._end is not None:
            if self._resets:
                self._end.reset()
            else:
                self._end.close()

    def _connected(self) -> End:
        if self._end is None:
            raise _error(errno.EBADF if self._is_closed else errno.ENOTCONN)
        return self._end


class _Places(trio.abc.SocketFactory, trio.abc.HostnameResolver):
    """Leads trio's TCP sockets and host names to a `Network`; sockets of other kinds stay real."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def socket(
        self,
        family: socket.AddressFamily | int = socket.AF_INET,
        type: socket.SocketKind | int = socket.SOCK_STREAM,
        proto: int = 0,
    ) -> trio.socket.SocketType:
        if type == socket.SOCK_STREAM and family in (socket.AF_INET, socket.AF_INET6):
            source = "127.0.0.1" if family == socket.AF_INET else "::1"
            return MemorySocket(self._network, family, source)
        return trio.socket.from_stdlib_socket(socket.socket(family, type, proto))

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        await trio.lowlevel.checkpoint()
        name = (host or b"localhost").decode()
        address = self._network.hosts.get(name)
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, f"no host {name!r} on this network")
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0)))]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        await trio.lowlevel.checkpoint()
        return str(sockaddr[0]), str(sockaddr[1])


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
