"""Runs: one plan, one outcome."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trio

from trio_chat.testing import Finding, Journal, said
from trio_chat.testing.oracle import rules
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import run_plan
from trio_chat.testing.sim.simulation import Sim

SMALL = Knobs(users=2, seconds=5.0, accounts=1, rooms=1)


def test_a_plan_has_one_outcome() -> None:
    plan = Plan.draw(5, SMALL)
    one, other = run_plan(plan, keep_trace=True), run_plan(plan, keep_trace=True)
    assert one.failure is None
    assert one.events == other.events
    assert (one.digest, one.unseed) == (other.digest, other.unseed)
    assert run_plan(Plan.draw(6, SMALL)).digest != one.digest


def test_a_test_by_hand_takes_the_place_of_the_users() -> None:
    async def body(sim: Sim) -> None:
        alice, bob = await sim.users("alice", "bob", room="#tea")
        await alice.say("#tea", "hi")
        await bob.expect(said("hi", by="alice"))
        seen.append(sim.runtime.now())

    seen: list[float] = []
    assert run_plan(Plan.draw(1, SMALL, hosts=()), body).failure is None
    assert 0 < seen[0] < 5


def test_what_a_test_raises_is_a_failure_of_that_kind() -> None:
    async def body(sim: Sim) -> None:
        await trio.sleep(3)
        raise LookupError("there is no tea")

    outcome = run_plan(Plan.draw(1, SMALL, hosts=()), body)
    assert outcome.failure is not None
    assert str(outcome.failure) == "LookupError at 3.00 s: there is no tea"


def test_what_happened_is_shown_until_it_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_says_hi(journal: Journal) -> Iterator[Finding]:
        for event in journal:
            if event.message is not None and event.message.params[-1:] == ("hi",):
                yield Finding("nobody says hi", "it was said", event.at)

    async def body(sim: Sim) -> None:
        (alice,) = await sim.users("alice", room="#tea")
        await alice.say("#tea", "hi")
        await trio.sleep(9)

    plan = Plan.draw(1, SMALL, hosts=())
    monkeypatch.setattr(rules, "INVARIANTS", {"nobody says hi": nobody_says_hi})
    outcome = run_plan(plan, body)
    assert outcome.failure is not None
    assert outcome.failure.kind == "nobody says hi"
    assert outcome.events[-1].endswith("guest1: > PRIVMSG #tea hi")


def test_the_server_may_be_killed_and_started_again() -> None:
    async def body(sim: Sim) -> None:
        (alice,) = await sim.users("alice", room="#tea")
        sim.kill_server()
        await alice.expect_end()
        await sim.start_server()
        await sim.users("alice", room="#tea")

    knobs = Knobs(disk="disk")
    assert run_plan(Plan.draw(1, knobs, hosts=()), body).failure is None
