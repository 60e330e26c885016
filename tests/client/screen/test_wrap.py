"""Breaking long lines between words."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from trio_chat.client.screen.wrap import wrap

LINK = "https://irc.test/" + "a" * 50


def test_a_line_that_fits_is_left_alone() -> None:
    line = "12:00 <al>  two  spaces".ljust(60)
    assert wrap(line, 60) == [line]


def test_words_stay_whole_and_rows_after_the_first_are_indented() -> None:
    assert wrap("12:00 <al> " + "one two three " * 5, 40) == [
        "12:00 <al> one two three one two three",
        "      one two three one two three one",
        "      two three",
    ]


def test_a_narrow_screen_has_no_room_for_an_indent() -> None:
    assert wrap("12:00 <al> one two", 12) == ["12:00 <al>", "one two"]


def test_a_link_that_fits_a_row_is_not_torn() -> None:
    assert wrap(f"12:00 <al> look here: {LINK} there", 80) == [
        "12:00 <al> look here:",
        f"      {LINK} there",
    ]
    link = LINK + "a" * 10
    assert wrap(f"12:00 <al> look here: {link} there", 80) == [
        "12:00 <al> look here:",
        link,
        "      there",
    ]


def test_a_link_longer_than_a_row_is_wrapped_by_the_terminal() -> None:
    # It ends in column 6 of its third row.
    link = LINK + "b" * 16
    assert wrap(f"12:00 <al> {link} {'word ' * 7}", 44) == [
        f"12:00 <al> {link} {'word ' * 7}".strip()
    ]
    assert wrap(f"12:00 <al> {link} {'word ' * 8}", 44)[1:] == ["      word"]


def test_wide_letters_take_two_columns() -> None:
    assert wrap("12:00 <al> " + "漢字漢字 " * 4, 40) == [
        "12:00 <al> 漢字漢字 漢字漢字 漢字漢字",
        "      漢字漢字",
    ]


def test_colours_take_no_room() -> None:
    line = "\x1b[2m12:00\x1b[0m <\x1b[92mal\x1b[0m> " + "x" * 29
    assert wrap(line, 40) == [line]
    assert wrap(f"{line} \x1b[31my\x1b[0m", 40) == [line, "      \x1b[31my\x1b[0m"]


@given(st.text("ab漢é \u0301", max_size=200), st.integers(2, 60))
def test_rows_fit_and_nothing_but_spaces_is_lost(text: str, columns: int) -> None:
    line = f"<{text}"
    rows = wrap(line, columns)
    assert re.sub(" ", "", "".join(rows)) == re.sub(" ", "", line)
    for row in rows[1:]:
        assert row.strip()
    for row in rows:
        longest = max(map(get_cwidth, row.split()), default=0)
        assert get_cwidth(row) <= columns or longest > columns
