"""The standard library tells the time of the run, and draws by its seed."""

from __future__ import annotations

import gc
import logging
import os
import random
import secrets
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import trio

from trio_chat.testing.runtime import Runtime

NOON = 1_893_499_200.0
"""2030-01-01T12:00:00Z."""


def run(look: Callable[[], Any], seed: int = 1, epoch: float = NOON) -> Any:
    """What is seen 90 s after the start."""

    async def main() -> Any:
        await trio.sleep(90)
        return look()

    return Runtime(seed, epoch=epoch).run(main)


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (lambda: time.time(), NOON + 90),
        (lambda: time.time_ns(), (int(NOON) + 90) * 10**9),
        (lambda: time.monotonic(), 90),
        (lambda: time.monotonic_ns(), 90 * 10**9),
        (lambda: time.perf_counter(), 90),
        (lambda: time.perf_counter_ns(), 90 * 10**9),
        (lambda: time.process_time(), 90),
        (lambda: time.clock_gettime(time.CLOCK_REALTIME), NOON + 90),
        (lambda: time.clock_gettime(time.CLOCK_MONOTONIC), 90),
        (lambda: time.gmtime()[:6], (2030, 1, 1, 12, 1, 30)),
        (lambda: time.gmtime(0)[:6], (1970, 1, 1, 0, 0, 0)),
        (lambda: time.mktime(time.localtime()), NOON + 90),
        (lambda: time.strftime("%Y", time.gmtime()), "2030"),
        (lambda: time.strftime("%Y"), "2030"),
        (lambda: time.ctime()[-4:], "2030"),
        (lambda: time.asctime()[-4:], "2030"),
        (lambda: logging.LogRecord("a", 0, "", 0, "", (), None).created, NOON + 90),
    ],
)
def test_who_asks_for_the_time_is_told_that_of_the_run(look: Callable[[], Any], seen: Any) -> None:
    assert run(look) == seen


@pytest.mark.parametrize(
    "look",
    [
        lambda: os.urandom(8),
        lambda: random.random(),
        lambda: random.sample(range(1000), 10),
        lambda: random.Random().random(),
        lambda: random.SystemRandom().random(),
        lambda: secrets.token_hex(),
        lambda: secrets.choice(range(10**9)),
        lambda: uuid.uuid4(),
        lambda: uuid.uuid1(),
    ],
)
def test_what_is_drawn_is_drawn_by_the_seed(look: Callable[[], Any]) -> None:
    assert run(look, 1) == run(look, 1)
    assert run(look, 1) != run(look, 2) or isinstance(run(look), uuid.UUID)


def test_who_has_a_seed_keeps_it() -> None:
    assert run(lambda: random.Random(5).random()) == random.Random(5).random()


def test_the_random_numbers_of_others_go_on_where_they_were() -> None:
    random.seed(5)
    wanted = [random.random() for _ in range(2)]
    random.seed(5)
    found = [random.random()]
    run(random.random)
    assert [*found, random.random()] == wanted


def test_a_thread_that_has_nothing_to_do_with_it_draws_and_sleeps_as_always() -> None:
    drawn: list[bytes] = []

    def elsewhere() -> None:
        time.sleep(0.001)
        drawn.append(os.urandom(8))

    def look() -> None:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    run(look)
    run(look)
    assert len(set(drawn)) == 2


def test_nobody_sleeps_backwards() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        run(lambda: time.sleep(-1))


def test_garbage_is_collected_after_the_run_and_not_within() -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    def look() -> tuple[bool, weakref.ref[Knot]]:
        reference = weakref.ref(Knot())
        for _ in range(2000):  # more than makes Python collect
            Knot()
        return reference() is not None, reference

    assert gc.isenabled()
    was_there, reference = run(look)
    assert was_there
    assert reference() is None
    assert gc.isenabled()
