"""Which task runs next: the policies, and a digest of every decision.

Laws:

* Under `random` and `fifo` each runnable task takes one step in each pass, as trio has it: what
  they find can happen to any program on trio. `pct` also lets a task wait while others go on, which
  trio nowhere rules out, and which a socket that is ready a moment later does to it.
* This is the hottest code of a simulation. One runnable task, the usual case, draws nothing.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from trio_chat.testing.runtime import hooks

if TYPE_CHECKING:
    from trio.lowlevel import Task

Policy = Callable[[Random], Callable[[list["Task"]], None]]

GAPS = (3, 12)
"""Steps between two change points of `pct`: two to the power of something between these, drawn anew
for each run, is the mean.

S. Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS
2010), whose idea it is, set d - 1 of them in a whole run to find a bug that d steps in a
certain order make. Our runs have 20,000 steps, and a bug wants some few of them, near one another:
so there are points all along, in each run so many that a stretch of another length has a few."""

HOLD = 24
"""Passes of the scheduler for which `pct` holds a task back at most: some exchanges of others."""

_CHUNK_STEPS = 1 << 16
"""Decisions digested at a time: half a megabyte."""


class Schedule:
    """The decisions of one run. Raises `ValueError` if there is no such policy."""

    __slots__ = ("_arrange", "_digest", "_first", "_steps", "steps")

    def __init__(self, policy: str, random: Random) -> None:
        if policy not in POLICIES:
            raise ValueError(f"no policy {policy!r}: there are {', '.join(POLICIES)}")
        self.steps = 0
        """Steps of tasks that were digested so far."""
        self._arrange = POLICIES[policy](random)
        self._digest = hashlib.blake2b(digest_size=16)
        self._steps = array("q")
        self._first: int | None = None

    def decide(self, batch: list[Task]) -> None:
        """Put the tasks of a pass into an order. The last is run first."""
        if len(batch) > 1:
            self._arrange(batch)
        steps = self._steps
        steps.extend(map(hooks.counter_of, batch))
        if len(steps) > _CHUNK_STEPS:
            self._take_in()

    def digest(self) -> str:
        """Of all decisions so far."""
        self._take_in()
        return self._digest.hexdigest()

    def _take_in(self) -> None:
        steps = self._steps
        if not steps:
            return
        if self._first is None:
            self._first = steps[0]
        first = self._first
        # Counted from the first task of the run: how many ran in the process before does not count.
        self._digest.update(array("q", [step - first for step in steps]).tobytes())
        self.steps += len(steps)
        del steps[:]


def _random(random: Random) -> Callable[[list[Task]], None]:
    """Any order, in every pass anew."""
    draw = random.random

    def arrange(batch: list[Task]) -> None:
        # `random.shuffle` does the same at three times the price.
        batch.sort(key=lambda _: draw())

    return arrange


def _fifo(random: Random) -> Callable[[list[Task]], None]:
    """Who could run first runs first: what many a program takes for granted."""

    def arrange(batch: list[Task]) -> None:
        batch[:] = hooks.as_woken(batch)
        batch.reverse()

    return arrange


def _pct(random: Random) -> Callable[[list[Task]], None]:
    """Each task has a rank, drawn; at moments, drawn, who would run next gets the lowest.

    Whoever is so demoted is held back for some passes, if others can run.
    """
    return _Pct(random).arrange


class _Pct:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._gap = float(2 ** random.uniform(*GAPS))
        self._ranks: dict[int, float] = {}
        self._step = 0
        self._change = self._next_change()
        self._held: dict[int, int] = {}

    def _next_change(self) -> float:
        return self._step + self._random.expovariate(1 / self._gap)

    def arrange(self, batch: list[Task]) -> None:
        ranks, number_of = self._ranks, hooks.counter_of
        for number in map(number_of, batch):
            if number not in ranks:
                ranks[number] = self._random.random()
        batch.sort(key=lambda task: ranks[number_of(task)])
        self._step += len(batch)
        if self._step >= self._change:
            self._change = self._next_change()
            demoted = batch.pop()
            batch.insert(0, demoted)
            ranks[number_of(demoted)] = -1.0 - self._step  # below whoever was demoted before
            self._held[number_of(demoted)] = self._random.randrange(1, HOLD)
        if self._held:
            self._hold_back(batch)

    def _hold_back(self, batch: list[Task]) -> None:
        """Have those who are held run later, unless nobody else would run now."""
        held = self._held
        for task in [task for task in batch if hooks.counter_of(task) in held]:
            if len(batch) == 1:
                return
            number = hooks.counter_of(task)
            held[number] -= 1
            if not held[number]:
                del held[number]
            batch.remove(task)
            hooks.put_back(task)


POLICIES: dict[str, Policy] = {"random": _random, "fifo": _fifo, "pct": _pct}
