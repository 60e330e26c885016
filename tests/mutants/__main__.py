"""Try a sample of all mutants of the core, and print which of them nobody noticed.

    nox -s mutants -- [--sample N] [--seed S] [--no-sim] [PATH ...]

A mutant is the core with one small change. It is killed if a test that calls what was changed
fails, or takes so long that it must go in circles, or if one of a few simulated chats is not sound.
Those that survive are printed with their change: for each a test is missing, or it changes nothing.

To try all there are is a day's work. A sample is drawn by the seed, all mutants alike; the larger,
the better is known what part of all would be killed (4 in 100 either way, for 400 and 80%). What
became of a mutant is kept in `.mutants/`, and it is not tried again until the core or its tests
change.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from functools import partial
from pathlib import Path

from .making import changes
from .mutant import Fate, Mutant
from .report import report
from .trying import import_beforehand, try_by_seeds, try_by_tests

SAMPLE = 300

CORE = Path("trio_chat/core")

FOUND = Path(".mutants")
WATCHED = FOUND / "watched.json"
SEEDS = FOUND / "seeds.json"
RESULTS = FOUND / "results.jsonl"
LOG = FOUND / "last.log"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files of the core")
    parser.add_argument("--sample", type=int, default=SAMPLE, help=f"how many: {SAMPLE}")
    parser.add_argument("--seed", type=int, default=1, help="another one, another sample: 1")
    parser.add_argument("--no-sim", action="store_true", help="by the tests alone")
    given = parser.parse_args(arguments)

    FOUND.mkdir(exist_ok=True)
    if not _is_up_to_date():
        for known in (WATCHED, SEEDS, RESULTS):
            known.unlink(missing_ok=True)
    drawn, total = _draw(given.paths or sorted(CORE.rglob("*.py")), given.sample, given.seed)
    print(f"{len(drawn)} of {total} changes", flush=True)
    import_beforehand()
    fates = _tried(drawn, simulates=not given.no_sim)
    print(report({mutant: fates[mutant.name] for mutant in drawn}))
    return 0


def _draw(paths: list[Path], size: int, seed: int) -> tuple[list[Mutant], int]:
    """So many mutants, drawn from all changes there can be, and how many those are."""
    every = [change for path in paths for change in changes(path)]
    random.Random(seed).shuffle(every)
    drawn: list[Mutant] = []
    for change in every:
        if len(drawn) == size:
            break
        mutant = change.make()
        if mutant is not None:
            drawn.append(mutant)
    return drawn, len(every)


def _tried(drawn: list[Mutant], *, simulates: bool) -> dict[str, Fate]:
    """What became of mutants, each by its name."""
    known = _known()

    def told(mutant: Mutant, fate: Fate, by: str = "tests") -> None:
        with RESULTS.open("a") as results:
            results.write(f"{json.dumps([mutant.name, by, fate.value])}\n")
        print(f"{fate.value:9} {mutant.path}:{mutant.line}", flush=True)

    try_by_tests([each for each in drawn if (each.name, "tests") not in known], WATCHED, LOG, told)
    known = _known()  # most of it was told in another process
    if simulates:
        left = [each for each in drawn if known[each.name, "tests"] is Fate.SURVIVED]
        left = [each for each in left if (each.name, "seeds") not in known]
        try_by_seeds(left, SEEDS, LOG, partial(told, by="seeds"))
        known = _known()
    return {each.name: known.get((each.name, "seeds"), known[each.name, "tests"]) for each in drawn}


def _known() -> dict[tuple[str, str], Fate]:
    """What became of mutants, by name and by whom they were tried."""
    if not RESULTS.exists():
        return {}
    found = map(json.loads, RESULTS.read_text().splitlines())
    return {(name, by): Fate(fate) for name, by, fate in found}


def _is_up_to_date() -> bool:
    """Whether what is known was found out since the core or its tests were changed last."""
    if not WATCHED.exists():
        return False
    files = [path for top in (CORE, Path("tests/core")) for path in top.rglob("*.py")]
    return max(path.stat().st_mtime for path in files) < WATCHED.stat().st_mtime


if __name__ == "__main__":
    sys.exit(main())
