"""The company of a plan: its rooms are prepared, its actors do what it says, its faults befall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import trio

from trio_chat.testing.patterns import Pattern, numeric
from trio_chat.testing.sim.actors import PASSWORD, Actor
from trio_chat.testing.sim.deeds import DEEDS, FOUNDER, REGISTERED, Stage
from trio_chat.testing.sim.faults import befall
from trio_chat.testing.sim.plan import Plan, Step
from trio_chat.testing.sim.simulation import Sim


async def prepare(sim: Sim) -> None:
    """Have the accounts of the plan made and its rooms registered, by who comes and goes."""
    stage = Stage.of(sim.knobs)
    for account in stage.accounts:
        user = await sim.user(account)
        await user.send(f"NS REGISTER {PASSWORD}")
        await user.expect(numeric("900"))
        await user.quit()
    founder = await sim.user(FOUNDER)
    await founder.send(f"NS REGISTER {PASSWORD}")
    await founder.expect(numeric("900"))
    for room in stage.rooms[:REGISTERED]:
        await founder.join(room)
        await founder.send(f"CS REGISTER {room}")
        await founder.expect(Pattern("MODE", (room, "+q")))
    await founder.quit()


async def act(sim: Sim, plan: Plan, start: float) -> list[Actor]:
    """Have the actors do what the plan says, at its times counted from `start`; who they are."""
    lives: dict[str, list[Step]] = defaultdict(list)
    for step in plan.steps:
        lives[step.who].append(step)
    company: dict[str, Actor] = {}
    for name in Stage.of(plan.knobs).users:
        company[name] = Actor(name, sim.dial, sim.programs, sim.journal, company)
    async with trio.open_nursery() as nursery:
        for name, actor in company.items():
            nursery.start_soon(_live, actor, lives[name], start, name=f"the life of {name}")
    await trio.sleep_until(start + plan.knobs.seconds)
    return list(company.values())


async def _live(actor: Actor, steps: Sequence[Step], start: float) -> None:
    for step in steps:
        await trio.sleep_until(start + step.at)
        await DEEDS[step.what].be_done(actor, step.args)


async def trouble(
    sim: Sim, plan: Plan, start: float, nursery: trio.Nursery, scope: trio.CancelScope
) -> None:
    """Have the faults of the plan befall, each at its time, until the scope is cancelled.

    Each has a task of its own in the nursery: one may come while another, a server's stop, is not
    over yet, and that is seen to its end.
    """
    users = Stage.of(plan.knobs).users
    with scope:
        for step in plan.steps:
            if step.who not in users:
                await trio.sleep_until(start + step.at)
                nursery.start_soon(befall, sim, step.who, step.what, step.args)
