"""A look at each hook in a run, before the first run of a process: whether it has its effect.

Law: it fails loudly, by the name of the hook. A trio that has moved what a hook holds on to would
else run, and give results that no seed repeats. It takes 5 ms.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import trio
import trio.testing

from trio_chat.testing.runtime import hooks
from trio_chat.testing.runtime.hooks import HookFailed
from trio_chat.testing.runtime.ordered import OrderedSet
from trio_chat.testing.runtime.stacks import current_place

Run = Callable[[Callable[[], Awaitable[None]]], None]
"""Runs a main function by the policy `fifo`."""

TASKS = 12
"""An order by address is the wanted one by chance once in 500 million."""

_is_checked = False


def check_once(run: Run) -> None:
    """Check all hooks, unless that was done. Raises `HookFailed`."""
    global _is_checked
    if not _is_checked:
        check(run)
        _is_checked = True


def check(run: Run) -> None:
    """Check all hooks. Raises `HookFailed`."""
    closed: list[int] = []
    generators: list[AsyncIterator[None]] = []

    async def main() -> None:
        for hook, find in _CHECKS.items():
            try:
                what = await find()
            except Exception as error:
                raise HookFailed(hook, f"makes this fail: {error!r}") from error
            if what:
                raise HookFailed(hook, f"is without effect: {what}")
        for number in range(TASKS):
            generators.append(_generator(number, closed))
            await anext(generators[-1])

    run(main)
    if closed != list(range(TASKS)):
        raise HookFailed("generators", f"is without effect: they are closed in the order {closed}")


async def _generator(number: int, closed: list[int]) -> AsyncIterator[None]:
    await trio.lowlevel.checkpoint()
    try:
        yield
    finally:
        closed.append(number)


# -- what is wrong with each hook; nothing if all is well


async def _schedule() -> str:
    ran: list[int] = []

    async def step(number: int) -> None:
        for _ in range(TASKS):
            ran.append(number)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for number in range(TASKS):
            nursery.start_soon(step, number)
    return "" if ran == [*range(TASKS)] * TASKS else f"tasks take turns as {ran}"


async def _waking() -> str:
    ran: list[int] = []
    events = [trio.Event() for _ in range(TASKS)]

    async def step(number: int) -> None:
        await events[number].wait()
        ran.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(TASKS):
            nursery.start_soon(step, number)
        await trio.testing.wait_all_tasks_blocked()
        for event in reversed(events):
            event.set()
    return "" if ran == [*range(TASKS)][::-1] else f"tasks woken from last to first run as {ran}"


async def _tasks() -> str:
    own = hooks.number_of(trio.lowlevel.current_task())
    found: list[int] = []
    async with trio.open_nursery() as nursery:
        for _ in range(TASKS):
            nursery.start_soon(trio.lowlevel.checkpoint)
        found += sorted(map(hash, nursery.child_tasks))
    first = found[0]
    if found != list(range(first, first + TASKS)) or not own < first < 1000:
        return f"the tasks started by {own} have the hashes {found}"
    return ""


async def _cancellation() -> str:
    """Cancel a scope of many scopes, and look who is told first."""
    numbers: list[int] = []
    told: list[int] = []

    async def block() -> None:
        with trio.CancelScope() as scope:
            number = hooks.number_of_scope(scope)
            numbers.append(number)
            await _wait_cancelled(partial(told.append, number))

    async with trio.open_nursery() as nursery:
        for _ in range(TASKS):
            nursery.start_soon(block)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    first = numbers[0]
    if numbers != list(range(first, first + TASKS)) or not 0 < first < 1000:
        return f"the scopes have the hashes {numbers}"
    # They are in a set, gone through from behind.
    wanted = list(set(numbers))[::-1]
    return "" if told == wanted else f"scopes are told in the order {told}, not {wanted}"


async def _deadlines() -> str:
    told: list[int] = []
    scopes = [trio.CancelScope(deadline=trio.current_time() + 1) for _ in range(TASKS)]
    # Made one after the other they may lie so in memory.
    order = [*range(0, TASKS, 2), *range(1, TASKS, 2)][::-1]

    async def block(number: int) -> None:
        with scopes[number]:
            await _wait_cancelled(partial(told.append, number))

    async with trio.open_nursery() as nursery:
        for number in order:
            nursery.start_soon(block, number)
    return "" if told == order else f"equal deadlines, set as {order}, pass as {told}"


async def _wait_cancelled(tell: Callable[[], None]) -> None:
    def abort(_: object) -> trio.lowlevel.Abort:
        tell()
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.wait_task_rescheduled(abort)


async def _connecting() -> str:
    await trio.lowlevel.checkpoint()
    kept = hooks.sockets_to_close()
    return "" if isinstance(kept, OrderedSet) else f"sockets are kept in a {type(kept)}"


async def _threads() -> str:
    began = trio.current_time()
    if not hooks.starts_threads():  # nothing would happen until then
        return "threads are started in a way that is not known"
    place = await trio.to_thread.run_sync(current_place)
    if place is None:
        return "a function runs in a thread that the kernel runs"
    return "" if trio.current_time() < began + 3600 else "it takes an hour"


async def _asking_back() -> str:
    def ask() -> trio.lowlevel.Task:
        trio.from_thread.check_cancelled()
        trio.from_thread.run(trio.lowlevel.checkpoint)
        return trio.from_thread.run_sync(trio.lowlevel.current_task)

    if await trio.to_thread.run_sync(trio.lowlevel.in_trio_run):
        return "a function in a thread is within trio"
    if not hooks.answers_messages():  # it would wait for ever
        return "a thread asks in a way that is not known"
    task = await trio.to_thread.run_sync(ask)
    return "" if task is trio.lowlevel.current_task() else f"a thread comes back to {task}"


async def _clock() -> str:
    """The clock is public; but when it may jump is seen by what is not."""
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 3600)
        await trio.testing.wait_all_tasks_blocked()
        between = trio.current_time()
    if between != began:
        return "the clock goes on while a task waits for all others"
    return "" if trio.current_time() == began + 3600 else "the clock goes on by itself"


_CHECKS: dict[str, Callable[[], Awaitable[str]]] = {
    "schedule": _schedule,
    "waking": _waking,
    "tasks": _tasks,
    "cancellation": _cancellation,
    "deadlines": _deadlines,
    "connecting": _connecting,
    "threads": _threads,
    "asking back": _asking_back,
    "clock": _clock,
}
