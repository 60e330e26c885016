"""A plan: the seed, the knobs and every step of one run, as plain data.

Laws:

* A plan holds all that a run depends on but the code under test; as JSON it can be kept.
* Any part of a plan's steps is a plan too, and the steps that stay do what they did: each brings
  its own arguments, and one whose precondition is gone does nothing.
* What each user does is drawn from a stream of their own, so are the faults.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

import msgspec

from trio_chat.testing.runtime import Streams
from trio_chat.testing.sim.deeds import DEEDS, Stage
from trio_chat.testing.sim.faults import FAULTS, VERBS
from trio_chat.testing.sim.knobs import Knobs

Argument = str | int | float

GRID = 0.05
"""Seconds between the times at which users do things: with many of them, several do at once."""

TOGETHER = 0.5
"""How likely a user does something at the next whole second, with others, and not just anywhen."""

CONTEST = 0.3
"""How likely what a user does at such a second is what the others do who do something then: all
want the same nick, throw out the same user, or edit the same message."""

CONTESTED = (
    *("nick", "nick", "join", "part", "kick", "topic", "rank", "ban"),
    *("edit", "redact", "pin", "history", "multiline", "quit"),
)
"""What they do then."""

FAULT_PAUSE = 4.0
"""The mean of seconds between two faults of one kind."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens `at` so many seconds: `who` does `what`.

    `who` is a user, or for faults `network`, `server`, `disk` or `clock`.
    """

    at: float
    who: str
    what: str
    args: tuple[Argument, ...] = ()

    def __str__(self) -> str:
        return " ".join([f"{self.at:7.2f}", self.who, self.what, *map(repr, self.args)])


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to happen in one run, ordered by time."""

    seed: int
    knobs: Knobs
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Raises `ValueError` for a step that nobody knows how to do."""
        for step in self.steps:
            if step.what not in DEEDS and (step.who, step.what) not in VERBS:
                raise ValueError(f"there is no such step: {step}")

    @classmethod
    def draw(
        cls, seed: int, knobs: Knobs | None = None, *, hosts: tuple[str, ...] | None = None
    ) -> Plan:
        """The plan of a seed; with `knobs`, what it would be under these.

        With `hosts`, it is for a test by hand: nobody does anything but what the test says, and
        what befalls the network befalls these hosts.
        """
        streams = Streams(seed)
        if knobs is None:
            kinds = tuple(kind for kind, deed in DEEDS.items() if deed.weight)
            knobs = Knobs.draw(streams.stream("knobs"), kinds, tuple(FAULTS))
        stage = Stage.of(knobs) if hosts is None else replace(Stage.of(knobs), users=hosts)
        steps: list[Step] = []
        contests = streams.stream("contests").getrandbits(64)
        for name in stage.users if hosts is None else ():
            steps += _life(name, stage, knobs, streams.stream(f"plan of {name}"), contests)
        for kind in knobs.faults:
            steps += _troubles(kind, stage, knobs, streams.stream(f"faults of {kind}"))
        # A stable order: of what happens at the same time, users before faults, as they are named.
        return cls(seed, knobs, tuple(sorted(steps, key=lambda step: step.at)))

    def kept(self, mask: Iterable[bool]) -> Plan:
        """The plan with those steps only for which the mask is true."""
        kept = tuple(step for step, is_kept in zip(self.steps, mask, strict=True) if is_kept)
        return replace(self, steps=kept)

    def to_json(self) -> str:
        """The plan as JSON, a step a line."""
        head = msgspec.json.encode({"seed": self.seed, "knobs": self.knobs}).decode()
        steps = ",\n".join(msgspec.json.encode(step).decode() for step in self.steps)
        return f'{head[:-1]},"steps":[\n{steps}\n]}}\n'

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """A plan that was kept. Raises `msgspec.ValidationError` if it is none."""
        return msgspec.json.decode(text, type=cls)


def _life(name: str, stage: Stage, knobs: Knobs, random: Random, contests: int) -> Iterable[Step]:
    """What one user does: they come, and do this and that until they come no more.

    `contests` is what the same second's contest is drawn from for all of them.
    """
    kinds = {kind: deed for kind, deed in DEEDS.items() if kind not in knobs.deeds}
    weights = [deed.weight for deed in kinds.values()]
    at = _on_grid(random.uniform(0.0, knobs.seconds / 8))
    yield Step(at, name, "connect", DEEDS["connect"].draw(random, stage.at(name, 0)))
    count = 0
    while True:
        at += random.expovariate(1 / knobs.pause)
        is_together = random.random() < TOGETHER
        if is_together:
            at = float(int(at) + 1)
        if (at := _on_grid(at)) >= knobs.seconds:
            return
        count += 1
        its = random
        kind = random.choices(list(kinds), weights)[0]
        if is_together and random.random() < CONTEST:
            its = Random(f"{contests} {at:.0f}")
            wanted = its.choice(CONTESTED)
            kind = wanted if wanted in kinds else kind
        args = kinds[kind].draw(its, stage.at(name, count))
        if its is not random and kind == "kick" and args[-1] == name and "history" in kinds:
            # Who is thrown out by the others is just being shown what was said in that room.
            kind, args = "history", (args[0], args[1], 50)
        yield Step(at, name, kind, args)


def _troubles(kind: str, stage: Stage, knobs: Knobs, random: Random) -> Iterable[Step]:
    """The faults of one kind, each with what ends it again."""
    fault = FAULTS[kind]
    at = random.expovariate(1 / (FAULT_PAUSE * fault.rarity))
    while at < knobs.seconds:
        for later, who, what, args in fault.draw(random, stage):
            yield Step(_on_grid(at + later), who, what, args)
        at += random.expovariate(1 / (FAULT_PAUSE * fault.rarity))


def _on_grid(at: float) -> float:
    return round(round(at / GRID) * GRID, 2)
