"""The figures of clients, as they are shown and drawn."""

from __future__ import annotations

from benchmarks.figures import Summary
from benchmarks.report import Metric

_US, _MS, _MB = 1e3, 1e6, 1e6

COLUMNS: dict[str, Metric] = {
    "echo_p50_ns": Metric("key to echo p50 ms", _MS),
    "echo_p95_ns": Metric("p95", _MS),
    "echo_p99_ns": Metric("p99", _MS),
    "line_p50_ns": Metric("line to screen p50 ms", _MS),
    "line_p95_ns": Metric("p95", _MS),
    "line_p99_ns": Metric("p99", _MS),
    "seen_share": Metric("% seen", 0.01, 0),
    "cpu_per_line_ns": Metric("CPU µs per line", _US, 0),
    "cpu_share": Metric("CPU %", 0.01),
}
"""The figures of a phase, in the order of the table."""

MORE: dict[str, Metric] = {
    "cpu_share": Metric("CPU, % of a core", 0.01),
    "cpu_per_line_ns": Metric("CPU per line, µs", _US, 0),
    "prompt_ns": Metric("from the start to a prompt, ms", _MS, 0),
    "entered_ns": Metric("from the start to the room's first line, ms", _MS, 0),
    "resident_at_start": Metric("resident memory then, MB", _MB, 1),
    "lines_per_second": Metric("lines/s taken in", digits=0),
    "resident": Metric("resident memory after them, MB", _MB, 1),
}
"""The figures only some phases have."""

RATIOS = {
    "echo_p95_ns": "key to echo, p95",
    "line_p95_ns": "line to screen, p95",
    "cpu_per_line_ns": "CPU per line",
}
"""The ratios drawn."""

TITLES = ("phase", "client")


def is_timed(summary: Summary) -> bool:
    """Whether lines were shown and keys echoed; the others have figures of their own."""
    return any(latency.count for latency in summary.latencies.values())
