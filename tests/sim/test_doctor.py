"""Runs that the seed decides, and others, in processes of their own."""

from __future__ import annotations

import pytest

from tests.harness.runtime import patients
from trio_chat.testing.runtime.doctor import diagnose

pytestmark = pytest.mark.explored


def test_a_run_that_the_seed_decides_is_healthy() -> None:
    diagnosis = diagnose(patients.healthy, 1)
    assert diagnosis.is_healthy
    assert diagnosis.hazards == []
    assert diagnosis.lines > 50
    assert "had the same run" in diagnosis.report()


def test_the_first_line_that_differs_is_shown_with_what_is_around() -> None:
    diagnosis = diagnose(patients.by_hash, 1)
    assert diagnosis.divergence is not None
    assert "is in the set" in diagnosis.divergence.first[0]
    assert diagnosis.divergence.before[-1].endswith("alice comes")
    assert diagnosis.divergence.report() in diagnosis.report()
    assert "1.000000 alice comes" in diagnosis.report()


def test_an_address_in_a_line_is_found() -> None:
    diagnosis = diagnose(patients.by_address, 1)
    assert diagnosis.divergence is not None
    assert "alice is <object object at 0x" in diagnosis.divergence.second[0]


def test_what_is_returned_is_compared_too() -> None:
    diagnosis = diagnose(patients.tells_another_story, 1)
    assert diagnosis.divergence is not None
    assert diagnosis.divergence.before == ["once upon a time"]
    assert diagnosis.divergence.first[0].startswith("there was ")


def test_draws_that_nobody_notes_are_found() -> None:
    diagnosis = diagnose(patients.draws_unseen, 1)
    assert not diagnosis.is_healthy
    assert "'dice'" in diagnosis.report()


def test_what_runs_nothing_is_refused() -> None:
    with pytest.raises(RuntimeError, match="has run no Runtime"):
        diagnose("builtins:str", 1)
