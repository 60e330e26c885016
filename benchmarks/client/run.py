"""A run at the clients: the floor and each of them in turn, A B C A B C.

Law: a client that does not start, or ends, is reported as such, and the others are still measured.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.client.clients import FLOOR
from benchmarks.client.figures import Figures, Job
from benchmarks.crowd import Trouble
from benchmarks.orders import Progress
from benchmarks.readings import Cores
from benchmarks.run import Results, Step, drive

RATES = (10, 100, 1000, 5000)
"""Lines per second, of all rooms together: talk, much talk, a flood, and what nobody can read."""

LINES = 100_000
"""After so many the memory is weighed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run; the floor is measured in any case."""

    clients: tuple[str, ...]
    rates: tuple[int, ...]
    seconds: float
    warmup: float
    repeat: int
    cores: Cores
    lines: int = LINES

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def measure(plan: Plan, progress: Progress) -> Results:
    """Carry the plan out; `progress` gets the share of the whole that is done and a note."""
    results = Results()
    names = (FLOOR, *plan.clients)
    steps = [name for _ in range(plan.repeat) for name in names]
    for done, name in enumerate(steps):
        step = Step(progress, done, len(steps), name)
        job = Job(name, plan.rates, plan.seconds, plan.warmup, plan.lines, plan.cores.server)
        try:
            rows = drive("benchmarks.client.driver", job.to_json(), plan.cores.load, step)
        except Trouble as trouble:
            results.troubles.append(f"{name}: {trouble}")
            continue
        for row in rows:
            results.add(name, Figures.from_json(row))
    progress(1.0, "done")
    return results
