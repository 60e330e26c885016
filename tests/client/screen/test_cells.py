"""Regions that prompt_toolkit draws: graphemes take the columns that they have."""

from __future__ import annotations

import pytest
from prompt_toolkit.formatted_text import fragment_list_width
from prompt_toolkit.formatted_text.utils import split_lines

from trio_chat.client.screen import cells as module
from trio_chat.client.screen.cells import cells
from trio_chat.client.screen.line import Line, width

FAMILY = "👩\u200d👩\u200d👧"
TEXT = f"a{FAMILY}b🇩🇪c❤\ufe0fd👍🏽e\u0301漢"


def test_a_line_is_as_wide_as_it_is_measured() -> None:
    line: Line = [("bold", TEXT), ("", "plain"), ("", "é漢")]
    assert fragment_list_width(cells(line)) == width(TEXT) + 5 + 3
    [split] = split_lines(cells(line))
    assert fragment_list_width(split) == width(TEXT) + 5 + 3
    assert [style for style, *_ in cells(line)].count("bold") > 1


def test_a_mark_at_the_end_has_no_cell_of_its_own() -> None:
    assert cells([("", "\u2068שלום\u2069")])[-1] == ("", " ")
    assert cells([("", "a"), ("", "")]) == [("", "a"), ("", "")]


def test_what_is_remembered_of_widths_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TAUGHT", 10)
    module._taught.clear()
    for number in range(30):
        grapheme = chr(ord("a") + number % 26) + "\u0301" * (1 + number // 26)
        assert fragment_list_width(cells([("", grapheme + "é")])) == 2
        assert len(module._taught) <= 10
