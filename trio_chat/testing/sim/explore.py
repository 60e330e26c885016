"""Exploring: seed after seed in several processes, until time is up, and what they have found.

Laws:

* A seed that its process has died of, or has not come back from, is a finding as any other.
* Failures of one kind are most likely the same: the first is shrunk, the others are counted.
* Ctrl-C ends it as the end of its time does, but that nothing more is shrunk.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from trio_chat.testing.sim.workers import Lost, Worker, wait_for_any

RUN_SECONDS = 120.0
"""What one seed may take: a run takes half a second, and one that never ends waits for something
that no virtual clock can bring."""

SHRINK_SECONDS = 600.0
"""What shrinking may take: it ends by itself long before, but for the run that it is at."""

PROGRESS_SECONDS = 0.5

LOST = "lost"
"""The kind of failure of a seed whose process did not come back from it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a seed: the kind of failure and what there is to say of it, both "" for none."""

    seed: int
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Shortest:
    """The shortest plan by which a seed fails, as JSON, and the report of it."""

    seed: int
    kind: str
    plan: str
    report: str


class Trial(Protocol):
    """What the workers do with a seed; it must be possible to pickle it."""

    def attempt(self, seed: int) -> Tried: ...

    def shorten(self, tried: Tried) -> Shortest: ...


class Observer(Protocol):
    """Who is told of it."""

    def failed(self, tried: Tried) -> None:
        """A seed has failed as none before."""

    def shortened(self, shortest: Shortest) -> None:
        """That failure was shrunk."""

    def progress(self, findings: Findings) -> None:
        """Some time has passed."""


@dataclass(slots=True)
class Findings:
    """What has been found so far."""

    seeds: int = 0
    """How many have been tried."""
    seconds: float = 0.0
    """How long it took."""
    first: dict[str, Tried] = field(default_factory=dict)
    """The first failure of each kind, in the order in which they were found."""
    count: dict[str, int] = field(default_factory=dict)
    """How many there are of each kind."""

    def add(self, tried: Tried) -> bool:
        """Count what came of a seed; whether it failed as none before."""
        self.seeds += 1
        if not tried.kind:
            return False
        self.count[tried.kind] = self.count.get(tried.kind, 0) + 1
        return self.first.setdefault(tried.kind, tried) is tried

    def __str__(self) -> str:
        rate = 60 * self.seeds / self.seconds if self.seconds else 0.0
        found = ", ".join(f"{count} × {kind}" for kind, count in self.count.items())
        return f"{self.seeds} seeds, {rate:.0f} a minute: {found or 'nothing wrong'}"


@dataclass(frozen=True, slots=True)
class Search:
    """What to explore: seeds from the first on, so many, for so many seconds, by so many processes
    at a time; None is without a bound."""

    trial: Trial
    first_seed: int = 0
    seeds: int | None = None
    seconds: float | None = None
    jobs: int = 1
    run_seconds: float = RUN_SECONDS


def explore(search: Search, observer: Observer) -> Findings:
    """Try seed after seed, until all are tried, or time is up, or Ctrl-C is pressed."""
    exploration = _Exploration(search, observer)
    try:
        exploration.run()
    except KeyboardInterrupt:
        pass
    finally:
        exploration.end()
    return exploration.findings


class _Exploration:
    def __init__(self, search: Search, observer: Observer) -> None:
        self.findings = Findings()
        self._search = search
        self._observer = observer
        self._began = time.monotonic()
        self._workers: list[Worker] = []
        self._at: dict[Worker, Tried | int] = {}
        """What each worker is at: a seed, or a failure that it is to shrink."""
        self._next = search.first_seed
        self._to_shrink: deque[Tried] = deque()

    def run(self) -> None:
        for _ in range(self._search.jobs):
            self._workers.append(Worker())
        while True:
            for index, worker in enumerate(self._workers):
                self._hear(worker)
                if worker.is_gone:
                    self._workers[index] = worker = Worker()
                if not worker.is_busy:
                    self._employ(worker)
            if not self._at:
                return
            wait_for_any(self._workers, PROGRESS_SECONDS)
            self.findings.seconds = time.monotonic() - self._began
            self._observer.progress(self.findings)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()
        self.findings.seconds = time.monotonic() - self._began

    def _employ(self, worker: Worker) -> None:
        """Give a worker something to do, if there is anything left."""
        trial = self._search.trial
        if self._to_shrink:
            tried = self._at[worker] = self._to_shrink.popleft()
            worker.give(partial(trial.shorten, tried), SHRINK_SECONDS)
        elif self._has_seeds():
            seed = self._at[worker] = self._next
            self._next += 1
            worker.give(partial(trial.attempt, seed), self._search.run_seconds)

    def _has_seeds(self) -> bool:
        search = self._search
        if search.seeds is not None and self._next >= search.first_seed + search.seeds:
            return False
        return search.seconds is None or time.monotonic() < self._began + search.seconds

    def _hear(self, worker: Worker) -> None:
        """See what came of what a worker was at."""
        if (done := worker.take()) is None:
            return
        at = self._at.pop(worker)
        match done, at:
            case Tried(), _:
                if self.findings.add(done):
                    self._observer.failed(done)
                    self._to_shrink.append(done)
            case Shortest(), _:
                self._observer.shortened(done)
            case Lost(text), int(seed):
                tried = Tried(seed, LOST, text)
                if self.findings.add(tried):
                    self._observer.failed(tried)
            case Lost(text), Tried(seed, kind):
                self._observer.shortened(Shortest(seed, kind, "", text))
