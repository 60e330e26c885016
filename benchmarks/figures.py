"""What one shape measured against one server, and how several runs become one row.

Laws: plain values that go to JSON and come back unchanged; medians over repeats, ratios taken
within a repeat (both servers saw the same minute of the machine) and only then their median.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, ClassVar, Self

from benchmarks.histogram import Histogram

BOUND = 0.95
"""Share of one core above which the generator, not the server, may have set the figure."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the load process is asked to do: one shape against one server."""

    shape: str
    host: str
    port: int
    pid: int | None
    clients: int
    seconds: float
    warmup: float
    sendq: int
    tls: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


QUANTILES = (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))
"""The latencies every row gives, unless it says otherwise."""


class Run:
    """One row, of whatever was measured, once: a dataclass that goes to JSON and comes back.

    `HISTOGRAMS` are its fields that are some, and `more` holds figures that only a few rows have.
    """

    __slots__: tuple[str, ...] = ()

    HISTOGRAMS: ClassVar[tuple[str, ...]]
    QUANTILES: ClassVar[tuple[tuple[str, float], ...]] = QUANTILES

    row: str
    more: dict[str, float]
    faults: tuple[str, ...]

    @property
    def latencies(self) -> Mapping[str, Histogram]:
        """By what a plot calls them."""
        raise NotImplementedError

    @property
    def generator_bound(self) -> bool:
        """Whether the figures may be the generator's."""
        raise NotImplementedError

    def figures(self) -> dict[str, float | None]:
        """The single figures by name; None for one that is not known."""
        raise NotImplementedError

    def values(self) -> dict[str, float]:
        """Every single figure by name, those that are known."""
        found = self.figures()
        for name in self.HISTOGRAMS:
            histogram: Histogram = getattr(self, name)
            for label, share in self.QUANTILES:
                found[f"{name}_{label}_ns"] = histogram.quantile(share)
        found.update(self.more)
        return {name: float(value) for name, value in found.items() if value is not None}

    def to_json(self) -> dict[str, Any]:
        """Plain values, the histograms included."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        plain |= {name: plain[name].to_json() for name in self.HISTOGRAMS}
        plain["faults"] = list(self.faults)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """What `to_json` gave, back again."""
        histograms = {name: Histogram.from_json(plain[name]) for name in cls.HISTOGRAMS}
        return cls(**{**plain, **histograms, "faults": tuple(plain["faults"])})


@dataclass(frozen=True, slots=True)
class Figures(Run):
    """One row, one server, one run. Latencies in ns, memory in bytes, shares of one core.

    None stands for what could not be read (the CPU of a server whose process is not known).
    `more` holds the figures that only this shape has, by the names in `report.METRICS`.
    """

    HISTOGRAMS = ("member", "last")

    row: str
    clients: int
    seconds: float
    messages: int
    deliveries: int
    octets_per_delivery: float
    server_cpu_ns: int | None
    memory_per_connection: float | None
    load_share: float
    late_ns: int
    member: Histogram
    last: Histogram
    more: dict[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def latencies(self) -> Mapping[str, Histogram]:
        """By whose they are."""
        return {"each member": self.member, "last member": self.last}

    @property
    def deliveries_per_second(self) -> float:
        """Lines that reached a member, per second of the window."""
        return self.deliveries / self.seconds

    @property
    def cpu_per_delivery_ns(self) -> float | None:
        """The server's CPU time per delivered line."""
        if self.server_cpu_ns is None or not self.deliveries:
            return None
        return self.server_cpu_ns / self.deliveries

    @property
    def generator_bound(self) -> bool:
        """Whether the generator had used up its core while the server had not.

        Then the server may carry more than the figure says. When both cores are full the figure
        is the server's own.
        """
        if self.load_share <= BOUND:
            return False
        return self.server_cpu_ns is None or self.server_cpu_ns / self.seconds / 1e9 <= BOUND

    def figures(self) -> dict[str, float | None]:
        """The single figures, by the names in `report.METRICS`."""
        return {
            "deliveries_per_second": self.deliveries_per_second,
            "messages_per_second": self.messages / self.seconds,
            "cpu_per_delivery_ns": self.cpu_per_delivery_ns,
            "server_share": None
            if self.server_cpu_ns is None
            else self.server_cpu_ns / self.seconds / 1e9,
            "memory_per_connection": self.memory_per_connection,
            "load_share": self.load_share,
            "late_ns": self.late_ns,
            "octets_per_delivery": self.octets_per_delivery,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """All runs of one row against one server."""

    row: str
    server: str
    values: dict[str, float]
    ratios: dict[str, float]
    """To the floor of the same repeat; empty for the floor itself."""
    spread: dict[str, tuple[float, float]]
    """The smallest and largest ratio over the repeats: how noisy this machine is."""
    latencies: Mapping[str, Histogram]
    """Those of all runs together."""
    generator_bound: bool
    faults: tuple[str, ...]


def summarise(row: str, server: str, runs: Sequence[Run], floors: Sequence[Run] = ()) -> Summary:
    """The medians of `runs` (one or more), and of their ratios to `floors`, pairwise."""
    each = [run.values() for run in runs]
    ratios: dict[str, list[float]] = {}
    for mine, floor in zip(each, [floor.values() for floor in floors], strict=False):
        for name in mine.keys() & floor.keys():
            if floor[name]:
                ratios.setdefault(name, []).append(mine[name] / floor[name])
    latencies = {name: Histogram() for name in runs[0].latencies}
    for run in runs:
        for name, histogram in run.latencies.items():
            latencies[name].add(histogram)
    names = [name for name in each[0] if all(name in one for one in each)]
    return Summary(
        row=row,
        server=server,
        values={name: median(one[name] for one in each) for name in names},
        ratios={name: median(found) for name, found in sorted(ratios.items())},
        spread={name: (min(found), max(found)) for name, found in sorted(ratios.items())},
        latencies=latencies,
        generator_bound=any(run.generator_bound for run in runs),
        faults=tuple(fault for run in runs for fault in run.faults),
    )
