"""What unmodified code does by `trio.to_thread.run_sync`, one function at a time.

Laws:

* A function is done in one go, at a moment drawn between its start and its end; no task is in the
  midst of anything then but an await. What it takes: seconds drawn, and what it has cost besides:
  the disk (`Runtime.thread_cost`), `time.sleep`.
* Only `trio.from_thread.run` makes a function wait for tasks. `run_sync` calls at once, for another
  function might want a lock that this one holds, and would stand there for real.
* When the run is over, functions that wait are told so and end; those not begun never do.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import outcome
import trio

from trio_chat.testing.runtime import hooks
from trio_chat.testing.runtime.stacks import OwnStack, SameStack

QUANTUM = 0.001
"""Seconds: what happens in threads takes a whole number of these, so that their ends meet one
another and what else happens at the same time; continuous times would hide it."""

LONGEST = 50
"""Times the mean that a thread takes at most."""

Deliver = Callable[[outcome.Outcome[Any]], object]


class Threads:
    """The threads of one run.

    `call_later` is the clock's. `seconds` is how long a function takes on an average, `cost` the
    seconds besides of what was just done. With `own_stacks` each function can wait for tasks.
    """

    def __init__(
        self,
        random: Random,
        call_later: Callable[..., None],
        seconds: float,
        cost: Callable[[], float],
        own_stacks: bool,
    ) -> None:
        self.count = 0
        """How many functions were run."""
        self._random = random
        self._call_later = call_later
        self._seconds = seconds
        self._cost = cost
        self._same = None if own_stacks else SameStack(hooks.leave_trio, hooks.enter_trio)
        self._idle: list[OwnStack] = []
        self._waiting: dict[OwnStack, tuple[Deliver, float]] = {}

    def start(self, work: Callable[[], Any], deliver: Deliver, name: str | None = None) -> None:
        """Do as `trio.lowlevel.start_thread_soon` does."""
        end = self._draw()
        moment = int(self._random.random() * (end + 1))
        rest = (end - moment) * QUANTUM
        self._call_later(moment * QUANTUM, self._begin, work, deliver, name, rest)

    def _draw(self) -> int:
        """How many quanta a function takes."""
        if not self._seconds:
            return 0
        times = min(self._random.expovariate(1.0), LONGEST)
        return int(times * self._seconds / QUANTUM)

    def _begin(
        self, work: Callable[[], Any], deliver: Deliver, name: str | None, rest: float
    ) -> None:
        self.count += 1
        if self._same is not None:
            result = self._same.do(work)
            self._call_later(rest + self._same.slept + self._cost(), hooks.deliver, deliver, result)
            return
        stack = self._idle.pop() if self._idle else OwnStack(self._rouse)
        stack.take(work, name)
        self._go_on(stack, deliver, rest)

    def _go_on(self, stack: OwnStack, deliver: Deliver, rest: float) -> None:
        """Let what is on a stack run, until it is done or waits."""
        stack.switch()
        while stack.question is not None:
            question, stack.question = stack.question, None
            stack.value = outcome.capture(question)
            stack.switch()
        if stack.result is None:
            self._waiting[stack] = (deliver, rest)
            return
        self._idle.append(stack)
        self._call_later(rest + stack.slept + self._cost(), hooks.deliver, deliver, stack.result)

    def _rouse(self, stack: OwnStack) -> None:
        self._call_later(0.0, self._resume, stack)

    def _resume(self, stack: OwnStack) -> None:
        if stack in self._waiting:
            self._go_on(stack, *self._waiting.pop(stack))

    def close(self) -> None:
        """End all, what waits for tasks first: they are no more."""
        while self._waiting:
            stack = next(iter(self._waiting))
            stack.value = outcome.Error(trio.RunFinishedError("the run is over"))
            self._resume(stack)
        for stack in self._idle:
            stack.end()
        self._idle.clear()
