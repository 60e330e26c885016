"""Runs that the seed decides, and others, in processes of their own."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_what_is_in_the_way_is_named_with_its_line() -> None:
    diagnosis = diagnose(patients.hazardous, 1)
    code = Path(patients.__file__).read_text().splitlines()
    lines = {}
    for hazard in diagnosis.hazards:
        place = hazard.where.partition(" in ")[0]
        lines[re.split("[,:]", hazard.what)[0]] = code[int(place.rpartition(":")[2]) - 1].strip()
        assert hazard.where in diagnosis.report()
    assert lines == {
        "asks the real clock by time.monotonic": "clock()",
        "asks the real clock": "datetime.date.today()",
        "asks for an address": "id(main)",
        "starts a real thread": "thread.start()",
        "connects a real socket": 'sock.connect(("127.0.0.1", 1))',
        "starts a process": 'subprocess.run([sys.executable, "-S", "-c", ""], check=True)',
        "lists a directory": "list(Path().iterdir())",
    }


def test_what_cannot_be_found_by_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be found by its name"):
        diagnose(lambda seed: None, 1)
