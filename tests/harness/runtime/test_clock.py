"""Virtual time, and what is called at which."""

from __future__ import annotations

import math
import random

import pytest
import trio
import trio.testing

from trio_chat.testing.runtime import Runtime


def test_calls_come_in_order_of_time_and_of_asking() -> None:
    for seed in range(10):
        delays = [random.Random(seed).randrange(3) for _ in range(20)]
        runtime = Runtime(seed)
        called: list[int] = []
        for number, delay in enumerate(delays):
            runtime.call_later(delay, called.append, number)
        runtime.run(trio.sleep, 5)
        assert called == sorted(range(20), key=lambda number: delays[number])


def test_a_call_is_made_outside_of_any_task() -> None:
    runtime = Runtime(1)
    seen: list[object] = []

    def look() -> None:
        seen.append((trio.lowlevel.in_trio_run(), trio.lowlevel.in_trio_task()))

    async def main() -> None:
        event = trio.Event()
        runtime.call_later(3, look)
        runtime.call_later(3, event.set)
        await event.wait()
        seen.append(trio.current_time())

    runtime.run(main)
    assert seen == [(True, False), 3.0]


def test_a_call_for_now_comes_soon_but_not_at_once() -> None:
    runtime = Runtime(1)
    called: list[float] = []

    async def main() -> None:
        runtime.call_later(0, lambda: called.append(runtime.now()))
        assert not called
        await trio.testing.wait_all_tasks_blocked()
        assert called == [0.0]

    runtime.run(main)


def test_a_call_may_ask_for_the_next_without_end() -> None:
    runtime = Runtime(1)
    count = 0

    def again() -> None:
        nonlocal count
        count += 1
        if trio.current_time() == 0:
            runtime.call_later(0, again)

    async def main() -> None:
        runtime.call_later(0, again)
        for _ in range(100):
            await trio.lowlevel.checkpoint()

    runtime.run(main)
    assert 50 < count < 200


def test_tasks_may_have_their_turn_between_calls_of_one_time() -> None:
    async def main(runtime: Runtime) -> int:
        event = trio.Event()
        called: list[int] = []
        runtime.call_later(1, event.set)
        for number in range(5):
            runtime.call_later(1, called.append, number)
        await event.wait()
        return len(called)

    found = {runtime.run(main, runtime) for runtime in map(Runtime, range(40))}
    assert len(found) > 1
    assert 5 in found


def test_of_a_deadline_and_a_call_of_one_time_either_may_be_first() -> None:
    async def main(runtime: Runtime) -> bool:
        event = trio.Event()
        runtime.call_later(1, event.set)
        with trio.move_on_after(1) as scope:
            await event.wait()
        return scope.cancelled_caught

    assert {runtime.run(main, runtime) for runtime in map(Runtime, range(20))} == {False, True}


def test_what_a_call_raises_ends_the_run() -> None:
    runtime = Runtime(1)

    def fail() -> None:
        raise KeyError("what was to be called")

    async def main() -> None:
        runtime.call_later(1, fail)
        await trio.sleep_forever()

    with pytest.raises(KeyError, match="what was to be called"):
        runtime.run(main)
    assert runtime.now() == 1


def test_what_should_be_at_the_same_time_is() -> None:
    async def main(runtime: Runtime) -> None:
        await trio.sleep(0.1)
        await trio.sleep(0.2)  # 0.30000000000000004, they say
        assert runtime.now() == 0.1 + 0.2 != 0.3
        runtime.trace.log("task", "wakes up")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0.4)
            runtime.call_later(0.7 - runtime.now(), runtime.trace.log, "timer", "is called")

    runtime = Runtime(1)
    runtime.call_later(0.3, runtime.trace.log, "timer", "is called")
    runtime.run(main, runtime)
    assert [line.split()[1] for line in runtime.trace.lines] == ["timer", "task", "timer"]
    assert runtime._clock.jumps == 3  # to 0.1, 0.3 and 0.7


@pytest.mark.parametrize("delay", [-0.001, math.inf, math.nan])
def test_there_are_times_that_nothing_can_wait_for(delay: float) -> None:
    with pytest.raises(ValueError, match="not a time to wait"):
        Runtime(1).call_later(delay, print)


def test_time_stands_still_while_somebody_waits_for_all_others() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 10)
            await trio.testing.wait_all_tasks_blocked()
            times.append(trio.current_time())

    times: list[float] = []
    Runtime(1).run(main)
    assert times == [0]


def test_the_wall_clock_can_be_set_and_nothing_else_moves() -> None:
    runtime = Runtime(1, epoch=1000)

    async def main() -> None:
        await trio.sleep(5)
        runtime.jump_clock(-3600)
        await trio.sleep(5)

    runtime.run(main)
    assert runtime.now() == 10
    assert runtime.wall() == 1000 + 10 - 3600


def test_messages_from_elsewhere_come_before_time_goes_on() -> None:
    async def main() -> float:
        event = trio.Event()
        trio.lowlevel.current_trio_token().run_sync_soon(event.set)
        with trio.move_on_after(10):
            await event.wait()
        return trio.current_time()

    assert Runtime(1).run(main) == 0


def test_a_real_file_descriptor_is_waited_for() -> None:
    async def main() -> bytes:
        result = await trio.run_process(["true"], capture_stdout=True)
        return result.stdout

    # It is no longer the seed that decides, but it works.
    assert Runtime(1, own_stacks=True).run(main) == b""
