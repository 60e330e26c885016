"""Work that takes a core for long, done aside: in a thread that every other one comes before.

Laws:

* Whoever asks waits; only the work itself stands back. A lock is never held by a thread that does:
  the chat would wait for it as long as the machine is busy.
* Each work has a new thread. A process without privileges cannot take back what it has given up
  (setpriority(2), RLIMIT_NICE), and trio uses its threads again: for what is to be written, too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

NICENESS = 5
"""How far the work stands back: of a core that it and the chat want, the chat has three parts of
four (sched(7)), and hands a line to a room in half the time it takes beside two hashes without.

Not more: whoever has hashed takes Python's lock to say so, and the chat waits for that. Where other
programs want the core too, a thread that stands far back gets there late: the longest wait was 21
to 65 ms with 5, 47 to 213 with 10, 34 to 42 without any, and with 19 nobody could log in. (What was
tried, docs/benchmarks.md.)"""

HAS_NICE_THREADS = sys.platform == "linux"
"""Whether threads have a niceness of their own (nice(2)); elsewhere a process has one in all."""


def aside(work: Callable[[], T]) -> T:
    """What `work` returns or raises. For work of many milliseconds: a thread costs some 0.2."""
    if not HAS_NICE_THREADS:
        return work()
    with ThreadPoolExecutor(1, initializer=_stand_back) as own:
        return own.submit(work).result()


def _stand_back() -> None:
    with suppress(OSError):  # a sandbox may forbid it, and passwords must be checked all the same
        os.nice(NICENESS)
