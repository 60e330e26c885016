"""The disk and the store on it, with many more power losses than the quick tests have time for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..harness.disk.test_disk import is_cut_short
from ..harness.disk.test_store_on_disk import use_and_lose

SEEDS = range(1000, 1150)

pytestmark = pytest.mark.explored


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "TRUNCATE", "PERSIST"])
def test_no_moment_damages_a_database_or_loses_what_was_synced(tmp_path: Path, mode: str) -> None:
    assert sum(is_cut_short(tmp_path, mode, seed) for seed in SEEDS)


def test_what_was_synced_is_in_the_store_whatever_failed_at_whatever_moment(
    tmp_path: Path,
) -> None:
    for seed in SEEDS:
        use_and_lose(tmp_path, seed)
