"""`lobby`: one room, one speaker, 20 messages per second: the cost of handing one line to many."""

from __future__ import annotations

from benchmarks.figures import Figures
from benchmarks.stage import Pace, Stage

_PER_SECOND = 20
_ROOM = b"#lobby"


def lobby(stage: Stage) -> list[Figures]:
    """Every message is a probe, awaited at every member."""
    members = stage.enter([_ROOM] * stage.job.clients)
    speaker, hearers = members[0], len(members) - 1
    pace = Pace(_PER_SECOND)

    def turn() -> float:
        for _ in range(pace.due()):
            stage.speak(speaker, b"PRIVMSG #lobby :", hearers)
        return pace.wait()

    stage.run(turn, stage.job.warmup, "warming up")
    pace.restart()
    window = stage.measure(turn, "measuring")
    stage.drain(lambda: stage.probes.missing)
    return [stage.figures("lobby", window, window.probes_sent, window.arrivals, pace.latest_ns)]
