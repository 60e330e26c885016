"""`whisper`: pairs that answer each other's private messages at once: round trips per second."""

from __future__ import annotations

import time
from dataclasses import replace

from benchmarks.accounts import MARK
from benchmarks.crowd import Member
from benchmarks.figures import QUANTILES, Figures
from benchmarks.histogram import Histogram
from benchmarks.stage import Stage


class Pairs:
    """Members two by two; the even one asks, the odd one answers, and so on for ever."""

    def __init__(self, stage: Stage, members: list[Member]) -> None:
        self.stage = stage
        self.askers = members[::2]
        self.trips = Histogram()
        self.talking = True
        self._asked: dict[int, int] = {}
        self._call = {member.index: b"PRIVMSG u%d :" % (member.index ^ 1) for member in members}
        for member in members:
            member.ear = self._hear

    def begin(self) -> None:
        """Every asker asks."""
        for asker in self.askers:
            self._ask(asker)

    def turn(self) -> float:
        """Nothing to do: each message is answered where it is heard."""
        return 1.0

    def _ask(self, member: Member) -> None:
        self._asked[member.index] = time.monotonic_ns()
        self.stage.speak(member, self._call[member.index], 1)

    def _hear(self, member: Member, data: bytes, now: int) -> None:
        if MARK not in data:
            for line in data.splitlines():
                self.stage.crowd.answer_ping(member, line)
            return
        if member.index & 1:
            self.stage.speak(member, self._call[member.index], 1)
            return
        self.trips.record(now - self._asked[member.index])
        if self.talking:
            self._ask(member)


def whisper(stage: Stage) -> list[Figures]:
    """One message of each pair is under way at any time; every message is a probe."""
    pairs = Pairs(stage, stage.enter([b""] * (stage.job.clients // 2 * 2)))
    pairs.begin()
    stage.run(pairs.turn, stage.job.warmup, "warming up")
    pairs.trips = Histogram()
    window = stage.measure(pairs.turn, "measuring")
    trips = pairs.trips
    pairs.trips, pairs.talking = Histogram(), False
    stage.drain(lambda: stage.probes.missing)
    more = {"round_trips_per_second": trips.count / window.seconds}
    for label, share in QUANTILES:
        more[f"round_trip_{label}_ns"] = trips.quantile(share) or 0
    figures = stage.figures("whisper", window, window.probes_sent, window.arrivals)
    return [replace(figures, more=more)]
