"""An archive in memory, with a clock that is set by hand."""

from __future__ import annotations

import pytest

from .office import Office


@pytest.fixture
def office() -> Office:
    """An archive that has no accounts yet."""
    return Office()
