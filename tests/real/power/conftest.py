"""Fixtures: a disk that fails when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from .disk import Disk, compiled


@pytest.fixture(scope="session")
def disk_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.fixture
def disk(tmp_path: Path, disk_library: Path) -> Disk:
    return Disk(tmp_path, disk_library)
