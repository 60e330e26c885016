"""Timers for a network in a test, with and without a trio run around it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio


class HandTimers:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self._now = 0.0
        self.due: list[tuple[float, int, Callable[..., object], tuple[object, ...]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def call_later(self, delay: float, fn: Callable[..., object], *args: object) -> None:
        heapq.heappush(self.due, (self._now + delay, next(self._order), fn, args))

    def pass_by(self, seconds: float) -> None:
        """Let time go on, with all that happens meanwhile."""
        end = self._now + seconds
        while self.due and self.due[0][0] <= end:
            self._now, _, fn, args = heapq.heappop(self.due)
            fn(*args)
        self._now = end


class ClockTimers:
    """Time as it is in the trio run at hand."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._start = trio.current_time()

    def now(self) -> float:
        return trio.current_time() - self._start

    def call_later(self, delay: float, fn: Callable[..., object], *args: object) -> None:
        async def call() -> None:
            await trio.sleep(delay)
            fn(*args)

        self._nursery.start_soon(call)


@asynccontextmanager
async def clock_timers() -> AsyncIterator[ClockTimers]:
    """Timers for the length of an `async with`; what is due later does not happen."""
    async with trio.open_nursery() as nursery:
        yield ClockTimers(nursery)
        nursery.cancel_scope.cancel()
