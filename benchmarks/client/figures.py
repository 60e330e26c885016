"""What one phase of a sitting at a client measured.

Laws: as for those of a server: plain values that go to JSON and come back unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.figures import BOUND, Run
from benchmarks.histogram import Histogram

ECHO = "key to its echo"
LINE = "line to the screen"


@dataclass(frozen=True, slots=True)
class Job:
    """What the process that sits at the client is asked to do."""

    client: str
    rates: tuple[int, ...]
    """Lines per second, one phase for each."""
    seconds: float
    warmup: float
    lines: int
    """Of the flood, before the memory is weighed."""
    core: int | None
    """The core the client is pinned to."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Figures(Run):
    """One row of one client. Latencies in ns, memory in bytes, shares of one core or of all lines.

    None stands for what this row does not have, or could not be read.
    """

    HISTOGRAMS = ("echo", "line")
    QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))

    row: str
    load_share: float | None = None
    cpu_share: float | None = None
    cpu_per_line_ns: float | None = None
    seen_share: float | None = None
    """Lines that stood on the screen at some time: who redraws a full screen may skip some."""
    echo: Histogram = field(default_factory=Histogram)
    line: Histogram = field(default_factory=Histogram)
    more: dict[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def latencies(self) -> Mapping[str, Histogram]:
        """By what they are of."""
        return {ECHO: self.echo, LINE: self.line}

    @property
    def generator_bound(self) -> bool:
        """Whether who measured had used up its core."""
        return (self.load_share or 0) > BOUND

    def figures(self) -> dict[str, float | None]:
        """The single figures, by the names in `report.COLUMNS` and `report.MORE`."""
        return {
            "load_share": self.load_share,
            "cpu_share": self.cpu_share,
            "cpu_per_line_ns": self.cpu_per_line_ns,
            "seen_share": self.seen_share,
        }
