"""trio inside an asyncio loop: prompt_toolkit needs the one, the chat is written for the other.

Both run in one thread: trio is the guest (`trio.lowlevel.start_guest_run`), so code of either may
touch the other's objects without locks. Measured against a bridge library and against two threads,
this cost least and needs nothing beyond trio.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import outcome
import trio

Result = TypeVar("Result")


def run(main: Callable[[], Awaitable[Result]]) -> Result:
    """Run a trio program, and return or raise what it does, with an asyncio loop around it."""

    async def host() -> Result:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[outcome.Outcome[Result]] = loop.create_future()
        trio.lowlevel.start_guest_run(
            main,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            run_sync_soon_not_threadsafe=loop.call_soon,
            done_callback=done.set_result,
            host_uses_signal_set_wakeup_fd=True,
        )
        return (await done).unwrap()

    with asyncio.Runner() as runner:
        # Not `runner.run`: it would take SIGINT for itself, before trio and prompt_toolkit.
        return runner.get_loop().run_until_complete(host())


async def wait_for(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Await an asyncio coroutine in a trio task.

    A trio cancellation cancels the coroutine, and waits until it has ended: what it does to put
    the terminal right is done when this returns.
    """
    task = asyncio.ensure_future(coroutine)  # a trio task runs in a callback of the loop
    waiting = trio.lowlevel.current_task()
    raise_cancel: Callable[[], NoReturn] | None = None

    def done(_: asyncio.Task[Result]) -> None:
        trio.lowlevel.reschedule(waiting)

    def abort(cancel: Callable[[], NoReturn]) -> trio.lowlevel.Abort:
        nonlocal raise_cancel
        raise_cancel = cancel
        task.cancel()
        return trio.lowlevel.Abort.FAILED

    task.add_done_callback(done)
    await trio.lowlevel.wait_task_rescheduled(abort)
    if task.cancelled() and raise_cancel is not None:
        raise_cancel()
    return task.result()
