"""Shrinking: the shortest plan that still fails by the same rule.

First by halves: what a plan can do without is left out in ever smaller parts, and by twos at last.
Then by Hypothesis, which goes on with all that is left together: steps, knobs, time and company.
Halves come first since a run costs a fifth of a second: of 300 steps that four are needed of, they
leave four after 56 runs, and Hypothesis, whose runs are meant to be cheap, after 320.

Laws:

* What is handed back was run last of all, and failed by the rule by which the whole plan failed.
* Bounded in runs and in seconds. But for the seconds, the same plan is shrunk the same way.
* Without Hypothesis only the halves are done, and the note says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from itertools import combinations
from typing import TYPE_CHECKING, Any

from trio_chat.testing.sim.deeds import Stage
from trio_chat.testing.sim.knobs import Knobs

if TYPE_CHECKING:
    from trio_chat.testing.sim.plan import Plan
    from trio_chat.testing.sim.run import Outcome

RUNS = 300
SECONDS = 60.0
"""What shrinking may cost at most: a minute is what somebody will wait for."""

FEW_STEPS = 16
"""Steps of which each two are tried together: there are 120 pairs of so many."""

SHARES = 7
"""Into so many parts the time of a plan is divided, to leave out the last of them. All bits of it
are set, as in every number that Hypothesis is to start with; see `_Sculptor.start`."""

Run = Callable[["Plan"], "Outcome"]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What was found, and what it took."""

    outcome: Outcome
    """Of the last run of the shortest plan."""
    steps: int
    """How many the plan had."""
    runs: int
    seconds: float
    note: str = ""
    """What kept it from being shorter, for the one who reads; "" if nothing has."""

    @property
    def plan(self) -> Plan:
        return self.outcome.plan


def shrink(
    failed: Outcome,
    run: Run,
    *,
    runs: int = RUNS,
    seconds: float = SECONDS,
    is_by_hand: bool = False,
) -> Shrunk:
    """The shortest plan found that fails as this one did, in so many runs and seconds at most.

    `run` is what runs a plan; `is_by_hand` says that it runs a test written by hand, which has
    people and time of its own. Raises `ValueError` if the outcome is not that of a failure.
    """
    if failed.failure is None:
        raise ValueError("there is nothing wrong with this plan, and so nothing to shrink")
    trials = _Trials(failed, run, runs, seconds)
    if not trials.fails(failed.plan):
        return trials.done(failed, "it did not fail when it was run again: see `sim doctor`")
    _halve(trials)
    note = "" if trials.is_over else _sculpt(trials, is_by_hand)
    if trials.is_over:
        note = f"the search was ended after {trials.runs} runs"
    last = run(trials.best)
    if last.failure is None or last.failure.kind != failed.failure.kind:
        return trials.done(failed, "shorter plans do not always fail: see `sim doctor`")
    return trials.done(last, note)


class _Trials:
    """Which plans have been tried, and the simplest of those that fail."""

    def __init__(self, failed: Outcome, run: Run, runs: int, seconds: float) -> None:
        assert failed.failure is not None
        self.best = failed.plan
        self.runs = 0
        self._steps = len(failed.plan.steps)
        self._kind = failed.failure.kind
        self._run = run
        self._most_runs = runs
        self._began = time.monotonic()
        self._end = self._began + seconds
        self._known: dict[str, bool] = {}

    @property
    def is_over(self) -> bool:
        return self.runs >= self._most_runs or time.monotonic() >= self._end

    def fails(self, plan: Plan) -> bool:
        """Whether this plan fails as the first one did; when all is over, only if that is known.
        The first plan is run whatever it may cost."""
        key = plan.to_json()
        known = self._known.get(key)
        if known is not None or (self.runs and self.is_over):
            return bool(known)
        self.runs += 1
        failure = self._run(plan).failure
        fails = self._known[key] = failure is not None and failure.kind == self._kind
        if fails and _weight(plan) < _weight(self.best):
            self.best = plan
        return fails

    def done(self, outcome: Outcome, note: str) -> Shrunk:
        return Shrunk(outcome, self._steps, self.runs, time.monotonic() - self._began, note)


def _weight(plan: Plan) -> tuple[float, ...]:
    """The less, the simpler: steps first, then what is not as usual, then people and time."""
    return len(plan.steps), len(_oddities(plan.knobs)), plan.knobs.users, plan.knobs.seconds


# -- by halves


def _halve(trials: _Trials) -> None:
    """Leave out what is not needed in ever smaller parts: each of those in the plan, its steps,
    what is not as usual of its knobs."""
    knobs = trials.best.knobs
    trials.fails(replace(trials.best, knobs=_ordinary(knobs, _oddities(knobs))))
    for who in dict.fromkeys(step.who for step in trials.best.steps):
        trials.fails(trials.best.kept(step.who != who for step in trials.best.steps))
    _leave_out_parts(trials, _steps, _without_steps)
    _leave_out_parts(trials, _odd_knobs, _with_usual_knobs)
    while _leave_out_a_pair(trials):
        pass


def _leave_out_parts(
    trials: _Trials, count: Callable[[Plan], int], without: Callable[[Plan, range], Plan]
) -> None:
    """Leave out parts, of all that there is to begin with, then of half as much, and so on."""
    size = count(trials.best)
    while size and not trials.is_over:
        start = 0
        while start < count(trials.best):
            if not trials.fails(without(trials.best, range(start, start + size))):
                start += size
        size //= 2


def _steps(plan: Plan) -> int:
    return len(plan.steps)


def _without_steps(plan: Plan, part: range) -> Plan:
    return plan.kept(index not in part for index in range(len(plan.steps)))


def _odd_knobs(plan: Plan) -> int:
    return len(_oddities(plan.knobs))


def _with_usual_knobs(plan: Plan, part: range) -> Plan:
    names = _oddities(plan.knobs)[part.start : part.stop]
    return replace(plan, knobs=_ordinary(plan.knobs, names))


def _leave_out_a_pair(trials: _Trials) -> bool:
    """Leave out two steps that make sense only together, as a cut and what heals it; whether there
    were such."""
    count = len(trials.best.steps)
    if count > FEW_STEPS:
        return False
    return any(
        trials.fails(trials.best.kept(index not in pair for index in range(count)))
        for pair in combinations(range(count), 2)
    )


# -- by Hypothesis


def _sculpt(trials: _Trials, is_by_hand: bool) -> str:
    """Go on with Hypothesis, if it is there; a note about what came of it, "" if all is well."""
    if find_spec("hypothesis") is None:
        return "Hypothesis is not installed, which would have made it shorter still"
    from hypothesis.errors import HypothesisException

    sculptor = _Sculptor(trials, is_by_hand)
    try:
        if not sculptor.start():
            return "Hypothesis could not start from it, which might have made it shorter still"
        sculptor.go_on()
    except HypothesisException as error:
        return f"Hypothesis went no further: {error}"
    return ""


class _StillFails(Exception):
    """What Hypothesis is told of a plan that fails."""


class _Sculptor:
    """Hypothesis at work on one plan.

    It makes the simplest of what fails out of its own examples, the simplest of which is here that
    nothing is left. So it has to be told to start from the whole plan, and by its public names
    there is one way: as a fuzz target it runs an example from bytes, and what fails goes into its
    database; run as a test, with no phase but those of reusing and shrinking, it starts from there.
    That bytes with all bits set leave all as it is, is seen from the first example.
    """

    def __init__(self, trials: _Trials, is_by_hand: bool) -> None:
        from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
        from hypothesis import strategies as st
        from hypothesis.database import InMemoryExampleDatabase

        self._trials = trials
        self._is_by_hand = is_by_hand
        self._whole = trials.best
        self._oddities = _oddities(self._whole.knobs)
        self._first: Plan | None = None
        flags = [st.booleans()] * (len(self._whole.steps) + len(self._oddities) + 1)
        shape = st.tuples(st.tuples(*flags), st.integers(0, SHARES))
        self._draws = len(flags) + 1
        # A seed of its own forgets the database, so that comes after it.
        self._test: Any = settings(
            database=InMemoryExampleDatabase(),
            deadline=None,
            derandomize=False,
            phases=(Phase.reuse, Phase.shrink),
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )(seed(0)(given(shape)(self._try)))

    def start(self) -> bool:
        """Whether the example that it is to start from is the whole plan, and fails."""
        # A byte each is enough today; what is not read does no harm.
        try:
            self._test.hypothesis.fuzz_one_input(b"\xff" * 4 * self._draws)
        except _StillFails:
            return self._first == self._whole
        return False

    def go_on(self) -> None:
        with suppress(_StillFails):  # as it must: what it runs last is the simplest that fails
            self._test()

    def _try(self, shape: tuple[tuple[bool, ...], int]) -> None:
        flags, shares = shape
        plan = self._shaped(flags, shares)
        if self._first is None:
            self._first = plan
        if self._trials.fails(plan):
            raise _StillFails

    def _shaped(self, flags: Sequence[bool], shares: int) -> Plan:
        """The whole plan with these steps, these oddities, so much of its time, and all its people
        or no more than it needs."""
        count = len(self._whole.steps)
        plan = self._whole.kept(flags[:count])
        odd = zip(self._oddities, flags[count:-1], strict=True)
        knobs = _ordinary(plan.knobs, [name for name, is_kept in odd if not is_kept])
        if self._is_by_hand:
            return replace(plan, knobs=knobs)
        if shares < SHARES:
            last = max((step.at for step in plan.steps), default=0.0)
            rest = max(knobs.seconds - last, 0.0)
            knobs = replace(knobs, seconds=round(last + rest * shares / SHARES, 2))
        plan = replace(plan, knobs=knobs)
        return plan if flags[-1] else _without_idlers(plan)


# -- what a plan may be without


SIMPLEST = Knobs(policy="fifo", partial=0.0)
"""The ordinary knobs, but those by which a run draws less. What is left of a plan then does more
often what it did before: of 224 steps there were 15 left after 300 runs, and 31 without."""

_LEFT_ALONE = ("users", "seconds", "constants")
"""Knobs that have no ordinary value worth going to: of people and time, the fewer the simpler, and
each constant counts by itself."""


def _oddities(knobs: Knobs) -> list[str]:
    """The names of the knobs, and of the constants, that are not the simplest."""
    names = [
        each.name
        for each in fields(knobs)
        if each.name not in _LEFT_ALONE
        and getattr(knobs, each.name) != getattr(SIMPLEST, each.name)
    ]
    return [*names, *knobs.constants]


def _ordinary(knobs: Knobs, names: Sequence[str]) -> Knobs:
    """The same knobs, with these of the oddities at their simplest."""
    changed: dict[str, Any] = {
        name: getattr(SIMPLEST, name) for name in names if name not in knobs.constants
    }
    constants = {name: value for name, value in knobs.constants.items() if name not in names}
    return replace(knobs, **changed, constants=constants)


def _without_idlers(plan: Plan) -> Plan:
    """The same with no more users than it takes to have all those who do something."""
    users = Stage.of(plan.knobs).users
    busy = {step.who for step in plan.steps}
    needed = max((number for number, name in enumerate(users, 1) if name in busy), default=1)
    return replace(plan, knobs=replace(plan.knobs, users=needed))
