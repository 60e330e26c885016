"""The power of the simulation: how soon it finds each of the planted bugs, as a table.

Laws:

* It is not told what to look for: the plans are those that `explore` would run, from seed 0 on.
* Seconds are those of the processor: of one core, whatever else a machine does.
* A bug counts as found only if the same plan is clean without it.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import run_plan

from .planted import BUGS, planted

SECONDS = 60.0
"""Within which every bug should be found."""


@dataclass(frozen=True, slots=True)
class Search:
    """What has come of looking for a bug."""

    bug: str
    rule: str
    """The kind of the failure that has shown it; empty if it was not found."""
    seed: int
    """That has shown it, or was the last."""
    seeds: int
    """How many were run."""
    seconds: float
    text: str = ""
    """What the failure says."""


def look_for(bug: str, seconds: float = SECONDS, start: int = 0) -> Search:
    """Run one seed after the other from `start` on, until a bug is found or the time is over."""
    began = time.process_time()
    for count in itertools.count(1):
        plan = Plan.draw(start + count - 1)
        with planted(bug):
            failure = run_plan(plan).failure
        took = time.process_time() - began
        if failure is not None and run_plan(plan).failure is None:
            return Search(bug, failure.kind, plan.seed, count, took, failure.text)
        if took > seconds:
            break
    return Search(bug, "", plan.seed, count, took)


def look_for_all(
    bugs: Iterable[str], seconds: float = SECONDS, start: int = 0, jobs: int | None = None
) -> Iterator[Search]:
    """The same for several bugs, each by a process of its own; in their order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=context) as pool:
        searches = [pool.submit(look_for, bug, seconds, start) for bug in bugs]
        for each in searches:
            yield each.result()


HEAD = f"{'bug':22} {'found by':30} {'seeds':>6} {'seconds':>8}"


def row(search: Search) -> str:
    return f"{search.bug:22} {search.rule or 'not found':30} {search.seeds:6} {search.seconds:8.1f}"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Print the table; the exit code tells whether all were found."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.power", description=__doc__)
    parser.add_argument("bugs", nargs="*", choices=[[], *BUGS], help="all, if none is named")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each bug, of a core")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, help="bugs looked for at once; a core each")
    parser.add_argument("--verbose", action="store_true", help="say what has shown each bug")
    wanted = parser.parse_args(arguments)
    say(HEAD)
    missed = 0
    bugs = wanted.bugs or list(BUGS)
    for search in look_for_all(bugs, wanted.seconds, wanted.start, wanted.jobs):
        say(row(search))
        if wanted.verbose and search.rule:
            say(f"    seed {search.seed}: {search.text}")
        missed += not search.rule
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
