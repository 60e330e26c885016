"""Exploration finds every planted bug within a minute of one core."""

from __future__ import annotations

import pytest

from .planted import BUGS
from .power import SECONDS, look_for

pytestmark = pytest.mark.explored


@pytest.mark.parametrize("bug", BUGS)
def test_exploration_finds(bug: str) -> None:
    search = look_for(bug)
    assert search.rule, f"not found by {search.seeds} seeds in {SECONDS:.0f} s"
