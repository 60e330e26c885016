"""A run of the bench: each shape against the floor and the server in turn, A B A B.

Laws: floor and server alternate within a shape, so both see the same state of the machine; a
measurement that fails is reported as such and the others still run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from benchmarks.crowd import Trouble
from benchmarks.figures import Figures, Job, Run, Summary, summarise
from benchmarks.orders import Progress
from benchmarks.readings import Cores, on_core
from benchmarks.servers import Running
from benchmarks.shapes import SHAPES


class Server(Protocol):
    """Something that can be measured."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def running(
        self, cores: Cores, messages: int, progress: Callable[[float], None]
    ) -> AbstractContextManager[Running]:
        """The server listens inside this. Ours has a history of that many messages, whose making
        is told of as a share."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `servers` begins with the floor; `clients` None means each shape's own."""

    shapes: tuple[str, ...]
    servers: tuple[Server, ...]
    seconds: float
    warmup: float
    repeat: int
    cores: Cores
    sendq: int
    clients: int | None = None
    few: bool = False
    messages: int | None = None
    """Of the history that a server begins with, in the shapes that have one."""

    def messages_of(self, shape: str) -> int:
        """How many messages of history a shape begins with; 0 for none."""
        if self.messages is not None:
            return self.messages if SHAPES[shape].messages else 0
        return SHAPES[shape].few_messages if self.few else SHAPES[shape].messages

    def clients_of(self, shape: str) -> int:
        """How many clients a shape gets."""
        if self.clients is not None:
            return self.clients
        return SHAPES[shape].few if self.few else SHAPES[shape].clients

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "shapes": self.shapes,
            "servers": [server.name for server in self.servers],
            "seconds": self.seconds,
            "warmup": self.warmup,
            "repeat": self.repeat,
            "clients": self.clients,
            "messages": self.messages,
            "sendq": self.sendq,
            "cores": asdict(self.cores),
        }

    @property
    def measurements(self) -> int:
        """How many times a load is applied in all."""
        return len(self.shapes) * self.repeat * len(self.servers)


@dataclass(slots=True)
class Results:
    """Every run's figures by row and server, in order of appearance, and what went wrong."""

    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    """How many processes wanted a core in the minute before: other people's noise."""

    def add(self, server: str, figures: Run) -> None:
        """Keep one run's row."""
        self.runs.setdefault(figures.row, {}).setdefault(server, []).append(figures)
        for fault in figures.faults:
            self.troubles.append(f"{figures.row} on {server}: {fault}")

    def summaries(self, floor: str) -> list[Summary]:
        """One summary per row and server, the ratios taken to the server named `floor`."""
        found = []
        for row, servers in self.runs.items():
            floors = servers.get(floor, [])
            for server, runs in servers.items():
                found.append(summarise(row, server, runs, () if server == floor else floors))
        return found


def measure(plan: Plan, progress: Progress) -> Results:
    """Carry the plan out; `progress` gets the share of the whole that is done and a note."""
    results = Results()
    done = 0
    for shape in plan.shapes:
        for _ in range(plan.repeat):
            for server in plan.servers:
                step = Step(progress, done, plan.measurements, f"{shape} on {server.name}")
                step(0.0, "starting")
                try:
                    for figures in _one(plan, shape, server, step):
                        results.add(server.name, figures)
                except Trouble as trouble:
                    results.troubles.append(f"{shape} on {server.name}: {trouble}")
                done += 1
    progress(1.0, "done")
    return results


@dataclass(frozen=True, slots=True)
class Step:
    """The progress of one measurement as a part of all."""

    progress: Progress
    done: int
    total: int
    name: str

    def __call__(self, share: float, note: str) -> None:
        self.progress((self.done + min(1.0, share)) / self.total, f"{self.name}: {note}")


def _one(plan: Plan, shape: str, server: Server, progress: Progress) -> Sequence[Figures]:
    messages = plan.messages_of(shape)
    with server.running(
        plan.cores, messages, lambda share: progress(0.0, f"making a history, {share:.0%}")
    ) as running:
        job = Job(
            shape=shape,
            host=running.host,
            port=running.port,
            pid=running.pid,
            clients=plan.clients_of(shape),
            seconds=plan.seconds,
            warmup=plan.warmup,
            sendq=plan.sendq,
            tls=running.tls,
        )
        rows = drive("benchmarks.driver", job.to_json(), plan.cores.load, progress)
        return [Figures.from_json(row) for row in rows]


def drive(
    module: str, job: Mapping[str, Any], core: int | None, progress: Progress
) -> Sequence[dict[str, Any]]:
    """Run a load process; the figures it gives, as plain values.

    Raises Trouble, with its own words, when it gives none.
    """
    with on_core(core):
        driver = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert driver.stdin is not None
    assert driver.stdout is not None
    found: list[dict[str, Any]] = []
    trouble = "the load process died"
    try:
        with driver.stdin as orders:
            orders.write(json.dumps(job) + "\n")
        for line in driver.stdout:
            match json.loads(line):
                case {"progress": [share, note]}:
                    progress(share, note)
                case {"figures": rows}:
                    found = rows
                case {"trouble": str(words)}:
                    trouble = words
    finally:
        driver.stdout.close()
        driver.kill()
        driver.wait()
    if not found:
        raise Trouble(trouble)
    return found
