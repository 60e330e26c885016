"""The examples of docs/testing.md run as they stand there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import trio_chat.testing

from .test_plugin import project

__all__ = ["project"]

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def block_with(text: str) -> str:
    (found,) = (block for block in BLOCKS if text in block)
    return str(found)


def test_the_bot_and_its_tests(project: pytest.Pytester) -> None:
    project.makepyfile(
        tea_bot=block_with("async def remind("), test_tea_bot=block_with("import tea_bot")
    )
    project.runpytest_inprocess("-W", "error").assert_outcomes(passed=3)


def test_a_bot_that_is_broken_is_found_out(project: pytest.Pytester) -> None:
    bot = block_with("async def remind(").replace("4 * 60", "6 * 60")
    project.makepyfile(tea_bot=bot, test_tea_bot=block_with("import tea_bot"))
    project.runpytest_inprocess("-W", "error").assert_outcomes(passed=1, failed=2)


def test_the_server_configured_otherwise(project: pytest.Pytester) -> None:
    project.makepyfile(block_with("def chat_config"))
    project.runpytest_inprocess("-W", "error").assert_outcomes(passed=1)


def test_without_pytest(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(block_with("open_chat"))
    runpy.run_path(str(path), run_name="__main__")


def test_every_example_is_run() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("name", trio_chat.testing.__all__)
def test_everything_public_can_be_imported(name: str) -> None:
    assert getattr(trio_chat.testing, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = trio_chat.testing.nonsense
