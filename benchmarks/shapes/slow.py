"""`slow`: a tenth of the members never read: what the readers notice, and what memory does.

First the readers alone, then, in the same room, with members that never read a byte. Those have
small receive buffers, so that the kernel soon takes no more for them and the server must hold the
rest; the load is large enough to run a queue of 1 MiB over within the default ten seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.crowd import Member
from benchmarks.figures import Figures
from benchmarks.stage import SETTLE, Pace, Stage, Window

_PER_SECOND = 100
_BURST = 4
"""Lines said at once, 100 times per second: 180 kB per second to each member."""

_SIZE = 420
"""Bytes of text of each line."""

_RECEIVE_BUFFER = 4096
_ROOM = b"#slow"
_GLANCE = 0.1
"""Seconds between two looks at the server's memory."""


class Flood:
    """One reader speaks, long lines, evenly; the server's memory is looked at as it goes."""

    def __init__(self, stage: Stage, speaker: Member, readers: int) -> None:
        self.stage = stage
        self.speaker = speaker
        self.readers = readers
        self.pace = Pace(_PER_SECOND)
        self.peak = 0
        self._glance = 0.0

    def turn(self) -> float:
        """A burst when it is due."""
        for _ in range(self.pace.due()):
            for _ in range(_BURST):
                self.stage.speak(self.speaker, b"PRIVMSG #slow :", self.readers - 1, _SIZE)
        now = time.monotonic()
        if now > self._glance:
            self._glance = now + _GLANCE
            self.peak = max(self.peak, self.stage.meter.resident() or 0)
        return self.pace.wait()

    def measure(self, note: str) -> Window:
        """One measured window, everything delivered to every reader afterwards."""
        self.pace.restart()
        window = self.stage.measure(self.turn, note)
        self.stage.drain(lambda: self.stage.probes.missing)
        return window


def slow(stage: Stage) -> list[Figures]:
    """The row is the window with the slow members; `more` compares it to the one without."""
    slow_ones = max(1, stage.job.clients // 10)
    readers = stage.enter([_ROOM] * (stage.job.clients - slow_ones))
    flood = Flood(stage, readers[0], len(readers))
    stage.run(flood.turn, stage.job.warmup, "warming up")
    flood.measure("measuring without the slow ones")
    alone = stage.probes.member.quantile(0.99) or 1
    alone_last = stage.probes.last.quantile(0.99) or 1
    before = stage.meter.resident()
    _admit_slow(stage, slow_ones)
    closed: set[bytes] = set()
    stage.crowd.on_rest = _quits(closed)
    flood.peak = 0
    window = flood.measure("measuring with the slow ones")
    figures = stage.figures(
        "slow", window, window.probes_sent, window.arrivals, flood.pace.latest_ns
    )
    more = {
        "alone_p99_ns": float(alone),
        "p99_to_alone": (figures.member.quantile(0.99) or 0) / alone,
        "last_p99_to_alone": (figures.last.quantile(0.99) or 0) / alone_last,
        "slow_closed": float(len(closed)),
        "slow_members": float(slow_ones),
    }
    if before is not None:
        growth = max(0, flood.peak - before)
        more["peak_growth"] = float(growth)
        more["peak_growth_to_sendq"] = growth / (slow_ones * stage.job.sendq)
    return [replace(figures, more=more)]


def _admit_slow(stage: Stage, count: int) -> None:
    stage.crowd.may_lose = True
    members = stage.entrance.admit([_ROOM] * count, _RECEIVE_BUFFER)
    stage.crowd.quiet(SETTLE)
    stage.entrance.finish()
    for member in members:
        stage.crowd.stop_reading(member)


def _quits(closed: set[bytes]) -> Callable[[bytes], None]:
    """Collects who was closed, from the QUIT lines the readers get.

    The slow ones themselves do not see it: the end of their stream waits behind what they never
    read.
    """

    def note(line: bytes) -> None:
        source, _, rest = line.partition(b" ")
        if rest.startswith(b"QUIT"):
            closed.add(source)

    return note
