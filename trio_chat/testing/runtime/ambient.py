"""The time and the chance that code takes from the standard library, made those of the run.

Laws:

* Whoever asks `time` is told the virtual time, and what is drawn from `random`, `secrets`, `uuid`
  or `os.urandom` comes from the seed. All is as before when `installed` ends.
* Other threads than those of the run, as pytest-xdist has, sleep and draw as they always do.
* What C code knows by itself cannot be reached: `datetime.now`, what OpenSSL draws; nor can a name
  that was bound earlier, by `from time import time` or as a default argument. Code that can be
  tested takes its clock as an argument; `doctor` tells which does not.
* Garbage is collected after a run and not within: what `__del__` and weak references call would
  happen at a moment that depends on all else there is in memory.
"""

from __future__ import annotations

import gc
import os
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, Protocol

from trio_chat.testing.runtime.streams import hash_of

NODE = 0x02_00_00_00_00_01
"""The address in the UUIDs of version 1: locally administered (RFC 9562 section 6.10)."""


class World(Protocol):
    """What the run says of itself."""

    def now(self) -> float:
        """Seconds since it began."""

    def wall(self) -> float:
        """Unix time."""

    def sleep(self, seconds: float) -> None:
        """Spend these seconds, in the task or thread that calls."""

    def is_inside(self) -> bool:
        """Whether this is called in a thread of the run."""


@contextmanager
def installed(world: World, chance: Random) -> Iterator[None]:
    """Have the standard library know the time of `world`, and draw from `chance`."""
    changes: list[tuple[Any, str, Any]] = [
        *((time, name, value) for name, value in _of_time(world).items()),
        *_of_chance(world, chance),
    ]
    with ExitStack() as undoing:
        for owner, name, value in changes:
            undoing.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, value)
        undoing.callback(random.setstate, random.getstate())
        random.seed(chance.getrandbits(64))
        with _no_collection():
            yield


def state() -> int:
    """Where the module `random` stands."""
    return hash_of(random.getstate())


def _of_time(world: World) -> dict[str, Callable[..., Any]]:
    """What takes the place of names in `time`."""
    now, wall = world.now, world.wall
    sleep, localtime, gmtime = time.sleep, time.localtime, time.gmtime
    strftime, asctime = time.strftime, time.asctime

    def now_ns() -> int:
        return round(now() * 1e9)

    def wall_ns() -> int:
        return round(wall() * 1e9)

    def clock_gettime(clock: int) -> float:
        return wall() if clock == time.CLOCK_REALTIME else now()

    def clock_gettime_ns(clock: int) -> int:
        return round(clock_gettime(clock) * 1e9)

    def virtual_sleep(seconds: float) -> None:
        if not world.is_inside():
            sleep(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            world.sleep(seconds)

    def virtual_localtime(seconds: float | None = None) -> time.struct_time:
        return localtime(wall() if seconds is None else seconds)

    return {
        **dict.fromkeys(("monotonic", "perf_counter", "process_time", "thread_time"), now),
        **{f"{name}_ns": now_ns for name in ("monotonic", "perf_counter", "process_time")},
        "thread_time_ns": now_ns,
        "time": wall,
        "time_ns": wall_ns,
        "clock_gettime": clock_gettime,
        "clock_gettime_ns": clock_gettime_ns,
        "sleep": virtual_sleep,
        "localtime": virtual_localtime,
        "gmtime": lambda seconds=None: gmtime(wall() if seconds is None else seconds),
        "ctime": lambda seconds=None: asctime(virtual_localtime(seconds)),
        "asctime": lambda at=None: asctime(virtual_localtime() if at is None else at),
        "strftime": lambda form, at=None: strftime(form, virtual_localtime() if at is None else at),
    }


def _of_chance(world: World, chance: Random) -> Iterator[tuple[Any, str, Any]]:
    """What takes the place of which names, for all that is drawn."""
    urandom, seed = os.urandom, Random.seed

    def virtual_urandom(size: int) -> bytes:
        return chance.randbytes(size) if world.is_inside() else urandom(size)

    def virtual_seed(self: Random, a: Any = None, version: int = 2) -> None:
        # Without a seed it takes one from the kernel, past `os.urandom`.
        seed(self, chance.getrandbits(128) if a is None and world.is_inside() else a, version)

    yield os, "urandom", virtual_urandom
    yield random, "_urandom", virtual_urandom  # for `SystemRandom`, and so for `secrets`
    yield Random, "seed", virtual_seed
    # uuid1 asks libuuid for the time, or the network for an address.
    yield uuid, "_generate_time_safe", None
    yield uuid, "_UuidCreate", None
    yield uuid, "_last_timestamp", None
    yield uuid, "_node", NODE


@contextmanager
def _no_collection() -> Iterator[None]:
    """Collect no garbage, and that of the block at its end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What was made meanwhile is all in the youngest generation. To look at that takes 1 ms
        # after a run of eight users; at all there is in memory, 40.
        gc.collect(0)
        if was_enabled:
            gc.enable()
