"""Fixtures: a server process, and terminals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .processes import ServerProcess, running_server
from .terminal import Tmux, terminals


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server on a port of its own, with an empty data directory."""
    async with running_server(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def tmux() -> AsyncIterator[Tmux]:
    async with terminals() as opened:
        yield opened
