"""The simulated clients: raw non-blocking sockets behind one epoll, all in this process.

Laws: nothing blocks but `pump`; a member is read once per readiness, so none starves the others;
what is not needed is not parsed: lines are counted, and probes found by their mark.

Plain loops and not tasks, because the generator must cost less than the server it measures: one
recv_into into a shared buffer, one count of newlines and one search for the mark per chunk.
"""

from __future__ import annotations

import errno
import select
import socket
import ssl
import time
from collections.abc import Callable

from benchmarks.accounts import MARK, Probes, cut, stamps

Ear = Callable[["Member", bytes, int], None]
"""Called with a member, whole lines as received, and the monotonic nanosecond."""

_BUFFER = 1 << 18
_LF = 10
_MARK = MARK[0]
_EVENTS = 128
"""Members read per turn, so that a paced sender is never late by more than a few of them."""


class Trouble(Exception):
    """The load could not be applied as told; the message says what happened."""


class Member:
    """One simulated client: its socket, and how many lines it was sent."""

    __slots__ = (
        *("ear", "fd", "index", "is_noted", "left", "lines", "nick", "outbox", "reading", "room"),
        *("shaking", "sock", "tail"),
    )

    def __init__(self, index: int, sock: socket.socket, room: bytes) -> None:
        self.index = index
        self.nick = b"u%d" % index
        self.room = room
        self.sock = sock
        self.fd = sock.fileno()
        self.ear: Ear | None = None
        self.is_noted = True
        """Whether the probes it gets are noted for it; else its ear does that."""
        self.lines = 0
        self.tail = b""
        self.outbox = b""
        self.reading = True
        self.shaking = False
        """Whether its TLS handshake is under way."""
        self.left: Callable[[Member], None] | None = None
        """Told that the connection is gone; without it, that ends the run."""


class Crowd:
    """Members of one server, their sockets and what came in."""

    def __init__(self, address: tuple[str, int], probes: Probes, tls: bool = False) -> None:
        self.address = address
        self.tls = _any_server() if tls else None
        """What TLS connections begin with; None for those without."""
        self.probes = probes
        self.members: dict[int, Member] = {}
        self.lines = 0
        """Lines received by all members."""
        self.octets = 0
        """Bytes received by all members."""
        self.may_lose = False
        """Whether the server may close members (the slow ones) without that being a fault."""
        self.parse_rest = True
        """Whether lines that are no probes are looked at (for PING); a saturating load need not."""
        self.on_rest: Callable[[bytes], None] | None = None
        """Told each line that is no probe, while `parse_rest`."""
        self._epoll = select.epoll()
        self._buffer = bytearray(_BUFFER)

    def open(self, index: int, room: bytes, receive_buffer: int | None = None) -> Member:
        """Begin to connect one more member; it is connected when it becomes writable.

        `receive_buffer` bytes bounds what the kernel holds for a member that does not read.
        """
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(self.tls is not None)  # a handshake begins on what is connected
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        problem = sock.connect_ex(self.address)
        if problem not in (0, errno.EINPROGRESS):
            sock.close()
            raise Trouble(f"cannot connect to {self.address}: {errno.errorcode[problem]}")
        if self.tls is not None:
            sock.setblocking(False)
            sock = self.tls.wrap_socket(sock, do_handshake_on_connect=False)
        member = Member(index, sock, room)
        self.members[member.fd] = member
        self._epoll.register(member.fd, select.EPOLLIN)
        if self.tls is not None:
            member.shaking = True
            self._shake(member)
        return member

    def say(self, member: Member, data: bytes) -> None:
        """Send whole lines; what the kernel does not take follows, in order, when it does."""
        if member.outbox or member.shaking:
            member.outbox += data
            return
        try:
            taken = member.sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            taken = 0
        except ConnectionError as oops:
            member.tail = str(oops).encode()
            return  # The read that follows says that the member is lost.
        except OSError as oops:
            if oops.errno != errno.ENOTCONN:
                raise
            taken = 0  # Still connecting.
        if taken < len(data):
            member.outbox = data[taken:]
            self._watch(member)

    def stop_reading(self, member: Member) -> None:
        """From now on this member never reads; the kernel fills up, then the server's queue."""
        member.reading = False
        self._watch(member)

    def pump(self, timeout: float) -> None:
        """Read what has come, waiting up to `timeout` seconds for the first of it."""
        buffer = self._buffer
        for fd, mask in self._epoll.poll(timeout, _EVENTS):
            member = self.members[fd]
            if member.shaking:
                self._shake(member)
                continue
            if mask & select.EPOLLOUT:
                self._flush(member)
            if not mask & ~select.EPOLLOUT:
                continue
            try:
                size = member.sock.recv_into(buffer) if member.reading else 0
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            except OSError as oops:
                size = 0
                member.tail = str(oops).encode()
            if not size:
                self._lose(member)
                continue
            self.octets += size
            if member.ear is not None or member.tail or buffer[size - 1] != _LF:
                self._listen(member, size)
                continue
            lines = buffer.count(_LF, 0, size)
            member.lines += lines
            self.lines += lines
            found = 0
            if buffer.find(_MARK, 0, size) >= 0:
                found = self._note(buffer, size)
            if found < lines and self.parse_rest:
                self._aside(member, bytes(buffer[:size]))

    def quiet(self, seconds: float, patience: float = 30.0) -> None:
        """Read until nothing has come for `seconds`; Trouble after `patience` seconds."""
        end = time.monotonic() + patience
        seen = -1
        while seen != self.octets:
            seen = self.octets
            now = time.monotonic()
            if now > end:
                raise Trouble("the server would not fall silent before the measurement")
            until = now + seconds
            while (left := until - time.monotonic()) > 0:
                self.pump(left)

    def reset(self) -> None:
        """Begin the counts anew."""
        self.lines = 0
        self.octets = 0
        for member in self.members.values():
            member.lines = 0

    def close(self) -> None:
        """Close every member at once."""
        for member in self.members.values():
            member.sock.close()
        self.members.clear()
        self._epoll.close()

    def _listen(self, member: Member, size: int) -> None:
        """The careful path: whole lines only, to the member's ear."""
        data, member.tail = cut(member.tail, bytes(self._buffer[:size]))
        if not data:
            return
        lines = data.count(b"\n")
        member.lines += lines
        self.lines += lines
        found = self._note(data, len(data)) if member.is_noted else 0
        if member.ear is not None:
            member.ear(member, data, time.monotonic_ns())
        elif found < lines and self.parse_rest:
            self._aside(member, data)

    def _note(self, data: bytes | bytearray, size: int) -> int:
        now = time.monotonic_ns()
        found = stamps(data, size)
        for number, sent in found:
            self.probes.arrived(number, sent, now)
        return len(found)

    def _aside(self, member: Member, data: bytes) -> None:
        for line in data.splitlines():
            if MARK in line:
                continue
            self.answer_ping(member, line)
            if self.on_rest is not None:
                self.on_rest(line)

    def answer_ping(self, member: Member, line: bytes) -> bool:
        """Answer the line if it is a PING; whether it was one."""
        if line[:1] == b":" and line[1:2] != b"u":
            line = line.partition(b" ")[2]
        if not line.startswith(b"PING "):
            return False
        self.say(member, b"PONG " + line[5:] + b"\r\n")
        return True

    def _shake(self, member: Member) -> None:
        """Go on with a handshake; what was to be said meanwhile follows it."""
        assert isinstance(member.sock, ssl.SSLSocket)
        try:
            member.sock.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError as oops:
            member.tail = str(oops).encode()
            self._lose(member)
            return
        member.shaking = False
        self._flush(member)

    def _flush(self, member: Member) -> None:
        data, member.outbox = member.outbox, b""
        if data:
            self.say(member, data)
        if not member.outbox:
            self._watch(member)

    def _watch(self, member: Member) -> None:
        mask = select.EPOLLIN if member.reading else 0
        self._epoll.modify(member.fd, mask | (select.EPOLLOUT if member.outbox else 0))

    def _lose(self, member: Member) -> None:
        last = member.tail.decode(errors="replace")
        self._epoll.unregister(member.fd)
        del self.members[member.fd]
        member.sock.close()
        if member.left is not None:
            member.left(member)
        elif not self.may_lose:
            raise Trouble(f"the server let {member.nick.decode()} go: {last or 'end of stream'}")


def _any_server() -> ssl.SSLContext:
    """TLS with whoever listens: what is measured is started by the bench, on this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
