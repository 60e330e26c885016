"""The examples of docs/simulation.md in which many seeds are run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.harness.sim.test_docs_simulation import BOT, block_with
from tests.harness.test_plugin import project
from trio_chat.testing.oracle.invariants import INVARIANTS

__all__ = ["project"]

pytestmark = pytest.mark.explored


@pytest.fixture(autouse=True)
def _the_rule_is_for_its_own_test_alone() -> Iterator[None]:
    before = dict(INVARIANTS)
    yield
    INVARIANTS.clear()
    INVARIANTS.update(before)


@pytest.fixture
def bot(project: pytest.Pytester) -> str:
    """The bot with its mistake, in a project of its author."""
    project.makeini("[pytest]\nfilterwarnings = error")
    source = block_with(BOT)
    project.makepyfile(mug_bot=source)
    return source


def test_the_race_is_found_and_replayed_and_mended(project: pytest.Pytester, bot: str) -> None:
    project.makepyfile(test_mug_bot=block_with("is_lent_twice"))
    found = project.runpytest_inprocess()
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert '1' != '1'*",
            "AssertionError at *: assert '1' != '1'",
            "seed      *",
            "knobs     *latency=0.3*",
            "  pytest test_mug_bot.py::test_no_mug_is_lent_twice --sim-seed *",
        ]
    )
    told = re.search(r"--sim-seed \d+", found.stdout.str())
    assert told is not None
    again = project.runpytest_inprocess(*told[0].split())
    again.assert_outcomes(failed=1)
    mended = block_with("owners[mug] = nick\n    await chat.say")
    start, end = bot.index("async def lend"), bot.index("\n\n\nif __name__")
    project.makepyfile(mug_bot=bot[:start] + mended.rstrip() + bot[end:])
    project.runpytest_inprocess("--sim-seeds=20").assert_outcomes(passed=1)


def test_the_race_is_found_by_a_rule_too(project: pytest.Pytester, bot: str) -> None:
    project.makepyfile(test_mug_bot=block_with("@invariant"))
    found = project.runpytest_inprocess()
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["no mug has two owners at *: * and * are told: * is yours"])
