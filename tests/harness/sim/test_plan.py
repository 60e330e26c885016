"""Plans: drawn by a seed, kept as JSON, cut down step by step."""

from __future__ import annotations

import msgspec
import pytest

from trio_chat.testing.sim.deeds import DEEDS
from trio_chat.testing.sim.faults import FAULTS
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan


def test_a_seed_has_one_plan() -> None:
    assert Plan.draw(7) == Plan.draw(7)
    assert Plan.draw(7) != Plan.draw(8)


def test_a_plan_survives_being_kept() -> None:
    for seed in range(20):
        plan = Plan.draw(seed)
        assert Plan.from_json(plan.to_json()) == plan


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        Plan.from_json('{"seed": 1, "knobs": {"users": "many"}, "steps": []}')


def test_what_nobody_can_do_is_refused() -> None:
    steps = '[{"at": 1, "who": "u0", "what": "juggle"}]'
    with pytest.raises(msgspec.ValidationError, match=r"there is no such step: +1\.00 u0 juggle"):
        Plan.from_json(f'{{"seed": 1, "knobs": {{}}, "steps": {steps}}}')


def test_a_part_of_a_plan_has_those_steps_as_they_were() -> None:
    plan = Plan.draw(1)
    kept = plan.kept(number % 3 == 0 for number in range(len(plan.steps)))
    assert kept.steps == plan.steps[::3]
    assert (kept.seed, kept.knobs) == (plan.seed, plan.knobs)


def test_steps_are_in_order_of_their_time() -> None:
    for seed in range(20):
        times = [step.at for step in Plan.draw(seed).steps]
        assert times == sorted(times)


def test_what_one_user_does_depends_on_nobody_else() -> None:
    few, many = (Plan.draw(3, Knobs(users=users, faults=())) for users in (8, 12))
    of_both = [step for step in many.steps if step.who == "u2"]
    assert [step.what for step in few.steps if step.who == "u2"] == [it.what for it in of_both]


def test_faults_leave_what_users_do_as_it_is() -> None:
    quiet, rough = (Plan.draw(3, Knobs(faults=faults)) for faults in ((), tuple(FAULTS)))
    assert [step for step in rough.steps if step.who in ("u0", "u1")] == [
        step for step in quiet.steps if step.who in ("u0", "u1")
    ]
    assert len(rough.steps) > len(quiet.steps)


def test_all_kinds_of_deeds_and_faults_are_drawn() -> None:
    plans = [Plan.draw(seed) for seed in range(60)]
    assert {step.what for plan in plans for step in plan.steps if step.who[0] == "u"} == set(DEEDS)
    assert {kind for plan in plans for kind in plan.knobs.faults} == set(FAULTS)


def test_a_test_by_hand_has_faults_on_its_hosts_alone() -> None:
    plan = Plan.draw(1, Knobs(faults=("partition", "reset")), hosts=("program",))
    assert {step.who for step in plan.steps} == {"network"}
    assert {step.args[0] for step in plan.steps} == {"program"}


def test_a_step_is_one_line_to_read() -> None:
    step = Plan.draw(1).steps[0]
    assert str(step).split()[:3] == [f"{step.at:.2f}", step.who, step.what]
