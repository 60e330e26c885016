"""Faults: each befalls a chat that nobody is in, and is undone."""

from __future__ import annotations

from random import Random

import pytest
import trio

from trio_chat.testing import Violated
from trio_chat.testing.sim.deeds import Stage
from trio_chat.testing.sim.faults import FAULTS, VERBS
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import Body, run_plan
from trio_chat.testing.sim.simulation import Sim

QUIET = Knobs(disk="disk")


def by_hand(body: Body, knobs: Knobs = QUIET) -> str:
    """What is wrong of a test by hand; empty if nothing is."""
    failure = run_plan(Plan.draw(1, knobs, hosts=("program",)), body).failure
    return "" if failure is None else str(failure)


def test_every_step_of_a_fault_can_be_done() -> None:
    stage = Stage.of(Knobs())
    for fault in FAULTS.values():
        for seed in range(20):
            for _, who, what, _ in fault.draw(Random(seed), stage):
                assert (who, what) in VERBS


def test_all_of_them_together_leave_nothing_behind() -> None:
    async def body(sim: Sim) -> None:
        await trio.sleep(sim.knobs.seconds)

    knobs = Knobs(seconds=10.0, disk="disk", faults=tuple(FAULTS))
    assert by_hand(body, knobs) == ""


def test_what_a_plan_has_lost_the_beginning_of_does_nothing() -> None:
    async def body(sim: Sim) -> None:
        sim.heal("program")
        sim.reset("program")
        sim.half_open("program")
        await sim.start_server()
        sim.kill_server()
        sim.kill_server()
        sim.lose_power()
        await sim.stop_server()
        sim.crash_connection()
        await sim.settle()

    assert by_hand(body) == ""


async def complain(sim: Sim) -> None:
    """A server that has a bug."""
    (alice,) = await sim.users("alice")
    sim.server.world.users.clear()
    await alice.send("PING x")


def test_a_server_that_contradicts_itself_is_found() -> None:
    assert by_hand(complain).startswith(Violated.__name__)


@pytest.mark.parametrize(("durability", "keeps"), [("disk", True), ("os", False)])
def test_a_loss_of_power_costs_what_was_not_to_be_on_the_disk(durability: str, keeps: bool) -> None:
    async def body(sim: Sim) -> None:
        assert sim.keeps_its_word
        sim.lose_power()
        assert sim.keeps_its_word is keeps
        await sim.settle()

    knobs = Knobs(disk="disk", durability="disk" if durability == "disk" else "os")
    assert by_hand(body, knobs) == ""
