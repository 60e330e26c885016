"""`lobby`: one room, one speaker, 20 messages per second: the cost of handing one line to many."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.crowd import Member
from benchmarks.figures import QUANTILES, Figures
from benchmarks.histogram import Histogram
from benchmarks.stage import Pace, Stage

_PER_SECOND = 20

LOBBY = b"#lobby"


class Lobby:
    """The room; its first member speaks, evenly, and every message is a probe."""

    def __init__(self, stage: Stage, members: Sequence[Member]) -> None:
        self.stage = stage
        self.pace = Pace(_PER_SECOND)
        self._speaker = members[0]
        self._hearers = len(members) - 1

    def turn(self) -> float:
        """A message when it is due."""
        for _ in range(self.pace.due()):
            self.stage.speak(self._speaker, b"PRIVMSG %b :" % LOBBY, self._hearers)
        return self.pace.wait()


def compared(figures: Figures, each: Histogram, last: Histogram, what: str) -> dict[str, float]:
    """The latencies of a lobby beside something, to those without it: `what` names it."""
    more: dict[str, float] = {}
    for label, share in QUANTILES[:2]:
        for name, alone, beside in (("", each, figures.member), ("last_", last, figures.last)):
            without = alone.quantile(share) or 1
            more[f"{name}without_{what}_{label}_ns"] = float(without)
            more[f"{name}{label}_to_without_{what}"] = (beside.quantile(share) or 0) / without
    return more


def lobby(stage: Stage) -> list[Figures]:
    """Every message is awaited at every member."""
    room = Lobby(stage, stage.enter([LOBBY] * stage.job.clients))
    stage.run(room.turn, stage.job.warmup, "warming up")
    room.pace.restart()
    window = stage.measure(room.turn, "measuring")
    stage.drain(lambda: stage.probes.missing)
    late = room.pace.latest_ns
    return [stage.figures("lobby", window, window.probes_sent, window.arrivals, late)]
