"""Noticing that this machine has slept, or that this program was stopped.

Why by the wall clock: the clock that deadlines are measured by stands still while the machine is
suspended (CLOCK_MONOTONIC on Linux, mach_absolute_time on macOS), so a server that went away in the
meantime would be waited for as long as if nothing had happened, and a pause would go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn

import trio

LOOK = 5.0
"""Seconds between two looks at the clock: so long after waking up it is noticed at the latest."""

SLEPT = 15.0
"""Seconds by which the clock must have gone ahead: more than any busy moment, or correction by NTP
of a clock that was right."""


async def notice_sleep(woke: Callable[[], None], wall: Callable[[], float] = time.time) -> NoReturn:
    """Call `woke` each time that the machine wakes up; `wall` gives seconds, and may be set."""
    while True:
        before = wall()
        await trio.sleep(LOOK)
        if wall() - before > LOOK + SLEPT:
            woke()
