"""Nobody's own files are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from .setup.person import Person


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Person:
    return Person(monkeypatch, tmp_path)
