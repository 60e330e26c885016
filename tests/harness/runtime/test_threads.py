"""What runs in threads elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest
import sniffio
import trio

from trio_chat.testing.runtime import NeedsStack, Runtime, Unreturned, stacks

SECONDS = 0.05

either_stack = pytest.mark.parametrize("own_stacks", [False, True])


def run(main: Callable[[], Any], seed: int = 1, **options: Any) -> Any:
    return Runtime(seed, thread_seconds=SECONDS, **options).run(main)


@either_stack
def test_a_function_takes_virtual_time_and_returns(own_stacks: bool) -> None:
    async def main() -> tuple[str, float]:
        return await trio.to_thread.run_sync(str, 5), trio.current_time()

    taken = [run(main, seed, own_stacks=own_stacks) for seed in range(100)]
    assert {answer for answer, _ in taken} == {"5"}
    seconds = [it for _, it in taken]
    assert 0.8 * SECONDS < sum(seconds) / len(seconds) < 1.25 * SECONDS
    assert all(it * 1000 == pytest.approx(round(it * 1000)) for it in seconds)


@either_stack
def test_what_it_raises_is_raised(own_stacks: bool) -> None:
    async def main() -> None:
        await trio.to_thread.run_sync(int, "five")

    with pytest.raises(ValueError, match="five"):
        run(main, own_stacks=own_stacks)


def test_it_is_done_at_a_moment_between_its_start_and_its_end() -> None:
    async def main() -> tuple[float, float]:
        moment = await trio.to_thread.run_sync(time.monotonic)
        return moment, trio.current_time()

    moments = [run(main, seed) for seed in range(50)]
    assert all(0 <= moment <= end for moment, end in moments)
    assert any(0 < moment < end for moment, end in moments)
    assert any(moment == 0 for moment, _ in moments)
    assert any(moment == end > 0 for moment, end in moments)


@either_stack
def test_what_was_done_there_costs_time_besides(own_stacks: bool) -> None:
    async def main() -> float:
        await trio.to_thread.run_sync(time.sleep, 30)
        return trio.current_time()

    runtime = Runtime(1, thread_seconds=0, own_stacks=own_stacks)
    runtime.thread_cost = lambda: 0.5
    assert runtime.run(main) == 30.5


def test_sleeping_in_a_task_keeps_all_others() -> None:
    times: list[float] = []

    async def other() -> None:
        await trio.sleep(1)
        times.append(trio.current_time())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await trio.testing.wait_all_tasks_blocked()
            time.sleep(5)  # noqa: ASYNC251

    run(main)
    assert times == [5]


@either_stack
def test_no_more_run_at_a_time_than_the_limiter_lets(own_stacks: bool) -> None:
    running = most = 0

    async def one(limiter: trio.CapacityLimiter) -> None:
        nonlocal most
        most = max(most, limiter.borrowed_tokens)
        await trio.to_thread.run_sync(time.sleep, 1, limiter=limiter)

    async def main() -> float:
        limiter = trio.CapacityLimiter(3)
        async with trio.open_nursery() as nursery:
            for _ in range(9):
                nursery.start_soon(one, limiter)
        return trio.current_time()

    assert 3 < run(main, own_stacks=own_stacks) < 4
    assert most == 3
    assert not running


def test_who_abandons_does_not_wait_and_it_is_done_all_the_same() -> None:
    done: list[float] = []

    def work() -> None:
        time.sleep(10)
        done.append(1)

    async def main() -> tuple[int, float, int]:
        limiter = trio.CapacityLimiter(1)
        with trio.move_on_after(1):
            await trio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter)
        at, borrowed = trio.current_time(), limiter.borrowed_tokens
        async with limiter:  # free when the thread is at its end
            assert trio.current_time() >= 10
        return borrowed, at, len(done)

    assert run(main) == (1, 1, 1)


def test_who_does_not_abandon_waits() -> None:
    async def main() -> float:
        with trio.move_on_after(1) as scope:
            await trio.to_thread.run_sync(time.sleep, 10)
        assert not scope.cancelled_caught
        return trio.current_time()

    assert 10 <= run(main) < 11


@either_stack
def test_it_sees_the_context_of_its_task_and_nothing_of_trio(own_stacks: bool) -> None:
    name = ContextVar("name", default="nobody")

    def look() -> tuple[str, bool, str]:
        name.set("changed")
        try:
            library = sniffio.current_async_library()
        except sniffio.AsyncLibraryNotFoundError:
            library = "none"
        with pytest.raises(RuntimeError):
            trio.current_time()
        return name.get(), trio.lowlevel.in_trio_run(), library

    async def main() -> tuple[Any, ...]:
        name.set("alice")
        seen = await trio.to_thread.run_sync(look)
        return *seen, name.get(), sniffio.current_async_library()

    assert run(main, own_stacks=own_stacks) == ("changed", False, "none", "alice", "trio")


@either_stack
@pytest.mark.parametrize("abandons", [False, True])
def test_it_can_have_a_function_called_by_trio(own_stacks: bool, abandons: bool) -> None:
    def work() -> tuple[float, str]:
        trio.from_thread.check_cancelled()
        task = trio.from_thread.run_sync(trio.lowlevel.current_task)
        return trio.from_thread.run_sync(trio.current_time), task.name

    async def main() -> tuple[str, bool]:
        at, name = await trio.to_thread.run_sync(work, abandon_on_cancel=abandons)
        return name, at <= trio.current_time()

    name, is_past = run(main, own_stacks=own_stacks)
    assert is_past
    assert ("run_sync_soon" in name) == abandons


@either_stack
def test_what_trio_raises_is_raised_in_it(own_stacks: bool) -> None:
    async def main() -> None:
        await trio.to_thread.run_sync(trio.from_thread.run_sync, int, "five")

    with pytest.raises(ValueError, match="five"):
        run(main, own_stacks=own_stacks)


@either_stack
def test_it_learns_that_its_task_was_cancelled(own_stacks: bool) -> None:
    times: list[float] = []

    def work() -> None:
        times.append(trio.from_thread.run_sync(trio.current_time))
        trio.from_thread.check_cancelled()

    async def main() -> bool:
        with trio.move_on_after(0.001) as scope:
            await trio.to_thread.run_sync(work)
        return scope.cancelled_caught

    caught = {run(main, seed, own_stacks=own_stacks) for seed in range(20)}
    assert caught == {False, True}


@either_stack
@pytest.mark.parametrize("abandons", [False, True])
def test_it_can_have_trio_do_what_does_not_wait(own_stacks: bool, abandons: bool) -> None:
    async def main() -> str:
        send, receive = trio.open_memory_channel[str](1)
        ask = partial(trio.from_thread.run, send.send, "hello")
        await trio.to_thread.run_sync(ask, abandon_on_cancel=abandons)
        return await receive.receive()

    assert run(main, own_stacks=own_stacks) == "hello"


@pytest.mark.parametrize("abandons", [False, True])
def test_on_a_stack_of_its_own_it_can_wait(abandons: bool) -> None:
    threads = threading.active_count()  # other tests have left some to trio

    def work(receive: trio.MemoryReceiveChannel[int]) -> list[int]:
        return [trio.from_thread.run(receive.receive) for _ in range(3)]

    async def main() -> tuple[list[int], float]:
        send, receive = trio.open_memory_channel[int](0)
        found: list[int] = []

        async def listen() -> None:
            found.extend(await trio.to_thread.run_sync(work, receive, abandon_on_cancel=abandons))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            for number in range(3):
                await trio.sleep(10)
                await send.send(number)
        return found, trio.current_time()

    found, at = run(main, own_stacks=True)
    assert found == [0, 1, 2]
    assert 30 <= at < 31
    assert threading.active_count() <= threads


def test_on_the_stack_of_the_run_it_is_told_that_it_cannot() -> None:
    async def main() -> None:
        await trio.to_thread.run_sync(trio.from_thread.run, trio.sleep, 1)

    with pytest.raises(NeedsStack, match="own_stacks=True"):
        run(main)


def test_one_that_waits_when_the_run_ends_is_told_so() -> None:
    ends: list[bool] = []
    threads = threading.active_count()

    def work() -> None:
        with pytest.raises((trio.Cancelled, trio.RunFinishedError)):
            trio.from_thread.run(trio.sleep, 100)
        ends.append(True)

    async def main() -> None:
        with trio.move_on_after(1):
            await trio.to_thread.run_sync(work, abandon_on_cancel=True)

    run(main, own_stacks=True)
    assert ends
    assert threading.active_count() <= threads


def test_one_that_waits_for_something_real_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    monkeypatch.setattr(stacks, "PATIENCE", 0.05)

    def work() -> None:
        with lock:
            trio.from_thread.run(trio.sleep, 1)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, work)
            nursery.start_soon(trio.to_thread.run_sync, work)

    with pytest.raises(Unreturned, match="a lock that another thread holds"):
        run(main, own_stacks=True)
