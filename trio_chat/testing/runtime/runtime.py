"""A deterministic trio: one seed, one run, the same to the byte in every process.

`Runtime(seed).run(main)` is `trio.run(main)`, with everything decided by the seed that is otherwise
decided by addresses, hashes, the kernel and the time of day. It knows nothing of chat.

Laws:

* The code in it is unmodified, and can do what it can on trio: any order found here is one that
  trio allows.
* It takes no real time but for computing, and touches no real socket.
* Nothing is left changed when the run is over, however it ends.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

from trio_chat.testing.runtime import ambient, hooks, savings, self_check
from trio_chat.testing.runtime.clock import VirtualClock
from trio_chat.testing.runtime.schedule import Schedule
from trio_chat.testing.runtime.stacks import current_place
from trio_chat.testing.runtime.streams import Streams
from trio_chat.testing.runtime.threads import Threads
from trio_chat.testing.runtime.trace import Trace

T = TypeVar("T")

EPOCH = 1_893_456_000.0
"""The wall clock when a run begins: 2030-01-01T00:00:00Z."""

STANDSTILL = 100_000
"""Passes of the scheduler without the clock going on after which a run is stuck: a broadcast to
thousands takes thousands."""

STUCK_TASKS = 30
"""Tasks that are named when a run is stuck."""

INTERRUPTIONS = 100
"""How often the tasks of a stuck run are interrupted, shielded or not, before it is given up."""


class Stuck(RuntimeError):
    """Nothing can happen any more in a run, or nothing but at one and the same time."""


class Runtime:
    """One run, by one seed.

    `policy` is one of `random`, `fifo` and `pct`, see `schedule`. `epoch` is the Unix time at which
    it begins. `thread_seconds` is how long what runs in threads takes on an average; it may wait
    for tasks, by `trio.from_thread.run`, with `own_stacks` only, which is slow.
    Raises `ValueError` if there is no such policy.
    """

    thread_cost: Callable[[], float] | None = None
    """Asked after each function that ran in a thread: the seconds that it took besides, with what
    it did to the disk."""

    shows_schedule = False
    """Whether the trace says of each pass of the scheduler which tasks it runs."""

    def __init__(
        self,
        seed: int,
        *,
        policy: str = "random",
        epoch: float = EPOCH,
        thread_seconds: float = 0.003,
        own_stacks: bool = False,
    ) -> None:
        self.seed = seed
        self.streams = Streams(seed)
        self._random = self.streams.stream("schedule")
        self._schedule = Schedule(policy, self._random)
        self._clock = VirtualClock(self._random, self._begin, self._stand_still, self.fail)
        self.now: Callable[[], float] = self._clock.current_time
        """Virtual seconds since the run began."""
        self.call_later: Callable[..., None] = self._clock.call_later
        """`call_later(delay, call, *args)`: call it in the run in so many seconds, outside of any
        task. What is asked for at equal times is called in the order of asking."""
        self.trace = Trace(self.now)
        self.policy = policy
        self._epoch = epoch
        self._threads = Threads(
            self.streams.stream("threads"),
            self.call_later,
            thread_seconds,
            self._cost,
            own_stacks,
        )
        self._scope = trio.CancelScope()
        self._failure: BaseException | None = None
        self._ident = 0
        self._random_state = 0
        self._was_run = False
        self._interruptions = 0

    # -- time

    def wall(self) -> float:
        """Unix time, as the run is told."""
        return self._epoch + self._clock.time

    def jump_clock(self, seconds: float) -> None:
        """Set the wall clock forward, or back, as NTP does; nothing else notices."""
        self._epoch += seconds

    def sleep(self, seconds: float) -> None:
        """Spend this time where `time.sleep` was called: in a thread, or keeping all tasks."""
        place = current_place()
        if place is not None:
            place.slept += seconds
        else:
            self._clock.jump_to(self._clock.time + seconds)

    # -- running

    def run(self, main: Callable[..., Awaitable[T]], *args: Any) -> T:
        """`trio.run(main, *args)`, decided by the seed. May be called once.

        Raises what `main` raises; `Stuck` if nothing can happen any more; what was given to `fail`;
        `HookFailed` if this version of trio cannot be run so; `RuntimeError` within another run.
        """
        if self._was_run:
            raise RuntimeError("a Runtime runs once: what it has drawn is drawn")
        if _running is not None:
            raise RuntimeError("there is a Runtime at work in this process, and can be but one")
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("a Runtime cannot run within trio.run: call it from outside")
        self_check.check_once(lambda checks: Runtime(0, policy="fifo")._run(checks, ()))
        try:
            return self._run(main, args)
        finally:
            for watcher in watchers:
                watcher(self)

    def _run(self, main: Callable[..., Awaitable[T]], args: tuple[Any, ...]) -> T:
        global _running
        self._was_run = True
        self._ident = threading.get_ident()
        _running = self
        try:
            with hooks.installed(self), ambient.installed(self, self.streams.stream("ambient")):
                try:
                    return trio.run(self._boot, main, args, clock=self._clock)
                finally:
                    self._threads.close()
                    self._random_state = ambient.state()
        except Exception as error:
            if self._failure is None or error is self._failure:
                raise
            raise self._failure from error
        finally:
            _running = None

    async def _boot(self, main: Callable[..., Awaitable[T]], args: tuple[Any, ...]) -> T:
        with self._scope:
            result = await main(*args)
        if self._failure is not None:
            raise self._failure
        return result

    def fail(self, error: BaseException) -> None:
        """End the run by cancellation; `run` raises `error`. The first one counts."""
        if self._failure is None:
            self._failure = error
            self.call_later(0.0, self._scope.cancel)  # it may be called outside of trio

    def unseed(self) -> str:
        """A digest of every decision and of where every stream has come to, in hexadecimal.

        Two runs of a seed have the same, or there is something that the seed does not decide.
        """
        of = (self._schedule.digest(), self._random_state, self.now(), self.streams.states())
        return hashlib.blake2b(repr(of).encode(), digest_size=16).hexdigest()

    # -- what the hooks call

    def _begin(self) -> None:
        savings.begin()
        if self.policy == "fifo":
            hooks.note_waking()

    def shuffle(self, batch: list[trio.lowlevel.Task]) -> None:
        """A pass of the scheduler: these can run."""
        clock = self._clock
        clock.passes += 1
        if clock.passes > STANDSTILL:
            clock.passes = 0
            self._stand_still()
        clock.run_due()
        if batch:
            self._schedule.decide(batch)
        if self.shows_schedule and batch:
            self.trace.log("trio", "runs " + ", ".join(map(_shown, reversed(batch))))

    def start_thread(
        self, work: Callable[[], Any], deliver: Callable[[Any], object], name: str | None = None
    ) -> None:
        self._threads.start(work, deliver, name)

    def is_inside(self) -> bool:
        """Whether this is called in a thread of the run."""
        return threading.get_ident() == self._ident or current_place() is not None

    def _cost(self) -> float:
        return self.thread_cost() if self.thread_cost is not None else 0.0

    def _stand_still(self) -> None:
        """Nothing can happen, or nothing but now."""
        if self._failure is not None:
            self._insist(self._failure)
            return
        tasks = hooks.all_tasks()
        shown = [f"  {_shown(task)} {_place_of(task)}" for task in tasks[:STUCK_TASKS]]
        if len(tasks) > len(shown):
            shown.append(f"  and {len(tasks) - len(shown)} more")
        self.fail(Stuck("\n".join([f"at {self.now():.6f} s nothing can happen any more:", *shown])))

    def _insist(self, error: BaseException) -> None:
        """The run was cancelled, and yet there it stands: tasks shield themselves."""
        self._interruptions += 1
        if self._interruptions > INTERRUPTIONS:
            raise error
        hooks.interrupt(error)


_running: Runtime | None = None
"""The one at work in this process."""

watchers: list[Callable[[Runtime], None]] = []
"""Called with each Runtime of this process when its run is over."""


def current_runtime() -> Runtime | None:
    """The one at work in this process, if there is one."""
    return _running


def _shown(task: trio.lowlevel.Task) -> str:
    return f"{task.name} {hooks.number_of(task)}"


def _place_of(task: trio.lowlevel.Task) -> str:
    """Where a task is, in code that is not trio's if it is in any."""
    frames = list(task.iter_await_frames())
    own = [at for at in frames if not at[0].f_globals.get("__name__", "").startswith("trio.")]
    for frame, line in (own or frames)[-1:]:
        code = frame.f_code
        return f"{code.co_filename}:{line} in {code.co_name}"
    return ""
