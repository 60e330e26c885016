"""Sockets on a network in memory, and how trio is led to them.

Law: what a program can tell of a socket through trio, a memory socket says as a real one would, or
it raises `NotImplementedError`; it never pretends.
"""

from __future__ import annotations

import errno
import operator
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from trio_chat.testing.tcp import End, error_of

if TYPE_CHECKING:
    from trio_chat.testing.hosts import Host
    from trio_chat.testing.listeners import MemoryListener
    from trio_chat.testing.network import Network


T = TypeVar("T")

ANY_ADDRESS = ("", "0.0.0.0", "::")
"""All addresses of a host."""

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER for no time at all: `close` is a reset then."""


class MemorySocket(trio.socket.SocketType):
    """A TCP socket on a `Network`."""

    def __init__(
        self, network: Network, family: int, host: Host, source: str | None = None
    ) -> None:
        """`source` is the IP address it has, unless that is its host's."""
        self._network = network
        self._family = family
        self._host = host
        self._own = "::1" if family == socket.AF_INET6 else host.address
        self._address = (source or self._own, 0)
        self._peer: tuple[str, int] | None = None
        self._end: End | None = None
        self._listener: MemoryListener | None = None
        self._options: dict[tuple[int, int], Any] = {}
        self._is_closed = False

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
            raise error_of(errno.ENOTCONN)
        return self._peer

    def setsockopt(self, level: int, optname: int, value: Any, optlen: int | None = None) -> None:
        """Remember it; SO_LINGER is taken to heart, the others are about speed."""
        self._options[level, optname] = value

    def getsockopt(self, level: int, optname: int, buflen: int | None = None) -> Any:
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return int(self._listener is not None)
        if (level, optname) in self._options:
            return self._options[level, optname]
        raise error_of(errno.ENOPROTOOPT)

    async def bind(self, address: Any) -> None:
        await trio.lowlevel.checkpoint()
        host, port = address[:2]
        self._address = (self._own if host in ANY_ADDRESS else host, port)

    def listen(self, backlog: int = 128) -> None:
        self._check_open()
        if self._listener is None:
            with self._network.at(self._host):
                self._listener = self._network.listen(*self._address)
            self._address = self._listener.key

    async def accept(self) -> tuple[MemorySocket, tuple[str, int]]:
        self._check_open()
        if self._listener is None:
            raise error_of(errno.EINVAL)
        transport = await self._listener.accept()
        sock = MemorySocket(self._network, self._family, self._host)
        sock._end, sock._address, sock._peer = transport.end, self._address, transport.address
        return sock, transport.address

    async def connect(self, address: Any) -> None:
        await trio.lowlevel.checkpoint()
        self._check_open()
        if self._end is not None:
            raise error_of(errno.EISCONN)
        peer = address[0], address[1]
        own, port = self._address
        self._address = own, port or self._network.next_port()
        end = await self._network.connect(self._host, self._address, peer)
        if self._is_closed:
            end.close()
            raise error_of(errno.EBADF)
        self._end, self._peer = end, peer

    async def send(self, data: Any, flags: int = 0) -> int:
        with memoryview(data) as view:
            whole = view.tobytes()
        return await self._now_or_later(
            lambda: self._connected().send_nowait(whole), self.wait_writable
        )

    async def recv(self, buflen: int, flags: int = 0) -> bytes:
        size = operator.index(buflen)  # a number that is not whole is a TypeError, data or not
        return await self._now_or_later(
            lambda: self._connected().receive_nowait(size), self._wait_readable
        )

    async def _now_or_later(self, call: Callable[[], T], wait: Callable[[], Awaitable[None]]) -> T:
        """Do what does not block, as trio's sockets do it.

        They try first and then yield, uncancelled since it is done, and wait only if it would
        block: so there is one pass of the scheduler for each, and not two.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            result = call()
        except BlockingIOError:
            pass
        except OSError:
            await trio.lowlevel.cancel_shielded_checkpoint()
            raise
        else:
            await trio.lowlevel.cancel_shielded_checkpoint()
            return result
        while True:
            await wait()
            with suppress(BlockingIOError):
                return call()

    async def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        with memoryview(buffer) as view, view.cast("B") as whole:
            data = await self.recv(nbytes or len(whole), flags)
            whole[: len(data)] = data
        return len(data)

    async def wait_writable(self) -> None:
        await self._connected().wait_writable()

    async def _wait_readable(self) -> None:
        await self._connected().wait_readable()

    def is_readable(self) -> bool:
        return self._connected().is_readable()

    def shutdown(self, flag: int) -> None:
        if flag == socket.SHUT_RD:
            return  # on Linux the peer does not notice
        self._connected().shut()

    def close(self) -> None:
        self._is_closed = True
        if self._listener is not None:
            self._listener.close()
        if self._end is not None:
            if self._options.get((socket.SOL_SOCKET, socket.SO_LINGER)) == _AT_ONCE:
                self._end.reset()
            else:
                self._end.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise error_of(errno.EBADF)

    def _connected(self) -> End:
        if self._end is None:
            raise error_of(errno.EBADF if self._is_closed else errno.ENOTCONN)
        return self._end


class Places(trio.abc.SocketFactory, trio.abc.HostnameResolver):
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
            here = self._network.here
            if family == socket.AF_INET6 and here.address != "127.0.0.1":
                raise error_of(errno.EAFNOSUPPORT)  # hosts other than localhost have IPv4 alone
            return MemorySocket(self._network, family, here)
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
        if host is None and flags & socket.AI_PASSIVE:
            name = self._network.here.name
        else:
            name = (host or b"localhost").decode()
        address = self._network.hosts.get(name)
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, f"no host {name!r} on this network")
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0)))]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        await trio.lowlevel.checkpoint()
        return str(sockaddr[0]), str(sockaddr[1])
