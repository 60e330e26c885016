"""The bookkeeping of a load: which messages were sent, which arrived where, and how late.

Laws: no I/O and no clock here, times come in as arguments; every probe is awaited at every member
it must reach, so a lost delivery shows and the LAST member of a message is known exactly.

A probe is a message whose text opens with `|id sent|`: its number and the monotonic nanosecond it
was made. Where parsing every line would make the generator the bottleneck, only some messages are
probes (chosen at random among the sent, so that the sample is fair) and the others are counted.
"""

from __future__ import annotations

from benchmarks.histogram import Histogram

MARK = b"|"
"""Stands in no nick, host or filler text of the load, so one memchr finds a probe."""

_FILLER = b"x" * 512


def probe_text(number: int, sent: int, size: int) -> bytes:
    """The text of a probe, filled up to `size` bytes."""
    return (b"|%d %d|" % (number, sent)).ljust(size, b"x")


def plain_text(size: int) -> bytes:
    """`size` bytes of text that is no probe (at most 512)."""
    return _FILLER[:size]


def cut(tail: bytes, chunk: bytes) -> tuple[bytes, bytes]:
    """The whole lines of `tail` + `chunk`, and the unfinished rest."""
    data = tail + chunk
    end = data.rfind(b"\n") + 1
    return data[:end], data[end:]


def stamps(data: bytes | bytearray, size: int) -> list[tuple[int, int]]:
    """(number, sent) of each probe in the first `size` bytes, which are whole lines."""
    found = []
    start = data.find(MARK, 0, size)
    while start >= 0:
        end = data.find(MARK, start + 1, size)
        number, sent = data[start + 1 : end].split()
        found.append((int(number), int(sent)))
        start = data.find(MARK, end + 1, size)
    return found


class Probes:
    """The probes under way, and the latencies of those that were sent in the measured window."""

    __slots__ = ("_awaited", "_first", "_next", "arrivals", "last", "member", "strays")

    def __init__(self) -> None:
        self.member = Histogram()
        self.last = Histogram()
        self.arrivals = 0
        self.strays = 0
        self._awaited: dict[int, int] = {}
        self._next = 0
        self._first = 0

    def send(self, members: int) -> int:
        """The number of a new probe that must reach `members` members (one at least)."""
        number = self._next
        self._next += 1
        self._awaited[number] = members
        return number

    def arrived(self, number: int, sent: int, now: int) -> None:
        """A probe reached one more member at `now`; one that nobody awaited is a stray."""
        left = self._awaited.get(number)
        if left is None:
            self.strays += 1
            return
        self.arrivals += 1
        if number >= self._first:
            self.member.record(now - sent)
            if left == 1:
                self.last.record(now - sent)
        if left == 1:
            del self._awaited[number]
        else:
            self._awaited[number] = left - 1

    def measure_from_here(self) -> None:
        """Forget the latencies so far; only probes sent from now on are measured."""
        self.member = Histogram()
        self.last = Histogram()
        self._first = self._next

    @property
    def sent(self) -> int:
        """Probes sent, ever."""
        return self._next

    @property
    def missing(self) -> int:
        """Deliveries of probes still awaited."""
        return sum(self._awaited.values())


class Tally:
    """How many lines each member of a set of rooms has sent, and so how many each must receive."""

    __slots__ = ("_by_member", "_by_room", "_room_of")

    def __init__(self, room_of: dict[int, int]) -> None:
        self._room_of = room_of
        self._by_member = dict.fromkeys(room_of, 0)
        self._by_room = dict.fromkeys(room_of.values(), 0)

    def said(self, member: int, lines: int = 1) -> None:
        """`member` said that many lines to its room."""
        self._by_member[member] += lines
        self._by_room[self._room_of[member]] += lines

    @property
    def messages(self) -> int:
        """Lines said in all rooms."""
        return sum(self._by_room.values())

    def due(self, member: int) -> int:
        """Lines `member` must receive: all of its room's but its own."""
        return self._by_room[self._room_of[member]] - self._by_member[member]

    @property
    def deliveries(self) -> int:
        """Lines all members together must receive."""
        return sum(self.due(member) for member in self._room_of)
