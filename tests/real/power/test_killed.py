"""A server that is killed, or whose power is lost, at any moment: nothing acknowledged is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import trio

from ..processes import ServerProcess, running_server
from ..programs import needs
from . import rounds
from .disk import Disk
from .history import check_kept
from .talking import Ears, conversation

pytestmark = pytest.mark.slow

FEW = 3
"""Rounds in CI."""


async def chat_until_killed(server: ServerProcess, ears: Ears, word: str, seconds: float) -> None:
    """A chat that the server does not outlive: by itself, or at the latest after so long."""
    async with conversation(server.port, ears, word):
        with trio.move_on_after(seconds):
            await server.process.wait()
        server.process.kill()
        await server.process.wait()


async def test_what_was_echoed_is_in_the_history_when_the_server_was_killed(
    tmp_path: Path,
) -> None:
    data, ears = tmp_path / "data", Ears()
    for seed in rounds(FEW):
        chance = random.Random(seed)
        async with running_server(data, "--quiet") as server:
            await chat_until_killed(server, ears, f"r{seed}", chance.uniform(0.0, 1.0))
            assert server.console == ""  # the start was a clean one
        check_kept(data, ears)
    assert len(ears.acknowledged) > 100


@needs("gcc")
async def test_what_was_echoed_is_in_the_history_when_power_was_lost(
    tmp_path: Path, disk: Disk
) -> None:
    data, ears = disk.root / "data", Ears()
    console = tmp_path / "console"
    for seed in rounds(FEW):
        chance = random.Random(seed)
        disk.sync_micros = chance.choice((0, 500, 5_000))
        async with running_server(
            data, "--quiet", environment=disk.environment, console=console
        ) as server:
            # At one of the next things that it does to the disk; or from outside, between two.
            disk.dies_at = disk.operations + chance.randint(1, 2_000)
            await chat_until_killed(server, ears, f"r{seed}", chance.uniform(0.0, 1.0))
            assert server.console == ""
        disk.lose_power(chance.choice((None, seed)))
        check_kept(data, ears)
    assert len(ears.acknowledged) > 100
