"""Tests marked `sim`, as the project of a bot's author has them.

Many of them go into one project: what takes its time is pytest.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trio_chat.testing.sim import marked
from trio_chat.testing.sim.plan import Plan

from ..test_plugin import project

__all__ = ["project"]

HEAD = """
import pytest
import trio
from trio_chat.testing import joined, said

seen = []
"""


def run(project: pytest.Pytester, test: str, *options: str, mode: str = "true") -> pytest.RunResult:
    project.makeini(f"[pytest]\ntrio_mode = {mode}\nfilterwarnings = error\naddopts = -rA")
    project.makepyfile(test_it=HEAD + test)
    return project.runpytest_inprocess("--strict-markers", *options)


TALK = """
@pytest.mark.sim(seeds=2)
async def test_talk(sim):
    seen.append(sim.plan.seed)
    alice, bob = await sim.users("alice", "bob", room="#tea")
    await alice.say("#tea", "hello")
    await bob.expect(said("hello", by="alice"))

def test_talk_was_under_each_seed(pytestconfig):
    assert seen == [0, 1]
"""

HOLDS = """
@pytest.fixture
def name(request):
    return request.param.upper()

@pytest.mark.parametrize("word", ["a", "b"])
@pytest.mark.parametrize("name", ["c"], indirect=True)
@pytest.mark.sim(seeds=1)
async def test_fixtures(name, sim, word, tmp_path):
    seen.append((name, word, tmp_path.is_dir(), sim.plan.seed))

class TestMethod:
    @pytest.mark.sim(seeds=1)
    async def test_it(self, sim):
        assert seen == [("C", "a", True, 0), ("C", "b", True, 0)]

@pytest.mark.sim(seed=5)
async def test_one(sim):
    assert sim.plan.seed == 5

@pytest.mark.sim(seeds=2, knobs={"latency": 0.25, "sendq": 9216}, faults=("kill",), hosts=("x",))
async def test_knobs(sim):
    assert (sim.knobs.latency, sim.knobs.sendq, sim.knobs.burst) == (0.25, 9216, 100)
    assert {step.who for step in sim.plan.steps} <= {"server"}
    seen.append(sim.knobs)

def test_other_knobs_were_drawn():
    assert seen[-1] != seen[-2]

@pytest.mark.sim(seeds=1000, minutes=0)
async def test_no_time(sim):
    raise AssertionError("no seed is begun when time is up")

@pytest.mark.sim(seeds=2)
async def test_skipped(sim):
    pytest.skip("not today")

@pytest.mark.xfail(reason="known")
@pytest.mark.sim(seeds=1)
async def test_known(sim):
    pytest.fail("as it is known to")
"""


@pytest.mark.parametrize("mode", ["true", "false"])
def test_it_is_one_test_that_is_run_under_each_seed(project: pytest.Pytester, mode: str) -> None:
    run(project, TALK, mode=mode).assert_outcomes(passed=2)


def test_it_is_given_what_it_wants(project: pytest.Pytester) -> None:
    run(project, HOLDS).assert_outcomes(passed=7, skipped=1, xfailed=1)


@pytest.mark.parametrize(
    ("options", "seeds"), [(["--sim-seeds", "2"], [0, 1]), (["--sim-seed", "7"], [7])]
)
def test_the_command_line_says_which_seeds(
    project: pytest.Pytester, options: list[str], seeds: list[int]
) -> None:
    test = f"""
@pytest.mark.sim(seeds=3)
async def test_it(sim):
    seen.append(sim.plan.seed)

def test_these():
    assert seen == {seeds}
"""
    run(project, test, *options).assert_outcomes(passed=2)


FAILS = """
@pytest.mark.sim(seeds=9, faults=["reset"])
async def test_it(sim):
    seen.append(sim.plan.seed)
    await trio.sleep(5)
    assert sim.plan.seed != 1, "one is wrong"

def test_there_was_no_seed_after_it():
    assert set(seen) <= {0, 1}

@pytest.mark.sim(seeds=1)
async def test_program(sim):
    async def bot():
        await trio.sleep(1)
        raise RuntimeError("the bot is broken")
    sim.run(bot)
    await trio.sleep(2)
"""


def test_the_first_failure_is_shown_and_kept(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked, "SECONDS", 0.0)  # shrinking is tested by itself
    result = run(project, FAILS)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            ">       assert sim.plan.seed != 1, *",
            "E       AssertionError: one is wrong*",
            "*- simulation -*",
            "AssertionError at 5.* s: one is wrong*",
            "seed      1",
            "plan      * steps, found in 1 runs *",
            "versions  trio-chat *, trio *, CPython 3.*, SQLite 3.*, Hypothesis *",
            "To see it again:",
            "  pytest test_it.py::test_it --sim-seed 1",
            "  pytest test_it.py::test_it --sim-plan *.json",
            "RuntimeError at 1.* s: the bot is broken",
        ]
    )
    found = re.search(r"--sim-plan (\S+)", result.stdout.str())
    assert found is not None
    plan = Plan.from_json(Path(found[1]).read_bytes())
    assert plan.seed == 1
    assert {step.what for step in plan.steps} == {"reset"}
    again = project.runpytest_inprocess("test_it.py::test_it", "--sim-plan", found[1])
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines([f"plan      {len(plan.steps)} of {len(plan.steps)} steps, *"])


def test_what_does_not_go_is_said(project: pytest.Pytester) -> None:
    test = """
@pytest.mark.sim(seed_s=1)
async def test_1(sim): ...

@pytest.mark.sim(5)
async def test_2(sim): ...

@pytest.mark.sim(faults=["flu"])
async def test_3(sim): ...

@pytest.mark.sim(knobs={"x": 1})
async def test_4(sim): ...

@pytest.mark.sim()
def test_5(sim): ...

async def test_6(sim): ...

@pytest.mark.sim()
async def test_7(sim, chat): ...

@pytest.mark.sim()
async def test_8(sim, nursery): ...
"""
    result = run(project, test)
    result.assert_outcomes(failed=6, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "the mark sim: there is no argument 'seed_s', but: seeds, *",
            "the mark sim: it takes its arguments by name: seeds, *",
            "the mark sim: there is no fault 'flu', but: partition, *",
            "the mark sim: there is no knob 'x', but: users, *",
            "it is marked `sim` but is not async",
            "`sim` is for tests marked `@pytest.mark.sim*",
            "the fixture `chat` is async, *",
            "the fixture `nursery` is one for pytest-trio*",
        ]
    )


def test_somebody_elses_fixture_is_left_alone(project: pytest.Pytester) -> None:
    test = """
@pytest.fixture
def sim():
    return "mine"

def test_it(sim):
    assert sim == "mine"

async def test_async(sim):
    await trio.sleep(0)
"""
    run(project, test).assert_outcomes(passed=2)
