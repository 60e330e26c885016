"""Virtual time, and what is to happen at which.

Laws:

* The clock stands still while anything can happen at its time, and then jumps to the next deadline
  or timer. It knows no real time.
* Timers are called outside of any task, in order of their time; those of equal times in the order
  in which they were asked for. How many at once, before tasks have their turn, is drawn: else what
  arrives together would always be found together.
* Where a deadline and a timer have the same time, either may be first.

`trio.testing.MockClock` with autojump does the first of these only: it takes a pass of the
scheduler more for each jump, a task for the timers, and has every deadline before every timer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

import trio

from trio_chat.testing.runtime import hooks

FAR = 86400.0
"""Real seconds to wait for real input, which nothing virtual can take the place of."""

DIGITS = 9
"""Timers have whole nanoseconds: else the last bits of sums would tell apart what should meet."""

SAME = 1e-9
"""Seconds: a deadline and a timer that are no further apart than this are at the same time."""


class VirtualClock(trio.abc.Clock):
    """The clock of one run, from 0 seconds on.

    `begun` is called when the run begins, `stuck` when nothing can happen, `failed` with what a
    timer has raised.
    """

    def __init__(
        self,
        random: Random,
        begun: Callable[[], None],
        stuck: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.time = 0.0
        self.jumps = 0
        """How often it has moved."""
        self.passes = 0
        """Passes of the scheduler since then; whoever sees to them counts."""
        self._random = random
        self.start_clock = begun  # type: ignore[method-assign]
        self._stuck = stuck
        self._failed = failed
        self._timers: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._order = count().__next__

    # -- what trio asks

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return self.time

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Called when no task can run: jump, unless something is to happen at this time yet."""
        while True:
            if deadline <= self.time or hooks.has_messages():
                return 0.0
            if not self.is_due():
                if hooks.awaits_idle():
                    return FAR
                timer = self._timers[0][0] if self._timers else math.inf
                if (moment := min(deadline, timer)) == math.inf:
                    return self._find_nothing()
                # Where both are meant to be at the same time, they are.
                both = max(deadline, timer)
                self.jump_to(both if both - moment < SAME else moment)
                if deadline <= self.time and (not self.is_due() or self._random.random() < 0.5):
                    return 0.0
            # To have this done here and not in a pass for nothing saves a fifth of all passes.
            self.run_due()
            if hooks.can_run() or self.is_due():
                return 0.0
            deadline = hooks.next_deadline()

    def _find_nothing(self) -> float:
        """Nothing is to come, unless from outside."""
        if hooks.awaits_input():
            return FAR
        self._stuck()
        return 0.0

    # -- timers

    def call_later(self, delay: float, call: Callable[..., object], *args: Any) -> None:
        """Call `call(*args)` in so many seconds; 0 is soon, but not now."""
        if not 0 <= delay < math.inf:
            raise ValueError(f"not a time to wait: {delay}")
        moment = round(self.time + delay, DIGITS)  # of now + (then - now) it makes then
        heappush(self._timers, (max(self.time, moment), self._order(), call, args))

    def is_due(self) -> bool:
        """Whether there is a timer whose time has come."""
        timers = self._timers
        return bool(timers) and timers[0][0] <= self.time

    def run_due(self) -> None:
        """Call one of the timers whose time has come, or all."""
        timers, now = self._timers, self.time
        if not timers or timers[0][0] > now:
            return
        last = self._order()  # what these ask for is for the next time
        takes_all = len(timers) == 1 or timers[1][0] > now or self._random.random() < 0.5
        while timers and timers[0][0] <= now and timers[0][1] < last:
            _, _, call, args = heappop(timers)
            try:
                call(*args)
            except Exception as error:
                self._failed(error)
            if not takes_all:
                return

    def jump_to(self, moment: float) -> None:
        """Let it be so late. Nothing can have been due before."""
        self.time = moment
        self.jumps += 1
        self.passes = 0
