"""The policies, and what they may do to a program."""

from __future__ import annotations

import pytest
import trio

from trio_chat.testing.runtime import POLICIES, Runtime

TASKS, ROUNDS = 5, 6


def turns(seed: int, policy: str, tasks: int = TASKS) -> list[int]:
    """Who runs when, of tasks that could always run."""
    ran: list[int] = []

    async def step(number: int) -> None:
        for _ in range(ROUNDS):
            ran.append(number)
            await trio.lowlevel.checkpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(tasks):
                nursery.start_soon(step, number)

    Runtime(seed, policy=policy).run(main)
    return ran


def test_by_fifo_who_could_run_first_runs_first() -> None:
    assert turns(1, "fifo") == turns(2, "fifo") == [*range(TASKS)] * ROUNDS


def test_by_random_each_runs_once_in_each_pass_in_any_order() -> None:
    found = set()
    for seed in range(30):
        ran = turns(seed, "random")
        passes = [tuple(ran[at : at + TASKS]) for at in range(0, len(ran), TASKS)]
        assert all(sorted(each) == [*range(TASKS)] for each in passes)
        found.update(passes)
    assert len(found) > 60  # of 120


def test_by_pct_some_have_to_wait_while_others_go_on() -> None:
    steady = held = 0
    for seed in range(40):
        ran = turns(seed, "pct")
        assert sorted(ran) == sorted([*range(TASKS)] * ROUNDS)
        steady += ran == ran[:TASKS] * ROUNDS  # the ranks hold all the way
        passes = [sorted(ran[at : at + TASKS]) for at in range(0, len(ran), TASKS)]
        held += any(each != [*range(TASKS)] for each in passes)
    assert steady
    assert held


def test_who_is_held_back_runs_in_the_end() -> None:
    for seed in range(40):
        assert len(turns(seed, "pct", tasks=2)) == 2 * ROUNDS


@pytest.mark.parametrize("policy", POLICIES)
def test_a_bug_of_depth_two_is_found(policy: str) -> None:
    """To check and then to act, with a checkpoint between, is found by any order."""

    async def claim(claims: list[int], number: int) -> None:
        await trio.sleep(number % 2)
        if not claims:
            await trio.lowlevel.checkpoint()
            claims.append(number)

    async def main() -> int:
        claims: list[int] = []
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(claim, claims, number)
        return len(claims)

    assert any(Runtime(seed, policy=policy).run(main) > 1 for seed in range(20))


def test_what_only_a_long_wait_shows_is_found_by_pct_alone() -> None:
    """One task is to be overtaken by ten steps of another, while it could run all the time."""

    async def main() -> bool:
        steps = longest = 0

        async def fast() -> None:
            nonlocal steps
            for _ in range(100):
                steps += 1
                await trio.lowlevel.checkpoint()

        async def slow() -> None:
            nonlocal longest
            for _ in range(100):
                before = steps
                await trio.lowlevel.checkpoint()
                longest = max(longest, steps - before)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fast)
            nursery.start_soon(slow)
        return longest >= 10

    found = {
        policy: sum(Runtime(seed, policy=policy).run(main) for seed in range(20))
        for policy in POLICIES
    }
    assert found["random"] == found["fifo"] == 0
    assert found["pct"] > 2
