"""Shrinking, of plans whose runs are made up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan, Step
from trio_chat.testing.sim.run import Failure, Outcome
from trio_chat.testing.sim.shrink import SIMPLEST, Shrunk, shrink

ODD = Knobs(
    users=5,
    policy="pct",
    latency=0.3,
    quantum=0.1,
    sendq=9 * 1024,
    constants={"BATCH_WORK": 1, "FLUSH_SLICE": 2},
)


def plan_of(count: int, knobs: Knobs = ODD) -> Plan:
    """A plan of so many steps, of five users in turn, over the whole time."""
    steps = tuple(
        Step(round(30 * number / count, 2), f"u{number % 5}", "say", (f"#{number}",))
        for number in range(count)
    )
    return Plan(7, knobs, steps)


def outcome(plan: Plan, kind: str | None) -> Outcome:
    failure = None if kind is None else Failure(kind, "text", 1.0)
    return Outcome(plan, failure, (), "", "", 0.2, 30.0)


class Runs:
    """Stands for running plans: they fail if what is needed for it is in them."""

    def __init__(self, fails: Callable[[Plan], bool], kind: str = "order") -> None:
        self.plans: list[Plan] = []
        self._fails = fails
        self._kind = kind

    def __call__(self, plan: Plan) -> Outcome:
        self.plans.append(plan)
        return outcome(plan, self._kind if self._fails(plan) else None)


def shrunk(run: Runs, plan: Plan, *, runs: int = 300, seconds: float = 60) -> Shrunk:
    return shrink(outcome(plan, "order"), run, runs=runs, seconds=seconds)


def said(plan: Plan) -> list[object]:
    return [step.args[0] for step in plan.steps]


def needing(*texts: str) -> Callable[[Plan], bool]:
    return lambda plan: set(texts) <= set(said(plan))


def test_what_is_not_needed_is_left_out() -> None:
    runs = Runs(needing("#31", "#97", "#98", "#271"))
    found = shrunk(runs, plan_of(300))
    assert said(found.plan) == ["#31", "#97", "#98", "#271"]
    assert found.note == ""
    assert found.runs + 1 == len(runs.plans) <= 130


def test_a_failure_that_needs_no_step_has_none() -> None:
    assert shrunk(Runs(lambda plan: True), plan_of(50)).plan.steps == ()


def test_what_is_not_as_usual_is_as_usual_in_the_end() -> None:
    found = shrunk(Runs(needing("#3")), plan_of(20))
    assert found.plan.knobs == replace(SIMPLEST, users=4, seconds=found.plan.steps[-1].at)


def test_but_for_what_it_takes() -> None:
    def fails(plan: Plan) -> bool:
        is_slow = plan.knobs.latency == 0.3 and plan.knobs.constants.get("FLUSH_SLICE") == 2
        return is_slow and needing("#3", "#10")(plan) and plan.knobs.seconds > 20

    found = shrunk(Runs(fails), plan_of(20))
    knobs = found.plan.knobs
    assert said(found.plan) == ["#3", "#10"]
    wanted = replace(SIMPLEST, users=4, latency=0.3, constants={"FLUSH_SLICE": 2})
    assert knobs == replace(wanted, seconds=knobs.seconds)
    assert 20 < knobs.seconds < 24


def test_people_and_time_of_a_test_by_hand_are_its_own() -> None:
    plan = plan_of(20)
    found = shrink(outcome(plan, "order"), Runs(needing("#3")), is_by_hand=True)
    assert said(found.plan) == ["#3"]
    assert found.plan.knobs == replace(SIMPLEST, users=plan.knobs.users)


def test_it_fails_by_the_same_rule() -> None:
    def run(plan: Plan) -> Outcome:
        return outcome(plan, "order" if "#5" in said(plan) else "ghost")

    found = shrink(outcome(plan_of(10), "order"), run)
    assert said(found.plan) == ["#5"]
    assert found.outcome.failure is not None
    assert found.outcome.failure.kind == "order"


def test_steps_that_can_only_go_together_go() -> None:
    """Which halves do not find where they stand far apart."""
    pairs = [("#3", "#16")]

    def fails(plan: Plan) -> bool:
        there = set(said(plan))
        return "#9" in there and all((one in there) == (two in there) for one, two in pairs)

    assert said(shrunk(Runs(fails), plan_of(20)).plan) == ["#9"]


def test_the_same_plan_is_shrunk_the_same_way() -> None:
    first, second = (Runs(needing("#3", "#40", "#41")) for _ in range(2))
    shrunk(first, plan_of(60))
    shrunk(second, plan_of(60))
    assert first.plans == second.plans


def test_it_ends_after_so_many_runs() -> None:
    run = Runs(needing("#3", "#77"))
    found = shrunk(run, plan_of(100), runs=12)
    assert len(run.plans) == 13
    assert 2 < len(found.plan.steps) < 100
    assert found.note == "the search was ended after 12 runs"


def test_it_ends_after_so_many_seconds() -> None:
    run = Runs(needing("#3"))
    found = shrunk(run, plan_of(100), seconds=0)
    assert found.plan == plan_of(100)
    assert len(run.plans) == 2
    assert found.note == "the search was ended after 1 runs"


def test_without_hypothesis_the_halves_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    found = shrunk(Runs(needing("#3", "#77")), plan_of(100))
    assert said(found.plan) == ["#3", "#77"]
    assert found.plan.knobs == replace(SIMPLEST, users=ODD.users)
    assert found.note == "Hypothesis is not installed, which would have made it shorter still"


def test_what_does_not_fail_again_is_left_as_it_is() -> None:
    found = shrunk(Runs(lambda plan: False), plan_of(10))
    assert found.plan == plan_of(10)
    assert found.note == "it did not fail when it was run again: see `sim doctor`"


def test_what_fails_only_sometimes_is_left_as_it_was() -> None:
    runs = Runs(lambda plan: not runs.plans.count(plan) > 1)
    found = shrunk(runs, plan_of(10))
    assert found.plan == plan_of(10)
    assert found.note == "shorter plans do not always fail: see `sim doctor`"


def test_what_has_not_failed_is_not_shrunk() -> None:
    plan = replace(plan_of(3), seed=8)
    with pytest.raises(ValueError, match="nothing to shrink"):
        shrink(outcome(plan, None), Runs(lambda plan: True))
