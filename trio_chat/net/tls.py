"""TLS: the handshake, and a transport whose bytes are encrypted on the socket itself.

Laws:

* A line costs one call into OpenSSL, which encrypts it and writes it: no task is woken and no byte
  copied on our side. (`trio.SSLStream` can only await.)
* Handshakes take turns: a few steps of them, then everybody else. Silence holds no turn.
* After a write that was not taken the next one begins with the same bytes: OpenSSL has encrypted
  them by then (SSL_write(3), "WARNINGS"). A link does that by itself.

The naive ways, measured: 1,000 connections, a line of 85 bytes to each, CPU per line (a bare
`socket.send` 8.8 µs) and memory per connection:

* memory BIOs, of the standard library 16.1 µs and 18 KB, of pyOpenSSL 19.2 µs and 26 KB: three
  calls a line, two of them copies;
* the standard library's `SSLSocket`, 14.3 µs and 15 KB: it takes no client certificate that it
  cannot verify, and those of IRC users are self-signed;
* pyOpenSSL on the socket, 14.8 µs and 23 KB, which is what stands here. In `lobby`, with all that a
  delivery costs besides, it is 1.54 times the CPU of one without TLS (400 members, three turns, on
  a busy machine: ± 16 %). Another 1.5 µs would be saved by going around `Connection.send`, into
  names that are private.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import trio
from OpenSSL import SSL

from trio_chat.net.certificates import Certificates
from trio_chat.net.tls_settings import TlsFailed, TlsSettings
from trio_chat.net.transport import Bare


class Tls:
    """How TLS connections begin: with which certificates, and how many at a time."""

    def __init__(self, certificates: Certificates, settings: TlsSettings) -> None:
        self.certificates = certificates
        self._settings = settings
        self._turns = trio.CapacityLimiter(settings.handshakes)

    async def shake_hands(self, bare: Bare) -> TlsTransport:
        """The handshake with a client that has sent something; raises `TlsFailed`.

        Raises `trio.ClosedResourceError` if the transport is closed meanwhile.
        """
        sock = bare.raw_socket
        if sock is None:
            raise TlsFailed("there is no socket")
        connection = SSL.Connection(self.certificates.context, sock)
        connection.set_accept_state()
        with trio.move_on_after(self._settings.handshake_seconds) as scope:
            while (wait := await self._step(connection, scope)) is not None:
                await wait(sock)
            return TlsTransport(sock, connection, bare.peer)
        raise TlsFailed("it takes too long")

    async def _step(
        self, connection: SSL.Connection, scope: trio.CancelScope
    ) -> Callable[[socket.socket], Awaitable[None]] | None:
        """Go on with a handshake as far as it goes; what is to be waited for then."""
        async with self._turn(scope):
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                return trio.lowlevel.wait_readable
            except SSL.WantWriteError:
                return trio.lowlevel.wait_writable
            except SSL.Error as error:
                raise TlsFailed(_reason(error)) from error
            return None

    @asynccontextmanager
    async def _turn(self, scope: trio.CancelScope) -> AsyncIterator[None]:
        """Wait for one's turn, in order; it lasts until everybody else has had theirs."""
        if self._turns.statistics().tasks_waiting >= self._settings.waiting_handshakes:
            raise TlsFailed("too many are at the door")
        deadline, scope.deadline = scope.deadline, float("inf")
        begin = trio.current_time()
        async with self._turns:
            scope.deadline = deadline + trio.current_time() - begin
            yield
            # Without this all who are ready would take their step in one pass of the scheduler:
            # 100 of them at once, 150 ms in which nobody's line is delivered.
            await trio.lowlevel.checkpoint()


class TlsTransport:
    """A TLS connection on a socket, once the handshake is done; the socket is its own by then.

    `fingerprint` is the SHA-256 of the client's certificate, in lower-case hex, and `hostname` the
    name by which it called us; each may be empty.
    """

    __slots__ = (
        "_connection",
        "_has_ended",
        "_socket",
        "_write",
        "fingerprint",
        "hostname",
        "peer",
    )

    def __init__(self, sock: socket.socket, connection: SSL.Connection, peer: str) -> None:
        self.peer = peer
        certificate = connection.get_peer_certificate()
        # The digest of the bytes as they came: to parse a certificate that nobody has issued by
        # the rules would refuse some that IRC users have.
        digest = certificate.digest("sha256").decode() if certificate is not None else ""
        self.fingerprint = digest.replace(":", "").lower()
        self.hostname = (connection.get_servername() or b"").decode("ascii", "replace")
        self._socket = sock
        self._connection = connection
        self._has_ended = False
        self._write: Callable[[bytes | memoryview], int] = connection.send

    def send_nowait(self, data: bytes, /) -> int:
        try:
            sent = self._write(data)
            if sent < len(data):
                sent += self._write_rest(memoryview(data)[sent:])
        except SSL.WantWriteError:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
        except SSL.Error as error:
            raise _as_os_error(error) from error
        return sent

    def _write_rest(self, data: memoryview) -> int:
        """Write what the first call has left: each takes one record, of at most 16 KB."""
        sent = 0
        with contextlib.suppress(SSL.WantWriteError):
            while sent < len(data):
                sent += self._write(data[sent:])
        return sent

    async def wait_writable(self) -> None:
        await trio.lowlevel.wait_writable(self._open_socket())

    async def receive_some(self, max_bytes: int) -> bytes:
        wait = trio.lowlevel.wait_readable
        while True:
            sock = self._open_socket()
            # What is left of a record is ready, whatever the kernel has.
            if self._has_ended or self._connection.pending():
                await trio.lowlevel.checkpoint()
            else:
                await wait(sock)
            self._open_socket()
            try:
                return self._connection.recv(max_bytes)
            except SSL.WantReadError:
                wait = trio.lowlevel.wait_readable
            except SSL.WantWriteError:  # the answer to a key update
                wait = trio.lowlevel.wait_writable
            except SSL.ZeroReturnError:
                self._has_ended = True  # in TLS; the kernel may never hear of it
                return b""
            except SSL.Error as error:
                self._write = _broken
                raise trio.BrokenResourceError(_reason(error)) from error

    def send_eof(self) -> None:
        """Say so in TLS (close_notify), then in TCP."""
        if self._socket.fileno() >= 0:
            self._say_goodbye()
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        if self._connection.pending():
            # The kernel knows of nothing unread, but the client must learn that it was lost.
            at_once = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        else:
            self._say_goodbye()
        # OpenSSL knows a number and no socket: the next client may get the same.
        self._write = _closed
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()

    def _say_goodbye(self) -> None:
        if self._write is not _broken:
            with contextlib.suppress(SSL.Error):  # gone, or in the middle of a record
                self._connection.shutdown()
            self._write = _broken

    def _open_socket(self) -> socket.socket:
        if self._socket.fileno() < 0:
            raise trio.ClosedResourceError("this connection was closed")
        return self._socket


def _closed(data: bytes | memoryview) -> int:
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _broken(data: bytes | memoryview) -> int:
    raise OSError(errno.EPIPE, os.strerror(errno.EPIPE))


def _as_os_error(error: SSL.Error) -> OSError:
    number = error.args[0] if isinstance(error, SSL.SysCallError) else errno.EPIPE
    number = number if number > 0 else errno.ECONNRESET
    return OSError(number, os.strerror(number))


def _reason(error: SSL.Error) -> str:
    """What OpenSSL has to say, in a few words."""
    match error.args:
        case (Sequence() as queue, *_) if queue and not isinstance(queue, str):
            return str(queue[-1][-1])
        case _:
            return " ".join(str(each) for each in error.args)
