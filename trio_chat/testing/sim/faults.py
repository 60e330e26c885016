"""Faults: what befalls a simulated chat, how each kind is drawn, and what a step of it does.

Laws:

* Every fault has an end, in the plan or at the end of the run, when all of them are undone.
* A step that finds nothing to befall does nothing: a plan may have lost the step before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trio_chat.testing.sim.deeds import Stage
    from trio_chat.testing.sim.simulation import Sim

OPERATIONS = (1, 2, 3, 8, 20, 60, 150)
"""Of a disk, before something happens at one: a message takes some 5, a start 30, filing 100."""

Drawn = tuple[float, str, str, tuple[Any, ...]]
"""Seconds after the fault, who, what, and with what."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: `rarity` times as seldom as the most common; its steps are drawn."""

    rarity: float
    draw: Callable[[Random, Stage], list[Drawn]]


def _partition(random: Random, stage: Stage) -> list[Drawn]:
    user = random.choice(stage.users)
    length = random.choice((0.3, 2.0, 8.0, 25.0))
    return [(0.0, "network", "cut", (user,)), (length, "network", "heal", (user,))]


def _isolation(random: Random, stage: Stage) -> list[Drawn]:
    length = random.choice((0.3, 2.0, 8.0))
    return [
        *((0.0, "network", "cut", (user,)) for user in stage.users),
        *((length, "network", "heal", (user,)) for user in stage.users),
    ]


def _slowness(random: Random, stage: Stage) -> list[Drawn]:
    user = random.choice(stage.users)
    length = random.choice((2.0, 8.0))
    slow = random.choice((0.5, 3.0))
    return [(0.0, "network", "slow", (user, slow)), (length, "network", "usual", (user,))]


def _of_network(what: str) -> Callable[[Random, Stage], list[Drawn]]:
    return lambda random, stage: [(0.0, "network", what, (random.choice(stage.users),))]


def _outage(how: str) -> Callable[[Random, Stage], list[Drawn]]:
    def draw(random: Random, stage: Stage) -> list[Drawn]:
        length = random.choice((0.05, 1.0, 5.0))
        return [(0.0, "server", how, ()), (length, "server", "start", ())]

    return draw


def _death_at_disk(random: Random, stage: Stage) -> list[Drawn]:
    length = random.choice((0.05, 1.0, 5.0))
    how = random.choice(("killed", "without power"))
    return [
        (0.0, "server", "die", (random.choice(OPERATIONS), how)),
        (length, "server", "start", ()),
        (6.0, "server", "start", ()),  # it may have died while it started
    ]


def _crash(random: Random, stage: Stage) -> list[Drawn]:
    return [(0.0, "server", random.choice(("crash", "crash task")), ())]


def _full(random: Random, stage: Stage) -> list[Drawn]:
    length = random.choice((0.5, 3.0, 10.0))
    return [(0.0, "disk", "fill", ()), (length, "disk", "empty", ())]


def _failing(random: Random, stage: Stage) -> list[Drawn]:
    length = random.choice((1.0, 5.0))
    chance = random.choice((0.05, 0.5, 1.0))
    return [(0.0, "disk", "fail", (chance,)), (length, "disk", "mend", ())]


def _one_failure(random: Random, stage: Stage) -> list[Drawn]:
    return [(0.0, "disk", "fail once", (random.choice(OPERATIONS),))]


def _slow_disk(random: Random, stage: Stage) -> list[Drawn]:
    length = random.choice((1.0, 5.0))
    seconds = random.choice((0.2, 2.0))
    return [(0.0, "disk", "slow", (seconds,)), (length, "disk", "usual", ())]


def _clock(random: Random, stage: Stage) -> list[Drawn]:
    return [(0.0, "clock", "jump", (random.choice((-3600.0, -5.0, -0.2, 0.3, 60.0, 86400.0)),))]


FAULTS: Mapping[str, Fault] = {
    "partition": Fault(1.0, _partition),
    "isolation": Fault(3.0, _isolation),
    "slowness": Fault(2.0, _slowness),
    "reset": Fault(1.0, _of_network("reset")),
    "half-open": Fault(2.0, _of_network("half-open")),
    "stop": Fault(4.0, _outage("stop")),
    "kill": Fault(4.0, _outage("kill")),
    "power": Fault(4.0, _outage("lose power")),
    "death at the disk": Fault(4.0, _death_at_disk),
    "crash": Fault(3.0, _crash),
    "full disk": Fault(3.0, _full),
    "failing disk": Fault(3.0, _failing),
    "one failure": Fault(3.0, _one_failure),
    "slow disk": Fault(2.0, _slow_disk),
    "clock": Fault(3.0, _clock),
}


async def befall(sim: Sim, who: str, what: str, args: tuple[Any, ...]) -> None:
    """Have the fault of one step happen. Raises `KeyError` for one that there is not."""
    done = VERBS[who, what](sim, *args)
    if done is not None:
        await done


VERBS: Mapping[tuple[str, str], Callable[..., Awaitable[None] | None]] = {
    ("network", "cut"): lambda sim, user: sim.cut(user),
    ("network", "heal"): lambda sim, user: sim.heal(user),
    ("network", "slow"): lambda sim, user, latency: sim.slow(user, latency),
    ("network", "usual"): lambda sim, user: sim.slow(user, None),
    ("network", "reset"): lambda sim, user: sim.reset(user),
    ("network", "half-open"): lambda sim, user: sim.half_open(user),
    ("server", "stop"): lambda sim: sim.stop_server(),
    ("server", "kill"): lambda sim: sim.kill_server(),
    ("server", "lose power"): lambda sim: sim.lose_power(),
    ("server", "die"): lambda sim, operations, how: sim.die_at_disk(operations, how),
    ("server", "start"): lambda sim: sim.start_server(),
    ("server", "crash"): lambda sim: sim.crash_handler(),
    ("server", "crash task"): lambda sim: sim.crash_connection(),
    ("disk", "fill"): lambda sim: sim.fill_disk(),
    ("disk", "empty"): lambda sim: sim.fill_disk(False),
    ("disk", "fail"): lambda sim, chance: sim.fail_disk(chance),
    ("disk", "fail once"): lambda sim, operations: sim.fail_disk_once(operations),
    ("disk", "mend"): lambda sim: sim.fail_disk(0.0),
    ("disk", "slow"): lambda sim, seconds: sim.slow_disk(seconds),
    ("disk", "usual"): lambda sim: sim.slow_disk(None),
    ("clock", "jump"): lambda sim, seconds: sim.jump_clock(seconds),
}
"""What a step of a fault does: who, what, and with which arguments."""
