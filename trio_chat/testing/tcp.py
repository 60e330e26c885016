"""One TCP connection in memory: two ends that behave as sockets do, errors and windows included.

Laws:

* What an end does, and which error it meets when, is what Linux does on loopback; a test runs the
  same scripts over both and compares.
* Nothing here is random and nothing takes time: what one end sends, the other has at once. Every
  segment goes through `_transmit`, the one place where a slower network would begin.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import trio

WINDOW = 64 * 1024
"""Bytes one end takes that the other's program has not read: the two kernels' buffers together.

Small against the few MB of real loopback, so that back-pressure is met early.
"""


class End:
    """One end of a connection, with what a non-blocking socket does; see `connect_ends`."""

    __slots__ = (
        "_error",
        "_heard_eof",
        "_is_broken",
        "_peer",
        "_readers",
        "_received",
        "_window",
        "_writers",
        "is_closed",
        "is_shut",
    )

    _peer: End

    def __init__(self, window: int) -> None:
        self.is_closed = False
        self.is_shut = False
        """Whether this end has sent its end of file."""
        self._window = window
        self._received = bytearray()
        self._heard_eof = False
        self._is_broken = False
        """Whether the connection was reset, by either side."""
        self._error = 0
        """The error that the next call meets, and only that one, as with a socket's SO_ERROR."""
        self._readers = trio.lowlevel.ParkingLot()
        self._writers = trio.lowlevel.ParkingLot()

    # -- what a socket does

    def send_nowait(self, data: bytes) -> int:
        """Send what the window has room for; the number of bytes taken.

        Raises `BlockingIOError` if there is no room, another `OSError` if the connection is broken
        or closed.
        """
        self._check_open()
        self._raise_pending()
        if self._is_broken or self.is_shut:
            raise _error(errno.EPIPE)
        if not data:
            return 0
        room = self._room
        if not room:
            raise _error(errno.EAGAIN)
        self._transmit(data[:room])
        return min(room, len(data))

    def receive_nowait(self, max_bytes: int) -> bytes:
        """Bytes that have arrived; empty at the end of file.

        Raises as `send_nowait`. What arrived before a reset can still be read, as on Linux.
        """
        data = self.peek_nowait(max_bytes)
        if data:
            del self._received[: len(data)]
            self._peer._writers.unpark_all()
        return data

    def peek_nowait(self, max_bytes: int = 1) -> bytes:
        """What `receive_nowait` would give, which stays there."""
        self._check_open()
        if self._received:
            return bytes(self._received[:max_bytes])
        if self._heard_eof:
            return b""
        self._raise_pending()
        if self._is_broken:
            return b""
        raise _error(errno.EAGAIN)

    def shut(self) -> None:
        """Send the end of file: shutdown(SHUT_WR). Raises `OSError` if there is no connection."""
        self._check_open()
        if self._is_broken or (self.is_shut and self._heard_eof):
            raise _error(errno.ENOTCONN)
        if not self.is_shut:
            self.is_shut = True
            self._peer._hear_eof()

    def close(self) -> None:
        """Close; may be called again.

        With bytes unread this resets the connection, so that the peer learns that they were lost
        (RFC 1122 section 4.2.2.13).
        """
        if self.is_closed:
            return
        self._close()
        if self._received:
            self._peer._hear_reset()
        elif not (self.is_shut or self._is_broken):
            self._peer._hear_eof()

    def reset(self) -> None:
        """Close and tell the peer with a reset, as a host does that knows no such connection."""
        if not self.is_closed:
            self._close()
            self._peer._hear_reset()

    # -- waiting

    async def wait_readable(self) -> None:
        """Wait until `receive_nowait` would not block.

        Raises `trio.ClosedResourceError` if this end is closed, even while waiting, and
        `trio.BusyResourceError` if another task waits for the same.
        """
        await self._wait(self._readers, self.is_readable)

    async def wait_writable(self) -> None:
        """Wait until `send_nowait` would not block; raises as `wait_readable`."""
        await self._wait(self._writers, self._is_writable)

    def is_readable(self) -> bool:
        """Whether `receive_nowait` would not block."""
        return bool(self._received or self._heard_eof or self._error or self._is_broken)

    def _is_writable(self) -> bool:
        return bool(self._room or self._error or self._is_broken or self.is_shut)

    # -- inside

    @property
    def _room(self) -> int:
        return self._window - len(self._peer._received)

    def _transmit(self, data: bytes) -> None:
        peer = self._peer
        if peer.is_closed:
            self._hear_reset()
        else:
            peer._received += data
            peer._readers.unpark_all()

    def _hear_eof(self) -> None:
        self._heard_eof = True
        self._wake()

    def _hear_reset(self) -> None:
        if self.is_closed:
            return
        self._is_broken = True
        # After the peer's end of file Linux says "broken pipe" and keeps "reset" to itself.
        self._error = errno.EPIPE if self._heard_eof else errno.ECONNRESET
        self._wake()

    def _close(self) -> None:
        self.is_closed = True
        self._wake()
        self._peer._writers.unpark_all()

    def _wake(self) -> None:
        self._readers.unpark_all()
        self._writers.unpark_all()

    def _check_open(self) -> None:
        if self.is_closed:
            raise _error(errno.EBADF)

    def _raise_pending(self) -> None:
        if self._error:
            pending, self._error = self._error, 0
            raise _error(pending)

    async def _wait(self, lot: trio.lowlevel.ParkingLot, is_ready: Callable[[], bool]) -> None:
        if self.is_closed:
            raise trio.ClosedResourceError("this end was closed")
        if lot:
            raise trio.BusyResourceError("another task is waiting for the same")
        if is_ready():
            await trio.lowlevel.checkpoint()
        else:
            await lot.park()
        if self.is_closed:
            raise trio.ClosedResourceError("this end was closed meanwhile")


def connect_ends(window: int = WINDOW) -> tuple[End, End]:
    """Two ends of a new connection; `window` bounds the unread bytes in each direction."""
    one, other = End(window), End(window)
    one._peer, other._peer = other, one
    return one, other


def _error(number: int) -> OSError:
    """The subclass of `OSError` that the real call would raise."""
    return OSError(number, os.strerror(number))
