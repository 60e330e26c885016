"""One TCP connection in memory: two ends that behave as sockets do, errors and windows included.

Laws:

* What an end does, and which error it meets when, is what Linux does on loopback; a test runs the
  same scripts over both and compares.
* An end acts on its program's calls and on the segments that arrive, and on nothing else: it never
  looks at the other end. How long a segment takes, and whether it arrives, is its `Path`'s affair.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from random import Random

import trio

from trio_chat.testing.links import Link, LinkSettings, Path, Segment, Sign, Ticks, Way

WINDOW = 64 * 1024
"""Bytes one end takes that the other's program has not read: the two kernels' buffers together.

Small against the few MB of real loopback, so that back-pressure is met early.
"""

UPDATE_PART = 4
"""What part of the window has been read when the sender is told so, if nothing else is said before
(RFC 9293 section 3.8.6.2.2: to advertise every few bytes would be the silly window syndrome)."""


class End:
    """One end of a connection, with what a non-blocking socket does; see `connect_ends`."""

    __slots__ = (
        "_error",
        "_heard_eof",
        "_owed",
        "_path",
        "_readers",
        "_received",
        "_window",
        "_writers",
        "in_flight",
        "is_closed",
        "is_gone",
        "is_shut",
        "when_greeted",
    )

    _path: Path

    def __init__(self, window: int) -> None:
        self.is_closed = False
        """Whether its program has closed it."""
        self.is_shut = False
        """Whether this end has sent its end of file."""
        self.is_gone = False
        """Whether its kernel knows no such connection any more: it was reset, by either side, or
        timed out, or the power failed. Whatever arrives is answered by a reset then."""
        self.when_greeted: Callable[[], object] | None = None
        """What to do when the other end has shown that it knows of the connection."""
        self._window = window
        self.in_flight = 0
        """Bytes sent of which it is not known yet that they were read."""
        self._owed = 0
        """Bytes read of which the other end was not told yet."""
        self._received = bytearray()
        self._heard_eof = False
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
        if self.is_gone or self.is_shut:
            raise error_of(errno.EPIPE)
        if not data:
            return 0
        room = self._window - self.in_flight
        if not room:
            raise error_of(errno.EAGAIN)
        size = min(room, len(data))
        way = self._path.way
        if way.partial:
            size = way.some(size)
        self.in_flight += size
        self._transmit(bytes(data[:size]))
        return size

    def receive_nowait(self, max_bytes: int) -> bytes:
        """Bytes that have arrived; empty at the end of file.

        Raises as `send_nowait`. What arrived before a reset can still be read, as on Linux.
        """
        way = self._path.way
        if way.partial and self._received:
            max_bytes = way.some(min(max_bytes, len(self._received)))
        data = self.peek_nowait(max_bytes)
        if data:
            del self._received[: len(data)]
            self._owed += len(data)
            if not self.is_gone and (
                self._owed >= self._window // UPDATE_PART or self._path.way.is_instant
            ):
                self._transmit(Sign.ACK)
        return data

    def peek_nowait(self, max_bytes: int = 1) -> bytes:
        """What `receive_nowait` would give, which stays there."""
        self._check_open()
        if self._received:
            return bytes(self._received[:max_bytes])
        if self._heard_eof:
            return b""
        self._raise_pending()
        if self.is_gone:
            return b""
        raise error_of(errno.EAGAIN)

    def shut(self) -> None:
        """Send the end of file: shutdown(SHUT_WR). Raises `OSError` if there is no connection."""
        self._check_open()
        if self.is_gone or self._has_ended:
            raise error_of(errno.ENOTCONN)
        if not self.is_shut:
            self.is_shut = True
            self._transmit(Sign.FIN)

    def close(self) -> None:
        """Close; may be called again.

        With bytes unread this resets the connection, so that the peer learns that they were lost
        (RFC 1122 section 4.2.2.13).
        """
        if self.is_closed:
            return
        self._close()
        if self.is_gone or self._has_ended:
            return
        if self._received:
            self._abort()
        elif not self.is_shut:
            self._transmit(Sign.FIN)

    def reset(self) -> None:
        """Close and tell the peer with a reset: close with SO_LINGER at zero."""
        if not self.is_closed:
            self._close()
            if not self.is_gone and not self._has_ended:
                self._abort()

    # -- what happens to a connection besides

    def greet(self) -> None:
        """Let the other end know that the connection stands: the last of the handshake."""
        self._transmit(Sign.OPEN)

    def forget(self) -> None:
        """Be no more, without a word to anybody: the power has failed."""
        self.is_gone = True
        self._path.forget()
        self._close()

    def hear_reset(self) -> None:
        """Take in a reset, whoever has sent it."""
        # After the peer's end of file Linux says "broken pipe" and keeps "reset" to itself.
        self._break(errno.EPIPE if self._heard_eof and not self.is_shut else errno.ECONNRESET)

    def time_out(self) -> None:
        """End the connection, since nothing is heard of the other end."""
        self._break(errno.ETIMEDOUT)

    def lose(self) -> None:
        """Let nothing that this end sends arrive any more."""
        self._path.lose()

    def arrive(self, segment: Segment, credit: int) -> None:
        """Take in a segment, and that `credit` bytes more of its own were read."""
        if self.is_gone:
            if segment is not Sign.RST:
                self._path.carry(Sign.RST, 0)
            return
        if credit:
            self.in_flight -= credit
            self._writers.unpark_all()
        if segment.__class__ is bytes:
            if self.is_closed:
                self._abort()  # nobody will ever read it
            else:
                self._received += segment
                self._readers.unpark_all()
        elif segment is Sign.FIN:
            self._heard_eof = True
            self._wake()
        elif segment is Sign.RST:
            self.hear_reset()
        elif segment is Sign.OPEN and self.when_greeted is not None:
            when_greeted, self.when_greeted = self.when_greeted, None
            when_greeted()

    # -- waiting

    async def wait_readable(self) -> None:
        """Wait until `receive_nowait` would not block.

        Raises `trio.ClosedResourceError` if this end is closed, even while waiting, and
        `trio.BusyResourceError` if another task waits for the same.
        """
        await self._wait(self._readers, self.is_readable)

    async def wait_writable(self) -> None:
        """Wait until `send_nowait` would not block; raises as `wait_readable`."""
        await self._wait(self._writers, self.is_writable)

    def is_readable(self) -> bool:
        """Whether `receive_nowait` would not block."""
        return bool(self._received or self._heard_eof or self._error or self.is_gone)

    @property
    def unread(self) -> int:
        """Bytes that have arrived and were not received by the program yet."""
        return len(self._received)

    def is_writable(self) -> bool:
        """Whether `send_nowait` would not block."""
        return bool(self.in_flight < self._window or self._error or self.is_gone or self.is_shut)

    # -- inside

    @property
    def _has_ended(self) -> bool:
        """Whether both ends of file have gone by: there is nothing left to break."""
        return self.is_shut and self._heard_eof

    def _transmit(self, segment: Segment) -> None:
        credit, self._owed = self._owed, 0
        self._path.carry(segment, credit)

    def _abort(self) -> None:
        self.is_gone = True
        self._path.forget()
        self._path.carry(Sign.RST, 0)

    def _break(self, error: int) -> None:
        if self.is_gone:
            return
        self.is_gone = True
        self._path.forget()
        self._error = error
        self._wake()

    def _close(self) -> None:
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._readers.unpark_all()
        self._writers.unpark_all()

    def _check_open(self) -> None:
        if self.is_closed:
            raise error_of(errno.EBADF)

    def _raise_pending(self) -> None:
        if self._error:
            pending, self._error = self._error, 0
            raise error_of(pending)

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


def connect_ends(window: int = WINDOW, ways: tuple[Way, Way] | None = None) -> tuple[End, End]:
    """Two ends of a new connection; `window` bounds the unread bytes in each direction.

    What the first sends goes by the first of the ways, what the other sends by the other. Without
    them what one end sends the other has at once.
    """
    there, back = ways or Link(LinkSettings(), Ticks(None), Random(0)).ways
    one, other = End(window), End(window)
    one._path = Path(there, one, other)
    other._path = Path(back, other, one)
    return one, other


def error_of(number: int) -> OSError:
    """The subclass of `OSError` that the real call would raise."""
    return OSError(number, os.strerror(number))
