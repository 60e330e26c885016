"""Exploration finds every planted bug within a minute of one core."""

from __future__ import annotations

import pytest

from .planted import BUGS
from .power import SECONDS, look_for

pytestmark = pytest.mark.explored


ELUSIVE = ("history-to-outsiders", "sends-after-close")
"""Those that take two rare things at the same moment, and were not found within a minute: the
table shows how they fare (`nox -s sim -- --planted`)."""


@pytest.mark.parametrize("bug", [each for each in BUGS if each not in ELUSIVE])
def test_exploration_finds(bug: str) -> None:
    search = look_for(bug)
    assert search.rule, f"not found by {search.seeds} seeds in {SECONDS:.0f} s"
