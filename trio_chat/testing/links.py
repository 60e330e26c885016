"""What carries segments from one host to another: latency, bandwidth, partitions, retransmission.

Laws:

* A path, one direction of one connection, delivers in order and at most once, whatever is drawn
  for the single segment, as TCP does.
* What a partition stops is held, not lost: it arrives when TCP would have sent it once more after
  the healing. What its sender's kernel has forgotten is not sent again, a reset never is.
* All that is random comes from one `Random`, all time from `Timers`. Where nothing takes time a
  segment is handed over at once, without either.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Protocol

FIRST_RETRANSMISSION = 0.2
"""Seconds until the first retransmission: the least that Linux waits (TCP_RTO_MIN)."""

LONGEST_RETRANSMISSION = 120.0
"""Seconds between two of them, at most, each wait being twice the last (Linux: TCP_RTO_MAX)."""

GIVING_UP = 924.6
"""Seconds after which Linux ends a connection that is not answered (ip-sysctl: tcp_retries2)."""

GIVING_UP_CLOSED = 102.2
"""The same for one that its program has closed (tcp_orphan_retries)."""

_ALMOST = 1e-6
"""Of a tick: times that are as near as that are the same, whatever their last bits say."""


class Timers(Protocol):
    """What time is, for a network where things take time; `Runtime` is one."""

    def now(self) -> float:
        """Seconds since some start."""
        ...

    def call_later(self, delay: float, fn: Callable[..., object], *args: object) -> None:
        """Call `fn(*args)` after `delay` seconds, outside any task."""
        ...


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What a link between two hosts is like; as it is by default, nothing takes time."""

    latency: float = 0.0
    """Seconds a segment is under way, on average. They are drawn from an exponential distribution:
    most arrive soon, some very late; but those of one connection never overtake each other."""
    quantum: float = 0.0
    """Seconds of a tick: segments arrive on ticks alone, so that many arrive at the same time. Were
    every arrival at a time of its own, no two things would ever race."""
    bandwidth: float = 0.0
    """Bytes per second in each direction, for all connections together; 0 for no bound."""
    partial: float = 0.0
    """How often, from 0 to 1, a call on a socket takes or gives only some of the bytes it could."""

    def __post_init__(self) -> None:
        if min(self.latency, self.quantum, self.bandwidth) < 0 or not 0 <= self.partial <= 1:
            raise ValueError(f"no link can be like that: {self}")

    @property
    def takes_time(self) -> bool:
        """Whether a segment arrives later than it is sent."""
        return bool(self.latency or self.quantum or self.bandwidth)


class Sign(Enum):
    """A segment without data."""

    FIN = "FIN"
    RST = "RST"
    ACK = "ACK"
    """Only to say that data has been read."""
    OPEN = "OPEN"
    """The last of the handshake."""


Segment = bytes | Sign


class Ticks:
    """The arrivals to come: one timer for all that happen at the same time."""

    def __init__(self, timers: Timers | None) -> None:
        self.timers = timers
        self._due: dict[float, list[Path]] = {}

    def now(self) -> float:
        return self.timers.now() if self.timers is not None else 0.0

    def add(self, at: float, path: Path) -> None:
        """Have the path deliver its next segment at that time."""
        due = self._due.get(at)
        if due is not None:
            due.append(path)
        elif self.timers is not None:
            self._due[at] = [path]
            self.timers.call_later(max(0.0, at - self.timers.now()), self._arrive, at)

    def _arrive(self, at: float) -> None:
        for path in self._due.pop(at):
            path.deliver()


class Way:
    """One direction of a link."""

    __slots__ = (
        "_free_at",
        "_held",
        "_random",
        "is_cut",
        "is_deaf",
        "is_instant",
        "is_open",
        "partial",
        "settings",
        "ticks",
    )

    def __init__(self, settings: LinkSettings, ticks: Ticks, random: Random) -> None:
        self.ticks = ticks
        self.settings = settings
        self.partial = 0.0
        self.is_cut = False
        self.is_deaf = False
        """Whether the host at its end has no power."""
        self.is_open = True
        """Whether anything arrives."""
        self.is_instant = True
        """Whether what arrives does so at once."""
        self._random = random
        self._free_at = 0.0
        self._held: dict[Path, None] = {}
        self.settle()

    def settle(self, settings: LinkSettings | None = None) -> None:
        """Follow from now on what was changed; what was held goes on if it can."""
        self.settings = settings or self.settings
        self.partial = self.settings.partial
        was_open, self.is_open = self.is_open, not (self.is_cut or self.is_deaf)
        self.is_instant = self.is_open and not self.settings.takes_time
        if self.is_open and not was_open:
            held, self._held = self._held, {}
            for path in held:
                path.go_on()

    def hold(self, path: Path) -> None:
        """Have the path go on when the way is open again."""
        self._held[path] = None

    def arrival(self, size: int) -> float:
        """When a segment of so many bytes arrives that is sent now."""
        settings = self.settings
        at = self.ticks.now()
        if settings.bandwidth:
            at = self._free_at = max(at, self._free_at) + size / settings.bandwidth
        if settings.latency:
            at += self._random.expovariate(1.0) * settings.latency
        if settings.quantum:
            at = (math.floor(at / settings.quantum + _ALMOST) + 1) * settings.quantum
        return at

    def some(self, size: int) -> int:
        """How many of `size` bytes a call on a socket takes: all, or now and then fewer."""
        if size > 1 and self._random.random() < self.partial:
            return self._random.randint(1, size)
        return size


class Link:
    """What is between two hosts; made on first use by `Network.link`."""

    def __init__(self, settings: LinkSettings, ticks: Ticks, random: Random) -> None:
        self._check(settings, ticks)
        self.ways = (Way(settings, ticks, random), Way(settings, ticks, random))
        """There and back."""
        self._ticks = ticks
        self._own: LinkSettings | None = None

    @property
    def settings(self) -> LinkSettings:
        """What it is like; those of the network until it is given its own."""
        return self.ways[0].settings

    @settings.setter
    def settings(self, settings: LinkSettings) -> None:
        self._check(settings, self._ticks)
        self._own = settings
        self._settle()

    def default_to(self, settings: LinkSettings) -> None:
        """Be like this unless it has settings of its own."""
        if self._own is None:
            self._check(settings, self._ticks)
            self._settle(settings)

    @property
    def is_cut(self) -> bool:
        return self.ways[0].is_cut

    def cut(self) -> None:
        """Let nothing through."""
        self._mark_cut(True)

    def heal(self) -> None:
        """Let everything through again, what was held included."""
        self._mark_cut(False)

    def _mark_cut(self, is_cut: bool) -> None:
        for way in self.ways:
            way.is_cut = is_cut
        self._settle()

    def _settle(self, settings: LinkSettings | None = None) -> None:
        for way in self.ways:
            way.settle(self._own or settings)

    @staticmethod
    def _check(settings: LinkSettings, ticks: Ticks) -> None:
        if settings.takes_time and ticks.timers is None:
            raise ValueError("on a network without timers nothing can take time")


class Ear(Protocol):
    """One end of a connection, as the path to or from it knows it."""

    is_closed: bool
    """Whether its program has closed it."""

    is_gone: bool
    """Whether its kernel knows no such connection any more."""

    def arrive(self, segment: Segment, credit: int) -> None:
        """Take in a segment, and that `credit` bytes more of its own were read."""
        ...

    def time_out(self) -> None:
        """End the connection, since nothing is heard of the other end."""
        ...


class Path:
    """One direction of a connection, from one end to the other."""

    __slots__ = ("_held", "_held_since", "_is_lost", "_last", "_queue", "receiver", "sender", "way")

    def __init__(self, way: Way, sender: Ear, receiver: Ear) -> None:
        self.way = way
        self.sender = sender
        self.receiver = receiver
        self._queue: deque[tuple[Segment, int]] = deque()
        """What is under way. For each of them, or more, a delivery is to come."""
        self._last = 0.0
        self._held: deque[tuple[Segment, int]] = deque()
        """What could not be delivered, and all that was sent since."""
        self._held_since: float | None = None
        """When the first of them should have arrived that TCP sends again."""
        self._is_lost = False

    def carry(self, segment: Segment, credit: int) -> None:
        """Bring a segment to the receiver, once it is its turn."""
        way = self.way
        if way.is_instant and not (self._queue or self._held or self._is_lost):
            self.receiver.arrive(segment, credit)
        elif self._held or (not self._queue and (self._is_lost or not way.is_open)):
            self._hold((segment, credit))
        else:
            at = way.arrival(len(segment) if segment.__class__ is bytes else 0)
            if at < self._last:
                at = self._last
            self._last = at
            self._queue.append((segment, credit))
            way.ticks.add(at, self)

    def deliver(self) -> None:
        """Hand over the next segment that is under way."""
        if not self._queue:
            return  # it was held, and has been delivered since
        if self.way.is_open and not self._is_lost:
            self.receiver.arrive(*self._queue.popleft())
        else:
            queue, self._queue = self._queue, deque()
            for each in queue:
                self._hold(each)

    def lose(self) -> None:
        """Let nothing through any more, for ever."""
        self._is_lost = True

    def forget(self) -> None:
        """Send nothing again of what is held: the sender's kernel has forgotten it."""
        self._held.clear()
        self._held_since = None

    def go_on(self) -> None:
        """Send again what was held, when TCP would do so."""
        timers = self.way.ticks.timers
        if self._is_lost:
            return
        if timers is None:
            self._deliver_held()
        elif self._held:
            now = timers.now()
            at = max(self._next_retransmission(now), self.way.arrival(0))
            timers.call_later(max(0.0, at - now), self._deliver_held)

    # -- inside

    def _hold(self, one: tuple[Segment, int]) -> None:
        segment, _ = one
        if self.sender.is_gone:
            self.forget()
            return
        self._held.append(one)
        self.way.hold(self)
        if self._held_since is None and segment is not Sign.ACK:
            ticks = self.way.ticks
            self._held_since = since = ticks.now()
            if ticks.timers is not None:
                for patience in (GIVING_UP_CLOSED, GIVING_UP):
                    ticks.timers.call_later(patience, self._give_up, since, patience)

    def _deliver_held(self) -> None:
        if not self.way.is_open or self._is_lost:
            self.way.hold(self)  # cut again
            return
        self._held_since = None
        while self._held:
            self.receiver.arrive(*self._held.popleft())

    def _give_up(self, since: float, patience: float) -> None:
        if self._held_since == since and (patience == GIVING_UP or self.sender.is_closed):
            self.sender.time_out()

    def _next_retransmission(self, now: float) -> float:
        if self._held_since is None:
            return now
        wait = FIRST_RETRANSMISSION
        at = self._held_since + wait
        while at < now:
            wait = min(2 * wait, LONGEST_RETRANSMISSION)
            at += wait
        return at
