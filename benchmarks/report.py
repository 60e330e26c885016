"""What a run found, for people and for programs: tables, targets and one JSON file.

Laws: every figure stands beside its ratio to the floor of the same run; a row the generator
limited, or in which deliveries were lost, says so; a missed target informs and fails nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.figures import Summary
from benchmarks.readings import file_system
from benchmarks.run import Results
from benchmarks.servers import data_parent

FORMAT = 1
"""Version of the JSON file's layout."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How a figure is shown: its title, and what one unit shown is in the figure's own unit."""

    title: str
    unit: float = 1.0
    digits: int = 2

    def show(self, value: float) -> str:
        """The value in this metric's unit."""
        return f"{value / self.unit:,.{self.digits}f}"


_US, _MS, _KB, _MB = 1e3, 1e6, 1e3, 1e6

COLUMNS: dict[str, Metric] = {
    "deliveries_per_second": Metric("deliveries per s", digits=0),
    "cpu_per_delivery_ns": Metric("CPU µs per delivery", _US),
    "member_p50_ns": Metric("each p50 ms", _MS),
    "member_p99_ns": Metric("p99", _MS),
    "member_p999_ns": Metric("p99.9", _MS),
    "last_p50_ns": Metric("last p50 ms", _MS),
    "last_p99_ns": Metric("p99", _MS),
    "last_p999_ns": Metric("p99.9", _MS),
    "memory_per_connection": Metric("KB/conn", _KB, 1),
}
"""The figures every row has, in the order of the table."""

MORE: dict[str, Metric] = {
    "round_trips_per_second": Metric("round trips/s", digits=0),
    "round_trip_p50_ns": Metric("round trip p50, ms", _MS),
    "round_trip_p99_ns": Metric("round trip p99, ms", _MS),
    "round_trip_p999_ns": Metric("round trip p99.9, ms", _MS),
    "entry_seconds": Metric("time for all to come in, s"),
    "entries_per_second": Metric("clients coming in per second", digits=0),
    "cpu_per_connection_ns": Metric("CPU per client coming in, µs", _US, 0),
    "entry_p50_ns": Metric("one client's entry p50, ms", _MS),
    "entry_p99_ns": Metric("one client's entry p99, ms", _MS),
    "entry_p999_ns": Metric("one client's entry p99.9, ms", _MS),
    "alone_p99_ns": Metric("each p99 without the slow ones, ms", _MS),
    "p99_to_alone": Metric("each p99, with / without the slow ones"),
    "last_p99_to_alone": Metric("last p99, with / without the slow ones"),
    "slow_members": Metric("members that never read", digits=0),
    "slow_closed": Metric("of these closed by the server", digits=0),
    "peak_growth": Metric("memory growth at its peak, MB", _MB),
    "peak_growth_to_sendq": Metric("that growth / (slow members x SendQ)"),
    "logins_per_second": Metric("logins per second", digits=1),
    "login_p50_ns": Metric("one login p50, ms", _MS, 0),
    "login_p99_ns": Metric("one login p99, ms", _MS, 0),
    "without_logins_p50_ns": Metric("each p50 without logins, ms", _MS),
    "p50_to_without_logins": Metric("each p50, with / without logins"),
    "without_logins_p99_ns": Metric("each p99 without logins, ms", _MS),
    "p99_to_without_logins": Metric("each p99, with / without logins"),
    "last_without_logins_p50_ns": Metric("last p50 without logins, ms", _MS),
    "last_p50_to_without_logins": Metric("last p50, with / without logins"),
    "last_without_logins_p99_ns": Metric("last p99 without logins, ms", _MS),
    "last_p99_to_without_logins": Metric("last p99, with / without logins"),
    "echo_p50_ns": Metric("one's echo p50, ms", _MS),
    "echo_p99_ns": Metric("one's echo p99, ms", _MS),
    "answers_per_second": Metric("answers per second", digits=1),
    "lines_per_answer": Metric("messages in an answer", digits=1),
    "answer_p50_ns": Metric("one answer p50, ms", _MS),
    "answer_p99_ns": Metric("one answer p99, ms", _MS),
    "cpu_per_answer_ns": Metric("CPU per answer, µs", _US, 0),
    "without_questions_p50_ns": Metric("each p50 without questions, ms", _MS),
    "p50_to_without_questions": Metric("each p50, with / without questions"),
    "without_questions_p99_ns": Metric("each p99 without questions, ms", _MS),
    "p99_to_without_questions": Metric("each p99, with / without questions"),
    "last_without_questions_p50_ns": Metric("last p50 without questions, ms", _MS),
    "last_p50_to_without_questions": Metric("last p50, with / without questions"),
    "last_without_questions_p99_ns": Metric("last p99 without questions, ms", _MS),
    "last_p99_to_without_questions": Metric("last p99, with / without questions"),
}
"""The figures only some rows have."""


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: the row, where to find it, and the bound."""

    about: str
    row: str
    metric: str
    bound: float
    at_least: bool = False
    as_ratio: bool = False
    unit: float = 1.0
    beside: str = "floor"
    """The server that was measured first, in the same run."""
    server: str | None = None
    """Whose target it is; None for whichever is measured beside that."""

    def judge(self, summaries: Sequence[Summary]) -> Verdict | None:
        """How the server did; None when the row was not measured, or not beside the other."""
        rows = [summary for summary in summaries if summary.row == self.row]
        if not any(summary.server == self.beside for summary in rows):
            return None
        for summary in rows:
            found = summary.ratios if self.as_ratio else summary.values
            if self.server not in (None, summary.server):
                continue
            if summary.server != self.beside and self.metric in found:
                value = found[self.metric]
                met = value >= self.bound if self.at_least else value <= self.bound
                return Verdict(self, summary.server, value, met)
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target, what was measured, and whether it was reached."""

    target: Target
    server: str
    value: float
    met: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


_ECHO, _LINE = "echo_p95_ns", "line_p95_ns"

TARGETS = (
    Target(
        "lobby: CPU per delivery, times the floor",
        "lobby",
        "cpu_per_delivery_ns",
        1.35,
        as_ratio=True,
    ),
    Target(
        "shout: million deliveries/s",
        "shout",
        "deliveries_per_second",
        1.2e6,
        at_least=True,
        unit=1e6,
    ),
    Target(
        "lobby: CPU per delivery by TLS, times the same without",
        "lobby",
        "cpu_per_delivery_ns",
        1.6,
        as_ratio=True,
        beside="trio-chat",
        server="trio-chat tls",
    ),
    Target("doors: resident KB per connection", "doors", "memory_per_connection", 14e3, unit=_KB),
    Target("slow: readers' p99, with / without the slow ones", "slow", "p99_to_alone", 1.5),
    Target("logins: p99, with / without the logins", "logins", "p99_to_without_logins", 1.5),
    Target("history: ms for the latest 100, p99", "history", "answer_p99_ns", 15e6, unit=_MS),
    Target("history: ms for a search, p99", "search", "answer_p99_ns", 50e6, unit=_MS),
    Target(
        "history: p99, with / without the questions", "history", "p99_to_without_questions", 1.5
    ),
    *(
        Target(
            f"{shape}: {about}, kept on disk / not kept",
            shape,
            metric,
            bound,
            at_least=bound < 1,
            as_ratio=True,
            beside="trio-chat no history",
            server="trio-chat disk",
        )
        for shape in ("lobby", "shout", "tables")
        for about, metric, bound in (
            ("deliveries/s", "deliveries_per_second", 0.85),
            ("p99", "member_p99_ns", 1.15),
        )
    ),
    *(
        Target(about, row, metric, bound, unit=unit, server="trio-chat")
        for about, row, metric, bound, unit in (
            ("client: ms to a key's echo at 1,000 lines/s, p95", "1,000 lines/s", _ECHO, 10e6, _MS),
            ("client: ms to the screen at 10 lines/s, p95", "10 lines/s", _LINE, 5e6, _MS),
            ("client: ms to the screen at 1,000 lines/s, p95", "1,000 lines/s", _LINE, 60e6, _MS),
            ("client: % of a core when idle", "idle", "cpu_share", 0.005, 0.01),
            ("client: MB after 100,000 lines", "100,000 lines", "resident", 60e6, _MB),
        )
    ),
    # A tenth above SendQ for what the slow connections and the load need anyway.
    Target("slow: memory growth / (slow members x SendQ)", "slow", "peak_growth_to_sendq", 1.1),
)


def judge(summaries: Sequence[Summary]) -> list[Verdict]:
    """The verdicts on all targets whose rows were measured."""
    return [found for target in TARGETS if (found := target.judge(summaries)) is not None]


def main_table(
    summaries: Sequence[Summary],
    floor: str,
    columns: Mapping[str, Metric] = COLUMNS,
    titles: tuple[str, str] = ("shape", "server"),
) -> Table:
    """One line per row and server, and beneath each server its ratios to the first, `floor`.

    `columns` are the figures shown, `titles` what rows and servers are called.
    """
    table = Table(title=f"Each figure, and × its ratio to {floor} in the same run")
    table.add_column(titles[0], style="bold", no_wrap=True)
    table.add_column(titles[1], no_wrap=True)
    for metric in columns.values():
        table.add_column(metric.title, justify="right")
    table.add_column("load CPU", justify="right", no_wrap=True)
    row = ""
    for summary in summaries:
        if summary.row != row and row:
            table.add_section()
        _add(table, summary, columns, first=summary.row != row)
        row = summary.row
    return table


def _add(table: Table, summary: Summary, columns: Mapping[str, Metric], first: bool) -> None:
    shown = [
        metric.show(summary.values[name]) if name in summary.values else "-"
        for name, metric in columns.items()
    ]
    table.add_row(summary.row if first else "", summary.server, *shown, _load(summary))
    if summary.ratios:
        ratios = [
            f"× {summary.ratios[name]:.2f}" if name in summary.ratios else "-" for name in columns
        ]
        table.add_row("", "", *ratios, "", style="cyan")
    if any(low != high for low, high in summary.spread.values()):
        noise = [
            f"± {_noise(summary, name):.0%}" if name in summary.spread else "-" for name in columns
        ]
        table.add_row("", "", *noise, "", style="dim")


def _noise(summary: Summary, name: str) -> float:
    """How far the ratio of any repeat was from their median, as a share of it."""
    low, high = summary.spread[name]
    middle = summary.ratios[name]
    return max(high - middle, middle - low) / middle if middle else 0.0


def _load(summary: Summary) -> str:
    known = "load_share" in summary.values
    share = f"{summary.values['load_share']:.0%}" if known else "-"
    if summary.faults:
        return f"[red]{share}\nlines lost[/red]"
    return f"[yellow]{share}\ngenerator-bound[/yellow]" if summary.generator_bound else share


def more_table(
    summaries: Sequence[Summary],
    floor: str,
    metrics: Mapping[str, Metric] = MORE,
    titles: tuple[str, str] = ("shape", "server"),
) -> Table | None:
    """The figures that belong to one shape, the floor's beside each; None when there are none."""
    floors = {summary.row: summary.values for summary in summaries if summary.server == floor}
    table = Table(title=f"Figures of single {titles[0]}s")
    for title in (titles[0], "figure", titles[1]):
        table.add_column(title)
    for title in ("value", floor, f"× {floor}"):
        table.add_column(title, justify="right")
    for summary in summaries:
        if summary.server == floor:
            continue
        for name, metric in metrics.items():
            if name not in summary.values:
                continue
            beside = floors.get(summary.row, {}).get(name)
            table.add_row(
                *(summary.row, metric.title, summary.server),
                metric.show(summary.values[name]),
                "-" if beside is None else metric.show(beside),
                f"{summary.ratios[name]:.2f}" if name in summary.ratios else "-",
            )
    return table if table.row_count else None


def targets_table(verdicts: Sequence[Verdict]) -> Table:
    """Measured beside target."""
    table = Table(title="Targets (they inform, they fail nothing)")
    table.add_column("target")
    table.add_column("measured", justify="right")
    table.add_column("to reach", justify="right")
    table.add_column("")
    for verdict in verdicts:
        target = verdict.target
        sign = "≥" if target.at_least else "≤"
        table.add_row(
            target.about,
            f"{verdict.value / target.unit:.2f}",
            f"{sign} {target.bound / target.unit:g}",
            "[green]reached[/green]" if verdict.met else "[red]missed[/red]",
        )
    return table


def write_json(
    path: Path, plan: Mapping[str, Any], results: Results, summaries: Sequence[Summary]
) -> None:
    """Everything measured, every repeat with its histograms, and on what."""
    document = {
        "format": FORMAT,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(results.load_before),
        "plan": plan,
        "rows": [
            {
                "row": summary.row,
                "server": summary.server,
                "values": summary.values,
                "ratios": summary.ratios,
                "spread": summary.spread,
                "generator_bound": summary.generator_bound,
                "faults": summary.faults,
            }
            for summary in summaries
        ],
        "runs": {
            row: {server: [run.to_json() for run in runs] for server, runs in servers.items()}
            for row, servers in results.runs.items()
        },
        "targets": [verdict.to_json() for verdict in judge(summaries)],
        "troubles": results.troubles,
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def machine(load_before: float) -> dict[str, Any]:
    """What the figures depend on: processor, how busy it was, kernel, versions, commit."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "data_on": f"{file_system(data_parent())} ({data_parent()})",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "trio": _version("trio"),
        "trio-chat": _version("trio-chat"),
        "commit": _commit(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def _commit() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
