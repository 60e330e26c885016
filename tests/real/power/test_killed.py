"""A server that is killed, or whose power is lost, at any moment: nothing acknowledged is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from ..processes import ServerProcess, running_server
from ..programs import needs
from . import rounds
from .disk import Disk
from .history import check_kept, check_told
from .talking import Ears, conversation

pytestmark = pytest.mark.slow

FEW = 3
"""Rounds in CI."""


async def chat_until_killed(
    server: ServerProcess,
    ears: Ears,
    word: str,
    seconds: float,
    begin: Callable[[], None] = lambda: None,
) -> None:
    """A chat that the server does not outlive, at the latest after so long; `begin` may have it die
    earlier."""
    async with conversation(server.port, ears, word):
        begin()
        with trio.move_on_after(seconds):
            await server.process.wait()
        server.process.kill()
        await server.process.wait()


@pytest.mark.parametrize("durability", ["disk", "os"])
async def test_what_was_echoed_is_in_the_history_when_the_server_was_killed(
    tmp_path: Path, durability: str
) -> None:
    data, ears = tmp_path / "data", Ears()
    config = tmp_path / "chat.toml"
    config.write_text(f'[history]\ndurability = "{durability}"\n')
    for seed in rounds(FEW):
        chance = random.Random(seed)
        async with running_server(data, "--quiet", "--config", str(config)) as server:
            await check_told(server.port, ears)
            await chat_until_killed(server, ears, f"r{seed}", chance.uniform(0.0, 1.0))
            assert server.console == ""  # the start was a clean one
        check_kept(data, ears)
    assert len(ears.acknowledged) > 100
    assert ears.taken_back


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
            await check_told(server.port, ears)
            seconds, more = chance.uniform(0.0, 1.0), chance.randint(1, 2_000)

            def die(more: int = more) -> None:
                """At one of the next things done to the disk; else from outside, between two."""
                disk.dies_at = disk.operations + more

            await chat_until_killed(server, ears, f"r{seed}", seconds, die)
            assert server.console == ""
        disk.lose_power(chance.choice((None, seed)))
        check_kept(data, ears)
    assert len(ears.acknowledged) > 100
    assert ears.taken_back
