"""The README and the pages: what they show of the code is the code."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import trio_chat
from trio_chat import server
from trio_chat.core import settings
from trio_chat.net.hub import Hub

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text()


def test_the_loop_in_the_readme_is_the_hubs_loop() -> None:
    shown = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert textwrap.indent(shown[1], " " * 8) in inspect.getsource(Hub.run)
    assert len(shown[1].splitlines()) <= 20, "the README shows the hub's loop in 20 lines"


def test_the_bot_in_the_readme_uses_what_there_is() -> None:
    found = re.search(
        r"(    import trio\n    import trio_chat\n.*?trio\.run\(main\))", README, re.DOTALL
    )
    assert found is not None
    tree = ast.parse(textwrap.dedent(found[1]))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "trio_chat"
    }
    assert used >= {"connect", "Said"}
    assert used <= set(trio_chat.__all__)


@pytest.mark.parametrize(
    "page", ["README.md", "CHANGELOG.md", *(f"docs/{page.name}" for page in TOP.glob("docs/*.md"))]
)
def test_links_between_the_pages_lead_somewhere(page: str) -> None:
    path = TOP / page
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_the_page_tells_what_takes_a_restart() -> None:
    page = " ".join((TOP / "docs" / "server.md").read_text().split())
    told = re.search(r"((?:`[\w.]+`(?:, | and )?)+) take a restart", page)
    assert told is not None
    keys = [*server._FIXED, *(f"chat.{key}" for key in settings.FIXED)]
    assert re.findall(r"`([\w.]+)`", told[1]) == keys


def test_everything_public_can_be_imported_and_says_what_it_is() -> None:
    for name in trio_chat.__all__:
        assert inspect.getdoc(getattr(trio_chat, name)), name
