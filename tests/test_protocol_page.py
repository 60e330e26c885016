"""The page about the protocol tells of everything the server has, and of nothing else."""

from __future__ import annotations

from trio_chat.core.commands import TABLE
from trio_chat.core.usages import USAGES
from trio_chat.wire.caps import CAPABILITIES

from .protocol_page import CAPABILITY_NOTES, PAGE, TABLES
from .tables import filled


def test_the_tables_on_the_page_are_those_of_the_server() -> None:
    page = PAGE.read_text()
    for name in TABLES:
        assert f"<!-- table: {name} -->" in page
    assert page == filled(page, TABLES), "run `python -m tests.protocol_page`"


def test_every_capability_and_command_is_explained() -> None:
    assert list(CAPABILITY_NOTES) == list(CAPABILITIES)
    assert sorted(USAGES) == sorted(TABLE)
