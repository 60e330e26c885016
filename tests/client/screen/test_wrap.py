"""Breaking long lines between words."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.screen import line as lines
from trio_chat.client.screen.line import cut, cut_line, fitting, text_of, width
from trio_chat.client.screen.wrap import wrap

LINK = "https://irc.test/" + "a" * 50
FAMILY = "👩\u200d👩\u200d👧"
TEXTS = st.lists(
    st.sampled_from(["a", "b", "漢", "é", " ", FAMILY, "🇩🇪", "❤\ufe0f", "e\u0301"]), max_size=200
).map("".join)


def rows(text: str, columns: int, *, tear: bool = False) -> list[str]:
    """The rows of a text without styles."""
    return [text_of(row) for row in wrap([("", text)], columns, tear=tear)]


def test_a_line_that_fits_is_left_alone() -> None:
    line = "12:00 <al>  two  spaces".ljust(60)
    assert rows(line, 60) == [line]


def test_words_stay_whole_and_rows_after_the_first_are_indented() -> None:
    assert rows("12:00 <al> " + "one two three " * 5, 40) == [
        "12:00 <al> one two three one two three",
        "      one two three one two three one",
        "      two three",
    ]


def test_rows_after_the_first_stand_below_what_follows_time_and_number() -> None:
    line = [("class:time", "12:00 "), ("class:number", " 12 "), ("", f"<al> {'word ' * 8}")]
    assert [text_of(row) for row in wrap(line, 40)] == [
        "12:00  12 <al> word word word word word",
        "          word word word",
    ]
    assert [text_of(row) for row in wrap([("", " " * 10), ("", "word " * 8)], 40)] == [
        "          word word word word word word",
        "          word word",
    ]


def test_a_narrow_screen_has_no_room_for_an_indent() -> None:
    assert rows("12:00 <al> one two", 12) == ["12:00 <al>", "one two"]


def test_a_link_that_fits_a_row_is_not_torn() -> None:
    assert rows(f"12:00 <al> look here: {LINK} there", 80) == [
        "12:00 <al> look here:",
        f"      {LINK} there",
    ]
    link = LINK + "a" * 10
    for tear in (False, True):
        assert rows(f"12:00 <al> look here: {link} there", 80, tear=tear) == [
            "12:00 <al> look here:",
            link,
            "      there",
        ]


def test_a_link_longer_than_a_row_is_wrapped_by_the_terminal() -> None:
    # It ends in column 6 of its third row.
    link = LINK + "b" * 16
    assert rows(f"12:00 <al> {link} {'word ' * 7}", 44) == [
        f"12:00 <al> {link} {'word ' * 7}".strip()
    ]
    assert rows(f"12:00 <al> {link} {'word ' * 8}", 44)[1:] == ["      word"]


def test_where_no_terminal_wraps_a_long_word_is_torn() -> None:
    assert rows(f"12:00 <al> {'漢' * 40} end", 40, tear=True) == [
        "12:00 <al> " + "漢" * 14,
        "      " + "漢" * 17,
        "      " + "漢" * 9 + " end",
    ]
    assert rows(FAMILY * 3, 1, tear=True) == [FAMILY] * 3


def test_wide_letters_take_two_columns() -> None:
    assert rows("12:00 <al> " + "漢字漢字 " * 4, 40) == [
        "12:00 <al> 漢字漢字 漢字漢字 漢字漢字",
        "      漢字漢字",
    ]


def test_a_family_a_flag_and_a_heart_take_two_columns_each() -> None:
    text = f"{FAMILY}🇩🇪❤\ufe0f" * 6
    assert width(text) == 36
    assert rows(f"{text} yes", 40) == [f"{text} yes"]
    assert rows(f"{text} yes!", 40) == [text, "      yes!"]


def test_styles_stay_on_what_they_were_on() -> None:
    line = [("time", "12:00 "), ("", "one "), ("bold", "two " * 8), ("", "end")]
    assert wrap(line, 40) == [
        [("time", "12:00 "), ("", "one "), ("bold", "two two two two two two two")],
        [("", "      "), ("bold", "two "), ("", "end")],
    ]


def test_a_line_is_cut_between_graphemes() -> None:
    line = [("a", "one "), ("b", FAMILY * 2), ("c", "end")]
    assert cut_line(line, 11) == line
    assert cut_line(line, 10) == [("a", "one "), ("b", FAMILY * 2), ("c", "e…")]
    assert cut_line(line, 8) == [("a", "one "), ("b", FAMILY + "…")]
    assert cut_line(line, 6) == [("a", "one "), ("b", "…")]
    assert cut_line(line, 1) == [("a", "…")]
    assert cut_line(line, 0) == []
    assert cut("abc", 2) == "a…"


@given(TEXTS, st.integers(0, 30))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    assert width(cut(text, columns)) <= columns
    assert width(text[: fitting(text, columns)]) <= columns


@given(TEXTS, st.integers(2, 60), st.booleans())
def test_rows_fit_and_nothing_but_spaces_is_lost(text: str, columns: int, tear: bool) -> None:
    line = f"<{text}"
    wrapped = rows(line, columns, tear=tear)
    assert re.sub(" ", "", "".join(wrapped)) == re.sub(" ", "", line)
    for row in wrapped[1:]:
        assert row.strip()
    for row in wrapped:
        longest = max(map(lines.width, row.split()), default=0)
        assert width(row) <= columns or (longest > columns and not tear)
