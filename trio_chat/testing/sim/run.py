"""One run of a plan, from the seed to the verdict."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import trio

from trio_chat.testing.disk import Disk
from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.oracle.kept import KEPT
from trio_chat.testing.oracle.rules import check
from trio_chat.testing.runtime import Runtime
from trio_chat.testing.sim.actors import Actor
from trio_chat.testing.sim.company import act, prepare, trouble
from trio_chat.testing.sim.deeds import Stage
from trio_chat.testing.sim.ending import end
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.simulation import Sim, disk_of, open_sim

EVENTS = 60
"""The lines of the journal that come with an outcome: the last, until something went wrong."""

_OF_THE_CHAT = ("Violated", "NotReceived")
"""What may have come of something else that the oracle tells more of."""

Body = Callable[[Sim], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a run has shown to be wrong.

    `kind` is the rule that was broken, or the type of what was raised: two failures of one kind are
    most likely the same. `at` is in seconds of the run.
    """

    kind: str
    text: str
    at: float
    error: BaseException | None = field(default=None, compare=False, repr=False)
    """What was raised, if that is what is wrong."""

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:.2f} s: {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    plan: Plan
    failure: Failure | None
    events: tuple[str, ...]
    """The last lines of the journal, until it went wrong; all of them if they were to be kept."""
    digest: str
    """Of all that happened: two runs with the same were alike to the byte."""
    unseed: str
    """Of every decision of the scheduler, and what each random would have drawn next."""
    wall_seconds: float
    virtual_seconds: float


def run_plan(plan: Plan, body: Body | None = None, *, keep_trace: bool = False) -> Outcome:
    """Run a plan; `body` is a test by hand, which takes the place of what its users do.

    Whatever goes wrong is in the outcome; with `keep_trace`, so is all that has happened.
    """
    runtime = Runtime(plan.seed, policy=plan.knobs.policy)
    journal = Journal(runtime.now)
    began = time.perf_counter()
    failure: Failure | None = None
    exempt: list[str] = []
    with plan.knobs.applied(), disk_of(plan.knobs, runtime) as disk:
        try:
            runtime.run(_play, plan, runtime, journal, disk, body, exempt)
        except Exception as error:
            first = _first(error)
            failure = Failure(type(first).__name__, str(first), runtime.now(), first)
    if failure is None or failure.kind in _OF_THE_CHAT:
        for finding in check(journal):
            if finding.rule not in exempt:
                failure = Failure(finding.rule, finding.text, finding.at)
                break
    return Outcome(
        plan,
        failure,
        tuple(journal.lines() if keep_trace else _last_lines(journal, failure)),
        _digest(journal),
        runtime.unseed(),
        time.perf_counter() - began,
        runtime.now(),
    )


async def _play(
    plan: Plan,
    runtime: Runtime,
    journal: Journal,
    disk: Disk | None,
    body: Body | None,
    exempt: list[str],
) -> None:
    """Play a plan to its end; rules that need not hold of it are added to `exempt`."""
    async with open_sim(plan, runtime, journal, disk) as sim:
        if body is None:
            await prepare(sim)
        start = trio.current_time()
        async with trio.open_nursery() as beside:
            troubles = trio.CancelScope()
            beside.start_soon(trouble, sim, plan, start, beside, troubles)
            actors: list[Actor] = []
            if body is None:
                actors = await act(sim, plan, start)
            else:
                await body(sim)
            troubles.cancel()
        if not sim.keeps_its_word:
            exempt.append(KEPT)
        await end(sim, actors, Stage.of(plan.knobs).rooms if body is None else ())


def _last_lines(journal: Journal, failure: Failure | None) -> Iterator[str]:
    """What happened last, until it went wrong: much may have come after, until that was seen."""
    events = journal.events
    if failure is not None:
        events = events[: bisect_right(events, failure.at, key=lambda event: event.at)]
    return journal.lines(events[-EVENTS:])


def _digest(journal: Journal) -> str:
    texts: dict[int, str] = {}  # by what many have received, which is one object
    lines: list[str] = []
    for at, kind, connection, message, text in journal.events:
        told = ""
        if message is not None:
            told = texts.get(id(message), "")
            if not told:
                told = f"{message.source} {message.command} {message.params} {message.tags}"
                texts[id(message)] = told
        lines.append(f"{at!r} {kind.value} {connection} {text}\n{told}")
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _first(error: BaseException) -> BaseException:
    """What was raised, out of the groups around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
