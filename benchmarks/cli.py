"""The command line of the bench: what to measure, the progress bar, the tables, the exit status.

Laws: load goes to this machine's loopback alone unless the user says the host is theirs; the exit
status says whether the bench worked and every delivery arrived, never how fast it was.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import orders
from benchmarks import run as bench
from benchmarks.client import report as of_clients
from benchmarks.client import run as at_clients
from benchmarks.client.clients import CLIENTS, FLOOR, is_here
from benchmarks.figures import Summary
from benchmarks.past import ROOMS
from benchmarks.plots import draw
from benchmarks.readings import choose_cores, file_system, raise_descriptor_limit
from benchmarks.report import judge, main_table, more_table, targets_table, write_json
from benchmarks.servers import (
    DURABILITIES,
    Target,
    data_parent,
    floor,
    is_loopback,
    ours,
    ours_by_tls,
    ours_kept,
    ours_without_history,
    split_target,
)
from benchmarks.shapes import SHAPES

_WIDTH = 150
"""Columns the table needs; on a narrower terminal rich folds it, into a file it is this wide."""

_BUSY = 0.5
"""Load average before the run above which somebody else's work is in the figures."""

_SMOKE_SECONDS = 0.5
_SMOKE_RATES = (10, 200)
_SMOKE_LINES = 2_000
_SECONDS = 10.0
_WARMUP = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when all worked and everything sent arrived, else 1.

    2 stands for bad usage, 130 for an interrupt, as usual.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    at_client = options.client is not None
    plan = _plan_at_clients(parser, options) if at_client else _plan(parser, options)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    raise_descriptor_limit()
    if plan.cores.bench is not None:
        os.sched_setaffinity(0, {plan.cores.bench})
    try:
        return _run(options, plan, console)
    except KeyboardInterrupt:
        console.print("Stopped; nothing was written.")
        return 130


def _run(options: argparse.Namespace, plan: bench.Plan | at_clients.Plan, console: Console) -> int:
    if isinstance(plan, at_clients.Plan):
        return _run_at_clients(options, plan, console)
    with _out(options) as out:
        with _progress(console) as progress:
            results = bench.measure(plan, progress)
        summaries = results.summaries(plan.servers[0].name)
        path = out / "results.json"
        write_json(path, plan.to_json(), results, summaries)
        plots = draw(out, summaries)
        _show(console, plan, summaries, results.troubles)
        _warn_of_load(console, results)
        console.print(f"Data of the servers on {data_parent()} ({file_system(data_parent())}).")
        if options.smoke:
            results.troubles += _smoke_faults(plan, path, plots, summaries)
        else:
            console.print(f"Figures in {path}, {len(plots)} plots beside it.")
    return _end(console, results)


def _run_at_clients(options: argparse.Namespace, plan: at_clients.Plan, console: Console) -> int:
    with _out(options) as out:
        with _progress(console) as progress:
            results = at_clients.measure(plan, progress)
        summaries = results.summaries(FLOOR)
        path = out / "results.json"
        write_json(path, plan.to_json(), results, summaries)
        plots = draw(out, summaries, of_clients.RATIOS)
        timed = [summary for summary in summaries if of_clients.is_timed(summary)]
        others = [summary for summary in summaries if not of_clients.is_timed(summary)]
        console.print(main_table(timed, FLOOR, of_clients.COLUMNS, of_clients.TITLES))
        more = more_table(others, FLOOR, of_clients.MORE, of_clients.TITLES)
        if more is not None:
            console.print(more)
        verdicts = judge(summaries)
        if verdicts and not options.smoke:
            console.print(targets_table(verdicts))
        if not results.troubles:
            console.print("Every key had its echo.")
        _warn_of_load(console, results)
        if options.smoke:
            # Beside those of the rates: they have no latencies.
            rows = {f"{rate:,} lines/s" for rate in plan.rates}
            if len(plots) != len(rows) + 1 or not all(plot.stat().st_size for plot in plots):
                results.troubles.append("plots are missing")
        else:
            console.print(f"Figures in {path}, {len(plots)} plots beside it.")
    return _end(console, results)


def _warn_of_load(console: Console, results: bench.Results) -> None:
    if results.load_before > _BUSY:
        console.print(
            f"[yellow]This machine was busy before the run (load {results.load_before:.1f}):"
            " latencies say as much about that.[/yellow]"
        )


def _end(console: Console, results: bench.Results) -> int:
    for trouble in results.troubles:
        console.print(f"[red]{trouble}[/red]")
    return 1 if results.troubles else 0


def _parser() -> argparse.ArgumentParser:
    shapes = "\n".join(f"  {name:8} {shape.about}" for name, shape in SHAPES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Load a chat server with simulated clients, beside a bare loop of sends.",
        epilog=f"shapes:\n{shapes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--shape", metavar="NAME[,NAME]", default=",".join(SHAPES), help="default: all")
    add("--seconds", type=_positive, help=f"length of each measurement (default {_SECONDS:g})")
    add("--clients", type=int, metavar="N", help="clients of every shape (default: its own)")
    add("--repeat", type=int, default=1, metavar="N", help="measure N times in turn, give medians")
    add(
        "--out",
        type=Path,
        default=Path("bench-results"),
        metavar="DIR",
        help="default: %(default)s",
    )
    add("--target", metavar="HOST:PORT", help="load this IRC server and not ours")
    add("--target-pid", type=int, metavar="PID", help="its process, to read CPU and memory")
    add("--sendq", type=int, default=1 << 20, metavar="BYTES", help="its SendQ (default: 1 MiB)")
    add("--tls", action="store_true", help="measure our server by TLS, beside itself without")
    add(
        "--history",
        metavar="WHERE[,WHERE]",
        nargs="?",
        const="disk",
        help="measure our server beside itself without history, what is said counting as kept "
        "when the disk has it (default), or os, or memory",
    )
    add(
        "--messages",
        type=int,
        metavar="N",
        help="of the history that is asked about (default: 10,000,000, which take minutes to make "
        "the first time)",
    )
    add(
        "--client",
        metavar="NAME[,NAME]",
        nargs="?",
        const=",".join(name for name in CLIENTS if name != FLOOR and is_here(name)),
        help="measure terminal clients, and no server: "
        f"{', '.join(name for name in CLIENTS if name != FLOOR)} (default: all that are installed)",
    )
    add(
        "--rates",
        metavar="N[,N]",
        type=_rates,
        help="lines per second that a client is sent "
        f"(default: {','.join(map(str, at_clients.RATES))})",
    )
    add("--smoke", action="store_true", help="few clients, no time: only whether it works")
    add(
        "--yes-i-own-this-host",
        action="store_true",
        help="allow a --target that is not this machine",
    )
    return parser


def _plan(parser: argparse.ArgumentParser, options: argparse.Namespace) -> bench.Plan:
    shapes = tuple(options.shape.split(","))
    for name in shapes:
        if name not in SHAPES:
            parser.error(f"no shape {name!r}; there are {', '.join(SHAPES)}")
    if options.clients is not None and options.clients < 20:
        parser.error("--clients must be 20 or more")
    if options.repeat < 1:
        parser.error("--repeat must be 1 or more")
    if options.tls and options.target is not None:
        parser.error("--tls is for our own server, which is measured with and without")
    if options.messages is not None and options.messages < ROOMS:
        parser.error(f"--messages must be {ROOMS} or more: one for each room")
    seconds = options.seconds or (_SMOKE_SECONDS if options.smoke else _SECONDS)
    return bench.Plan(
        shapes=shapes,
        servers=_servers(parser, options),
        seconds=seconds,
        warmup=min(_WARMUP, seconds / 2),
        repeat=options.repeat,
        cores=choose_cores(),
        sendq=options.sendq,
        clients=options.clients,
        few=options.smoke,
        messages=options.messages,
    )


def _plan_at_clients(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> at_clients.Plan:
    names = tuple(options.client.split(","))
    for name in names:
        if name not in CLIENTS or name == FLOOR:
            parser.error(f"no client {name!r}; there are {', '.join(CLIENTS)}")
        if not is_here(name):
            parser.error(f"{name} is not installed")
    if options.repeat < 1:
        parser.error("--repeat must be 1 or more")
    seconds = options.seconds or (_SMOKE_SECONDS if options.smoke else _SECONDS)
    return at_clients.Plan(
        clients=names,
        rates=options.rates or (_SMOKE_RATES if options.smoke else at_clients.RATES),
        seconds=seconds,
        warmup=min(_WARMUP, seconds / 2),
        repeat=options.repeat,
        cores=choose_cores(),
        lines=_SMOKE_LINES if options.smoke else at_clients.LINES,
    )


def _servers(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> tuple[bench.Server, ...]:
    if options.history is None:
        if options.tls:
            return ours(), ours_by_tls()
        return floor(), _server(parser, options)
    if options.tls or options.target is not None:
        parser.error("--history is for our own server without TLS")
    kept = options.history.split(",")
    for durability in kept:
        if durability not in DURABILITIES:
            parser.error(f"--history takes {', '.join(DURABILITIES)}, and not {durability!r}")
    return ours_without_history(), *(ours_kept(durability) for durability in kept)


def _server(parser: argparse.ArgumentParser, options: argparse.Namespace) -> bench.Server:
    if options.target is None:
        return ours()
    try:
        host, port = split_target(options.target)
    except ValueError as oops:
        parser.error(str(oops))
    if not is_loopback(host) and not options.yes_i_own_this_host:
        parser.error(
            f"{host} is not this machine. A benchmark of somebody else's server is an attack on"
            " it; if it is yours, say --yes-i-own-this-host"
        )
    return Target(options.target, host, port, options.target_pid)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _rates(text: str) -> tuple[int, ...]:
    rates = tuple(map(int, text.split(",")))
    if min(rates) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return rates


@contextmanager
def _out(options: argparse.Namespace) -> Iterator[Path]:
    """Where to write; a smoke run leaves nothing behind."""
    if options.smoke:
        with tempfile.TemporaryDirectory(prefix="bench-smoke-") as name:
            yield Path(name)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    yield options.out


@contextmanager
def _progress(console: Console) -> Iterator[orders.Progress]:
    """A bar on a terminal; elsewhere a line per measurement."""
    if not console.is_terminal:
        seen = ""

        def line(share: float, note: str) -> None:
            nonlocal seen
            name = note.partition(":")[0]
            if name != seen:
                seen = name
                console.print(f"{share:4.0%} {name}")

        yield line
        return
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, note: bar.update(task, completed=share, description=note)


def _show(
    console: Console, plan: bench.Plan, summaries: Sequence[Summary], troubles: Sequence[str]
) -> None:
    console.print(main_table(summaries, plan.servers[0].name))
    more = more_table(summaries, plan.servers[0].name)
    if more is not None:
        console.print(more)
    verdicts = judge(summaries)
    if verdicts and not plan.few:
        console.print(targets_table(verdicts))
    if not troubles:
        console.print("Every delivery arrived.")


_NONE_OF = (
    ("logins_per_second", "nobody logged in"),
    ("answers_per_second", "nobody was answered"),
    ("lines_per_answer", "the answers were empty"),
)
"""What is at fault when a figure of ours is nothing."""


def _smoke_faults(
    plan: bench.Plan, path: Path, plots: Sequence[Path], summaries: Sequence[Summary]
) -> list[str]:
    """What a smoke run finds missing beside lost deliveries."""
    faults = []
    written = json.loads(path.read_text())["rows"]
    if len(written) != len(summaries):
        faults.append(f"{path.name} has {len(written)} rows and not {len(summaries)}")
    for summary in summaries:
        if summary.values["deliveries_per_second"] <= 0:
            faults.append(f"{summary.row} on {summary.server}: nothing was delivered")
        if summary.server.startswith(ours().name):
            faults += [
                f"{summary.row} on {summary.server}: {words}"
                for name, words in _NONE_OF
                if not summary.values.get(name, 1)
            ]
    rows = {summary.row for summary in summaries}
    for shape in plan.shapes:
        if not any(row.partition("@")[0] == shape for row in rows):
            faults.append(f"{shape} gave no figures")
    if len(plots) != len(rows) + 1 or not all(plot.stat().st_size for plot in plots):
        faults.append("plots are missing")
    return faults
