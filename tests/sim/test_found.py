"""Plans that have shown a bug of the server once: each runs clean since it was mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.run import run_plan

FOUND = sorted(Path(__file__).with_name("found").glob("*.json"))

pytestmark = pytest.mark.explored


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_is_mended(path: Path) -> None:
    failure = run_plan(Plan.from_json(path.read_bytes())).failure
    assert failure is None, str(failure)
