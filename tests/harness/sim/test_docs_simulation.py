"""The examples of docs/simulation.md run as they stand there, and its tables are the code's.

Those that take many seeds are run by tests/sim.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sim_page import FAULT_NOTES, KNOB_NOTES, PAGE, RULE_NOTES, TABLES
from tests.tables import filled
from trio_chat.testing import oracle
from trio_chat.testing.sim.faults import FAULTS
from trio_chat.testing.sim.knobs import Knobs

from ..test_plugin import project

__all__ = ["project"]

RULES = [
    name
    for module in sorted(Path(oracle.__file__).parent.glob("*.py"))
    for name in re.findall(r'^[A-Z_]+ = "([a-z -]+)"$', module.read_text(), re.MULTILINE)
]
"""The names of all rules of the oracle."""

BOT = 'nick="mugbot"'
"""What is in the bot, and in no other example."""

BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def block_with(text: str) -> str:
    (found,) = (block for block in BLOCKS if text in block)
    return str(found)


def test_the_bot_and_its_test(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nfilterwarnings = error")
    project.makepyfile(mug_bot=block_with(BOT), test_mug_bot=block_with("is_lent_a_mug"))
    project.runpytest_inprocess("--sim-seeds=3").assert_outcomes(passed=1)


def test_the_program_without_a_chat() -> None:
    program: dict[str, Any] = {}
    exec(block_with("mugs = 1"), program)
    for _ in range(2):
        with pytest.raises(AssertionError):
            program["run"](0)


def test_every_example_is_run() -> None:
    assert len(BLOCKS) == 6


def test_the_tables_on_the_page_are_those_of_the_code() -> None:
    page = PAGE.read_text()
    for name in TABLES:
        assert f"<!-- table: {name} -->" in page
    assert page == filled(page, TABLES), "run `python -m tests.sim_page`"


def test_every_fault_and_knob_and_rule_is_explained() -> None:
    assert list(FAULT_NOTES) == list(FAULTS)
    assert set(RULE_NOTES) == set(RULES)
    assert list(KNOB_NOTES) == list(Knobs.__dataclass_fields__)
