"""The page about the terminal client has the tables of the code."""

from __future__ import annotations

from tests.client_page import PAGE, TABLES
from tests.tables import filled


def test_the_tables_on_the_page_are_those_of_the_client() -> None:
    page = PAGE.read_text()
    for name in TABLES:
        assert f"<!-- table: {name} -->" in page
    assert page == filled(page, TABLES), "run `python -m tests.client_page`"
