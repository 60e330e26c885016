"""One seed, one run."""

from __future__ import annotations

import gc
import itertools
import math
import os
import random
import subprocess
import sys
import time

import pytest
import trio
from trio._core import _run

from tests.harness.runtime.programs import record
from trio_chat.testing.runtime import POLICIES, Runtime, Stuck


@pytest.mark.parametrize("policy", POLICIES)
def test_a_seed_is_a_run(policy: str) -> None:
    first, second = record(1, policy), record(1, policy)
    assert first.trace.lines == second.trace.lines
    assert first.trace.digest() == second.trace.digest()
    assert first.unseed() == second.unseed()


def test_each_seed_is_another_run() -> None:
    runs = [record(seed) for seed in range(5)]
    assert len({run.trace.digest() for run in runs}) == 5
    assert len({run.unseed() for run in runs}) == 5


def test_each_policy_is_another_run() -> None:
    assert len({record(1, policy).trace.digest() for policy in POLICIES}) == len(POLICIES)


def test_what_ran_before_in_the_process_does_not_count() -> None:
    first = record(7)
    litter = [record(seed) for seed in range(3)]
    second = record(7)
    assert first.unseed() == second.unseed()
    assert litter


def test_two_processes_have_the_same_run() -> None:
    # What differs between them: the hashes of strings, and every address.
    code = (
        "from tests.harness.runtime.programs import record\n"
        "for policy in ('random', 'fifo', 'pct'):\n"
        "    for own in (False, True):\n"
        "        run = record(3, policy, own)\n"
        "        print(run.trace.digest(), run.unseed())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert len(first.split()) == 12
    assert first == second


def test_what_main_returns_and_raises_comes_out() -> None:
    async def main(answer: int) -> int:
        await trio.sleep(3600)
        if answer < 0:
            raise KeyError(answer)
        return answer

    assert Runtime(1).run(main, 42) == 42
    with pytest.raises(KeyError):
        Runtime(1).run(main, -1)


def test_it_runs_once() -> None:
    runtime = Runtime(1)
    runtime.run(trio.sleep, 1)
    with pytest.raises(RuntimeError, match="runs once"):
        runtime.run(trio.sleep, 1)


def test_it_does_not_run_within_another() -> None:
    async def main() -> None:
        await trio.lowlevel.checkpoint()
        Runtime(2).run(trio.sleep, 1)

    with pytest.raises(RuntimeError, match="at work in this process"):
        Runtime(1).run(main)
    with pytest.raises(RuntimeError, match=r"within trio\.run"):
        trio.run(main)


def test_there_is_no_other_policy() -> None:
    with pytest.raises(ValueError, match="no policy 'lifo': there are random, fifo, pct"):
        Runtime(1, policy="lifo")


@pytest.mark.parametrize("ending", ["well", "by an error", "stuck"])
def test_all_is_as_before_afterwards(ending: str) -> None:
    def surroundings() -> list[object]:
        task = trio.lowlevel.Task
        return [
            *vars(_run).values(),
            *(vars(each) for each in (task, _run.Deadlines, random.Random, trio._threads.RunSync)),
            *vars(trio._threads).values(),
            *vars(trio._core._asyncgens).values(),
            *(vars(time)[name] for name in sorted(vars(time))),
            *(os.urandom, random.getstate(), gc.isenabled()),
        ]

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        random.random()
        if ending == "by an error":
            raise KeyError
        if ending == "stuck":
            await trio.sleep_forever()

    Runtime(1).run(trio.sleep, 1)  # checked
    before = [repr(each) for each in surroundings()]
    try:
        Runtime(1).run(main)
    except (KeyError, Stuck):
        assert ending != "well"
    assert [repr(each) for each in surroundings()] == before


def test_when_nothing_can_happen_it_says_who_waits_where() -> None:
    async def wait_for_nothing() -> None:
        await trio.Event().wait()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_for_nothing, name="the one who waits")
            await trio.sleep(5)

    with pytest.raises(Stuck) as caught:
        Runtime(1).run(main)
    text = str(caught.value)
    assert text.startswith("at 5.000000 s nothing can happen any more:")
    assert "the one who waits" in text
    assert "test_runtime.py" in text
    assert "in wait_for_nothing" in text


def test_when_cancellation_does_not_help_either_it_still_ends() -> None:
    async def main() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    with pytest.raises(Stuck):
        Runtime(1).run(main)


def test_tasks_that_run_for_ever_at_one_time_are_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        for _ in itertools.count():
            await trio.lowlevel.checkpoint()

    monkeypatch.setattr("trio_chat.testing.runtime.runtime.STANDSTILL", 100)
    with pytest.raises(Stuck):
        Runtime(1).run(main)


def test_an_hour_takes_no_time() -> None:
    began = time.monotonic()
    runtime = Runtime(1)
    runtime.run(trio.sleep, 3600)
    assert time.monotonic() - began < 60
    assert runtime.now() == 3600
    assert runtime.wall() == 1_893_456_000 + 3600


def test_a_run_can_be_watched_by_instruments() -> None:
    class Watcher(trio.abc.Instrument):
        steps = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.steps += 1

    watcher = Watcher()

    async def main() -> None:
        trio.lowlevel.add_instrument(watcher)
        for _ in range(5):
            await trio.lowlevel.checkpoint()
        trio.lowlevel.remove_instrument(watcher)
        for _ in range(5):
            await trio.lowlevel.checkpoint()

    Runtime(1).run(main)
    assert 5 <= watcher.steps < 8


def test_a_deadline_may_be_moved() -> None:
    async def main() -> list[float]:
        times = []
        for moved in (50, 5, math.inf):
            with trio.move_on_after(10) as scope:
                began = scope.deadline - 10
                scope.deadline = began + moved
                with trio.move_on_after(99):
                    await trio.sleep_forever()
            times.append(trio.current_time() - began)
        return times

    assert Runtime(1).run(main) == [50, 5, 99]


def test_streams_do_not_disturb_one_another() -> None:
    quiet, busy = Runtime(1).streams, Runtime(1).streams
    for _ in range(100):
        busy.stream("faults").random()
    assert quiet.stream("plan").random() == busy.stream("plan").random()
    assert quiet.stream("plan") is quiet.stream("plan")
    assert quiet.stream("plan").random() != quiet.stream("faults").random()


def test_a_draw_more_shows_in_the_unseed() -> None:
    first, second = record(1), record(1)
    for runtime in (first, second):
        runtime.streams.stream("plan")
    assert first.unseed() == second.unseed()
    second.streams.stream("plan").random()
    assert first.trace.digest() == second.trace.digest()
    assert first.unseed() != second.unseed()


def test_a_task_is_shown_by_its_number_and_no_address() -> None:
    async def main() -> str:
        await trio.lowlevel.checkpoint()
        return repr(trio.lowlevel.current_task())

    shown = Runtime(1).run(main)
    assert shown.endswith("number 1>")
    assert " 0x" not in shown
