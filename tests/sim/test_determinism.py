"""A seed is a chat, the same to the byte in every process.

Each process has other hashes of strings, and every address another. `TRIO_CHAT_PYTHONS` names other
Pythons that are to be tried as well, each with what trio-chat needs installed, as PATH does;
`TRIO_CHAT_SEEDS` is how many seeds are, if not 100.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.explored

SEEDS = int(os.environ.get("TRIO_CHAT_SEEDS", "100"))
PROCESSES = 3
PYTHONS = [sys.executable, *filter(None, os.environ.get("TRIO_CHAT_PYTHONS", "").split(os.pathsep))]

RUN = """
import sys
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import run_plan
for seed in range(int(sys.argv[1])):
    outcome = run_plan(Plan.draw(seed))
    print(seed, outcome.digest, outcome.unseed, repr(outcome.failure), sep="\\t")
"""


@pytest.mark.parametrize("python", PYTHONS)
def test_in_fresh_processes_every_seed_is_the_same_chat(python: str) -> None:
    processes = [
        subprocess.Popen(
            [python, "-c", RUN, str(SEEDS)],
            env={**os.environ, "PYTHONHASHSEED": "random", "PYTHONPATH": _path(python)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    found = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert len(found[0]) == SEEDS
    differing = [
        (seed, *lines) for seed, lines in enumerate(zip(*found, strict=True)) if len(set(lines)) > 1
    ]
    assert not differing, "see `trio-chat sim doctor SEED`"
    # And each is another.
    assert len({line.split("\t")[2] for line in found[0]}) == SEEDS


def _path(python: str) -> str:
    """Where modules are found: another Python has its own of all that is not ours."""
    return os.pathsep.join(sys.path if python == sys.executable else [os.getcwd()])
