"""One measurement: bring the crowd in, warm up, measure a window, drain, account.

Laws: the server's CPU is read right before and right after the window; only what was sent inside
it is timed, only what arrived inside it is counted; afterwards every delivery must still arrive.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.accounts import Probes, probe_text
from benchmarks.crowd import Crowd, Member, Trouble
from benchmarks.entrance import Entrance
from benchmarks.figures import Figures, Job
from benchmarks.readings import Meter

TEXT = 48
"""Bytes of a message's text: a short line of chat, about 85 bytes on the wire as delivered."""

SETTLE = 0.3
"""Seconds of silence that end a phase before the next one is measured."""

_DRAIN = 5.0
"""Seconds of silence after which what has not arrived is missing."""

_ASKED = b"and that was all"
"""What a member says to itself behind a question, so that it knows when there is no answer."""

_PATIENCE = 30.0
"""Seconds within which a server says what capabilities a member may have."""

Turn = Callable[[], float]
"""Sends what is due; returns the seconds until more may be."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was read at the start and end of a measured window, subtracted."""

    seconds: float
    arrivals: int
    lines: int
    octets: int
    probes_sent: int
    server_cpu_ns: int | None
    load_share: float


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    arrivals: int
    lines: int
    octets: int
    probes_sent: int
    server_cpu_ns: int | None
    own_cpu_ns: int


class Stage:
    """Everything a shape needs to run against one server."""

    def __init__(self, job: Job, progress: Callable[[float, str], None]) -> None:
        self.job = job
        self.probes = Probes()
        self.crowd = Crowd((job.host, job.port), self.probes, job.tls)
        self.meter = Meter(job.pid)
        self.random = random.Random(job.shape)
        self.progress = progress
        self.entrance = Entrance(self.crowd, progress)
        self.empty = self.meter.resident()
        self.memory_per_connection: float | None = None
        self.faults: list[str] = []

    def enter(self, rooms: Sequence[bytes]) -> list[Member]:
        """Bring in one member per room named, wait for silence, weigh them."""
        members = self.entrance.admit(rooms)
        self.crowd.quiet(SETTLE)
        self.entrance.finish()
        full = self.meter.resident()
        if full is not None and self.empty is not None:
            self.memory_per_connection = (full - self.empty) / len(members)
        self.crowd.reset()
        return members

    def negotiate(self, members: Sequence[Member], capabilities: bytes) -> bool:
        """Have members use these capabilities; whether the server has all of them.

        Raises Trouble when it has them for some members only, or does not answer.
        """
        granted: set[int] = set()
        waiting = {member.index for member in members}

        def hear(member: Member, data: bytes, now: int) -> None:
            for line in data.splitlines():
                if self.crowd.answer_ping(member, line):
                    continue
                if line.split(b" ")[1:4:2] == [b"CAP", b"ACK"]:
                    granted.add(member.index)
                elif line.endswith(_ASKED):
                    waiting.discard(member.index)

        for member in members:
            member.ear = hear
            asked = b"CAP REQ :%b\r\nPRIVMSG %b :%b\r\n" % (capabilities, member.nick, _ASKED)
            self.crowd.say(member, asked)
        until = time.monotonic() + _PATIENCE
        while waiting:
            if time.monotonic() > until:
                raise Trouble("the server does not say what capabilities it has")
            self.crowd.pump(0.1)
        self.crowd.quiet(SETTLE)
        for member in members:
            member.ear = None
        self.crowd.reset()
        if granted and len(granted) < len(members):
            raise Trouble(f"only {len(granted)} of {len(members)} got {capabilities.decode()}")
        return bool(granted)

    def speak(self, member: Member, command: bytes, hearers: int, size: int = TEXT) -> None:
        """Send one probe: `command` (all up to the text) and a text of `size` bytes."""
        number = self.probes.send(hearers)
        self.crowd.say(member, command + probe_text(number, time.monotonic_ns(), size) + b"\r\n")

    def run(self, turn: Turn, seconds: float, note: str) -> None:
        """Let the load act for that long."""
        start = time.monotonic()
        end = start + seconds
        told = start
        pump = self.crowd.pump
        while (now := time.monotonic()) < end:
            if now - told > 0.5:
                self.progress((now - start) / seconds, note)
                told = now
            pump(min(turn(), end - now))

    def measure(self, turn: Turn, note: str) -> Window:
        """The measured window, the job's seconds long."""
        before = self._mark()
        self.probes.measure_from_here()
        self.run(turn, self.job.seconds, note)
        after = self._mark()
        seconds = after.at - before.at
        cpu = None
        if before.server_cpu_ns is not None and after.server_cpu_ns is not None:
            cpu = after.server_cpu_ns - before.server_cpu_ns
        return Window(
            seconds=seconds,
            arrivals=after.arrivals - before.arrivals,
            lines=after.lines - before.lines,
            octets=after.octets - before.octets,
            probes_sent=after.probes_sent - before.probes_sent,
            server_cpu_ns=cpu,
            load_share=(after.own_cpu_ns - before.own_cpu_ns) / 1e9 / seconds,
        )

    def drain(self, missing: Callable[[], int]) -> None:
        """Read on until nothing is missing; what never comes is a fault."""
        heard, at = self.crowd.octets, time.monotonic()
        while missing() > 0:
            self.crowd.pump(0.1)
            now = time.monotonic()
            if self.crowd.octets != heard:
                heard, at = self.crowd.octets, now
            elif now - at > _DRAIN:
                self.faults.append(f"{missing()} deliveries never arrived")
                return
        if missing() < 0:
            self.faults.append(f"{-missing()} deliveries too many")
        if self.probes.strays:
            self.faults.append(f"{self.probes.strays} messages arrived more often than sent")

    def figures(
        self, row: str, window: Window, messages: int, deliveries: int, late_ns: int = 0
    ) -> Figures:
        """A row of the usual figures; a shape adds its own with dataclasses.replace."""
        return Figures(
            row=row,
            clients=len(self.crowd.members),
            seconds=window.seconds,
            messages=messages,
            deliveries=deliveries,
            octets_per_delivery=window.octets / max(1, window.lines),
            server_cpu_ns=window.server_cpu_ns,
            memory_per_connection=self.memory_per_connection,
            load_share=window.load_share,
            late_ns=late_ns,
            member=self.probes.member,
            last=self.probes.last,
            faults=tuple(self.faults),
        )

    def _mark(self) -> _Mark:
        return _Mark(
            at=time.monotonic(),
            arrivals=self.probes.arrivals,
            lines=self.crowd.lines,
            octets=self.crowd.octets,
            probes_sent=self.probes.sent,
            server_cpu_ns=self.meter.cpu_ns(),
            own_cpu_ns=time.process_time_ns(),
        )


class Pace:
    """Due times at an even rate, whatever the answers do (an open loop).

    A message is stamped when it is made and never skipped, so a slow server cannot hide its delay
    by slowing the load down. How late the generator itself was is kept and reported.
    """

    __slots__ = ("_due", "_step", "latest_ns")

    def __init__(self, per_second: float) -> None:
        self._step = 1 / per_second
        self._due = time.monotonic()
        self.latest_ns = 0

    def due(self) -> int:
        """How many sends are due now; each is due once."""
        now = time.monotonic()
        if now < self._due:
            return 0
        self.latest_ns = max(self.latest_ns, int((now - self._due) * 1e9))
        count = int((now - self._due) / self._step) + 1
        self._due += count * self._step
        return count

    def wait(self) -> float:
        """Seconds until the next send is due."""
        return max(0.0, self._due - time.monotonic())

    def restart(self) -> None:
        """Begin again from now, with no send overdue and no lateness."""
        self._due = time.monotonic()
        self.latest_ns = 0
