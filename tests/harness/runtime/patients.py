"""Programs for the doctor, found by their names in other processes."""

from __future__ import annotations

import datetime
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import trio

from tests.harness.runtime import programs
from trio_chat.testing.runtime import Runtime


def healthy(seed: int) -> None:
    """Does all that a run decides."""
    programs.record(seed)


def by_hash(seed: int) -> None:
    """Goes by the hashes of strings."""
    runtime = Runtime(seed)

    async def main() -> None:
        await trio.sleep(1)
        runtime.trace.log("alice", "comes")
        for name in {"bob", "carol", "dave", "erin", "frank", "grace"}:
            runtime.trace.log(name, "is in the set")

    runtime.run(main)


def by_address(seed: int) -> None:
    """Goes by where things lie in memory."""
    runtime = Runtime(seed)

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        runtime.trace.log("alice", f"is {object()}")

    runtime.run(main)


def tells_another_story(seed: int) -> Story:
    """Has the same run, and returns something else."""
    Runtime(seed).run(trio.sleep, 1)
    return Story(["once upon a time", f"there was {hash('a word')}"])


@dataclass
class Story:
    """What a run was, in the words of whoever ran it."""

    events: list[str]


def draws_unseen(seed: int) -> None:
    """Draws more or less, and nobody notes it."""
    runtime = Runtime(seed)

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        for _ in range(hash("a word") % 7919):
            runtime.streams.stream("dice").random()

    runtime.run(main)


def hazardous(seed: int, clock: Callable[[], float] = monotonic) -> None:
    """Does all that it should not."""

    def in_thread() -> None:
        list(Path().iterdir())
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)

    async def main() -> None:
        clock()
        datetime.date.today()
        id(main)
        thread = threading.Thread(target=str)
        thread.start()
        thread.join()
        with socket.socket() as sock, suppress(OSError):
            sock.connect(("127.0.0.1", 1))
        await trio.to_thread.run_sync(in_thread)
        # Nothing is wrong with these.
        time.time()
        time.sleep(1)  # noqa: ASYNC251

    Runtime(seed).run(main)
