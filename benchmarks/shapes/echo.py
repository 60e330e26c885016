"""`echo`: who says something waits until it is kept: how long, at which load.

Ten rooms whose members say something at an even rate, 10, 100 and 1,000 messages per second in all,
a row for each. They use `echo-message`, and a server that keeps what is said sends the echo when it
has it where it does not get lost: on the disk, after a sync that many messages may share. The other
members need not wait for that: theirs are the usual latencies of the row.

Where nobody can have an echo (the floor), only those are measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.accounts import stamps
from benchmarks.crowd import Member
from benchmarks.figures import QUANTILES, Figures
from benchmarks.histogram import Histogram
from benchmarks.stage import SETTLE, Pace, Stage

_ROOMS = 10

_RATES = (10, 100, 1000)
"""Messages per second of all rooms together."""


class Speakers:
    """Members who say something in turn, by chance, and hear themselves."""

    def __init__(
        self, stage: Stage, members: Sequence[Member], per_second: float, has_echo: bool
    ) -> None:
        self.pace = Pace(per_second)
        self.awaited = 0
        """Echoes that have not come."""
        self.echoes = Histogram()
        """From the message to its echo, of those sent since `measure_from_here`."""
        self._stage = stage
        self._members = members
        self._has_echo = has_echo
        self._hearers = len(members) // _ROOMS - 1
        self._first = 0
        for member in members:
            member.ear, member.is_noted = self.hear, False

    def turn(self) -> float:
        """What is due is said."""
        for _ in range(self.pace.due()):
            speaker = self._stage.random.choice(self._members)
            self._stage.speak(speaker, b"PRIVMSG %b :" % speaker.room, self._hearers)
            self.awaited += self._has_echo
        return self.pace.wait()

    def measure_from_here(self) -> None:
        """Only what is sent from now on is timed."""
        self.pace.restart()
        self._first = self._stage.probes.sent

    def hear(self, member: Member, data: bytes, now: int) -> None:
        """Tell the echoes from what others have said."""
        own = b":%b!" % member.nick
        for line in data.splitlines():
            found = stamps(line, len(line))
            if not found and not self._stage.crowd.answer_ping(member, line) and b" FAIL " in line:
                self._stage.faults.append(f"it said {line.decode(errors='replace')}")
            for number, sent in found:
                if not line.startswith(own):
                    self._stage.probes.arrived(number, sent, now)
                    continue
                self.awaited -= 1
                if number >= self._first:
                    self.echoes.record(now - sent)


def echo(stage: Stage) -> list[Figures]:
    """One row for each rate, of the same members."""
    each = max(2, stage.job.clients // _ROOMS)
    members = stage.enter([b"#echo%d" % (n % _ROOMS) for n in range(each * _ROOMS)])
    has_echo = stage.negotiate(members, b"echo-message")
    return [_row(stage, members, rate, has_echo) for rate in _RATES]


def _row(stage: Stage, members: Sequence[Member], rate: int, has_echo: bool) -> Figures:
    stage.faults.clear()
    speakers = Speakers(stage, members, rate, has_echo)
    stage.run(speakers.turn, stage.job.warmup, "warming up")
    speakers.measure_from_here()
    window = stage.measure(speakers.turn, f"measuring, {rate} messages/s")
    stage.drain(lambda: stage.probes.missing + speakers.awaited)
    late = speakers.pace.latest_ns
    row = stage.figures(f"echo@{rate}", window, window.probes_sent, window.arrivals, late)
    stage.crowd.quiet(SETTLE)
    more = {
        f"echo_{label}_ns": float(found)
        for label, share in QUANTILES[:2]
        if (found := speakers.echoes.quantile(share)) is not None
    }
    return replace(row, more=more)
