"""What is not decided by the seed is found, and the line that does it.

Each diagnosis takes three processes: the others are in tests/sim.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness.runtime import patients
from trio_chat.testing.runtime.doctor import diagnose


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
