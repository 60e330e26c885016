"""What a connection is carried by: bytes in by waiting, bytes out without.

One contract for every transport (a contract suite in the tests holds all of them to it), because
the hub must write to thousands of clients without awaiting any of them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterable
from typing import Any, Protocol

import trio


class Transport(Protocol):
    """One client's byte stream, server side."""

    peer: str
    """The client's IP address."""

    def send_nowait(self, data: bytes, /) -> int:
        """Send what goes out without waiting; the number of bytes taken, at least one.

        Raises `BlockingIOError` if none can be taken now, another `OSError` if the connection is
        broken or closed. What was not taken is what the next call must begin with: a transport
        that encrypts has encrypted it by then.
        """
        ...

    async def wait_writable(self) -> None:
        """Wait until `send_nowait` may take bytes again, or the connection broke.

        Raises `trio.ClosedResourceError` if it is closed meanwhile.
        """
        ...

    async def receive_some(self, max_bytes: int) -> bytes:
        """Wait for bytes; empty when the client has sent its last.

        Raises `trio.BrokenResourceError` if the connection broke, `trio.ClosedResourceError` if it
        was closed on this side.
        """
        ...

    def send_eof(self) -> None:
        """Tell the client that no more will come; quietly nothing if it is gone."""
        ...

    def close(self) -> None:
        """Close for good; may be called again, and wakes whoever waits on it."""
        ...


class Bare(Transport, Protocol):
    """A connection as it arrives, before it is known what is spoken on it."""

    @property
    def raw_socket(self) -> socket.socket | None:
        """The socket beneath, for those who take the connection over; None if there is none."""
        ...

    async def peek(self) -> bytes:
        """Wait for the first byte and leave it to be received; empty when none will come.

        Raises as `receive_some`.
        """
        ...


class Listener(Protocol):
    """A place where clients arrive."""

    address: str
    """Where it listens, to be shown to a person and to be given to a client: `host:port`."""

    async def accept(self) -> Bare:
        """Wait for the next client.

        Raises `OSError` if it cannot be taken in, for want of descriptors or memory, and
        `trio.ClosedResourceError` if the listener was closed, even while waiting.
        """
        ...

    def close(self) -> None:
        """Take no more clients; may be called again."""
        ...


class TcpTransport:
    """A TCP connection.

    It uses the plain socket under trio's waiting primitives, not `trio.SocketStream`, whose only
    way to send is to await. `send_nowait` is the socket's own method: a Python frame around it
    would cost a tenth of the whole delivery.
    """

    __slots__ = ("_socket", "peer", "send_nowait")

    def __init__(self, sock: socket.socket, peer: str) -> None:
        self.peer = peer
        self._socket = sock
        self.send_nowait = sock.send

    @property
    def raw_socket(self) -> socket.socket:
        return self._socket

    async def peek(self) -> bytes:
        return await self._receive(1, socket.MSG_PEEK)

    async def wait_writable(self) -> None:
        await trio.lowlevel.wait_writable(self._open_socket())

    async def receive_some(self, max_bytes: int) -> bytes:
        return await self._receive(max_bytes)

    async def _receive(self, max_bytes: int, flags: int = 0) -> bytes:
        sock = self._open_socket()
        while True:
            await trio.lowlevel.wait_readable(sock)
            try:
                return sock.recv(max_bytes, flags)
            except BlockingIOError:
                continue  # readiness may be spurious: man 2 select, "BUGS"
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    def send_eof(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()

    def _open_socket(self) -> socket.socket:
        if self._socket.fileno() < 0:
            raise trio.ClosedResourceError("this connection was closed")
        return self._socket


_ERRORS_OF_THE_NEWCOMER = {
    getattr(errno, name)
    for name in (
        *("ECONNABORTED", "ENETDOWN", "EPROTO", "ENOPROTOOPT", "EHOSTDOWN", "ENONET"),
        *("EHOSTUNREACH", "EOPNOTSUPP", "ENETUNREACH", "EPERM", "ECONNRESET", "ETIMEDOUT"),
    )
    if hasattr(errno, name)
}
"""What became of one client while it waited to be accepted, which `accept` reports as its own error
(man 2 accept, "Error handling"; EPERM: a firewall). The next client is none the worse for it."""


class TcpListener:
    """A listening TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.found: Found = (sock.family, sock.type, sock.proto, sock.getsockname())
        """Where it listens, to listen there again."""
        host, port = self.found[3][:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def accept(self) -> TcpTransport:
        await trio.lowlevel.checkpoint()
        while self._socket.fileno() >= 0:
            try:
                sock, address = self._socket.accept()
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._socket)
                continue
            except OSError as error:
                if error.errno in _ERRORS_OF_THE_NEWCOMER:
                    continue
                raise
            try:
                sock.setblocking(False)
                # A chat line is small and wanted now; Nagle's algorithm would hold it back.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:  # macOS says EINVAL here of a client that has gone already
                sock.close()
                continue
            return TcpTransport(sock, address[0])
        raise trio.ClosedResourceError("this listener was closed")

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()


BACKLOG = 4096
"""Connections the kernel holds for us until they are accepted: a whole community reconnecting."""


Found = tuple[int, int, int, tuple[Any, ...]]
"""A socket address, as `getaddrinfo` tells it: family, type, protocol, address."""


def look_up(host: str, port: int) -> list[Found]:
    """The addresses that `host` stands for, all of them if it is empty. Blocks.

    Raises `OSError` if the name is unknown.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((*each[:3], each[4]) for each in found))


def listen_on(found: Iterable[Found], port: int) -> list[TcpListener]:
    """Listen on every one of these addresses; port 0 picks one, the same for all.

    Raises `OSError` if one cannot be had; then none is.
    """
    listeners: list[TcpListener] = []
    try:
        for family, kind, proto, address in found:
            sock = socket.socket(family, kind, proto)
            try:
                sock.setblocking(False)
                if os.name == "posix":  # elsewhere it means that others may take the port over
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    # One socket per family: a socket for both would show mapped addresses.
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind((address[0], port, *address[2:]))
                sock.listen(BACKLOG)
            except BaseException:
                sock.close()
                raise
            listeners.append(TcpListener(sock))
            port = sock.getsockname()[1]
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


async def open_tcp_listeners(host: str, port: int) -> list[TcpListener]:
    """Listen on every address that `host` stands for; port 0 picks one, the same for all.

    Raises `OSError` if the name is unknown or an address cannot be had.
    """
    found = await trio.to_thread.run_sync(look_up, host, port, abandon_on_cancel=True)
    return listen_on(found, port)
