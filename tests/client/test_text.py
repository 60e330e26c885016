"""Splitting and cleaning text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.text import clean, split, typed

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_short_text_is_one_line() -> None:
    assert split("hello", 400) == ["hello"]


def test_line_ends_split_and_blank_lines_are_dropped() -> None:
    assert split("one\r\n\r\n  \ntwo\rthree\0", 400) == ["one", "two", "three"]


def test_a_long_line_is_cut_at_a_space() -> None:
    assert split("alpha beta gamma", 12) == ["alpha beta", "gamma"]


def test_a_word_longer_than_a_line_is_cut_where_it_must() -> None:
    assert split("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_visible_character_is_not_torn() -> None:
    family = "👩\u200d👩\u200d👧"
    accented = "e\u0301" * 3
    assert split("ab" + family, len(family.encode())) == ["ab", family]
    assert split(accented, 4) == ["e\u0301"] * 3


def test_a_size_no_character_is_sure_to_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        split("hello", 3)


@given(TEXTS, st.integers(4, 60))
def test_every_piece_fits_and_nothing_is_lost(text: str, size: int) -> None:
    pieces = split(text, size)
    assert all(0 < len(piece.encode()) <= size for piece in pieces)
    drop = str.maketrans("", "", " \0\r\n")
    blank = [line for line in text.replace("\r", "\n").split("\n") if not line.strip()]
    if not blank and not any(unicodedata.category(c) in ("Zs", "Cc") for c in text):
        assert "".join(pieces).translate(drop) == text.translate(drop)


def test_formatting_codes_go_and_the_text_stays() -> None:
    assert clean("\x02bold\x02 \x0304,12red\x03 \x04FF0000hex\x0f 12") == "bold red hex 12"
    assert clean("\x035 apples") == " apples"


@given(TEXTS)
def test_cleaned_text_has_nothing_a_terminal_acts_upon(text: str) -> None:
    cleaned = clean(text)
    assert not any(unicodedata.category(character) == "Cc" for character in cleaned)
    assert not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in cleaned)
    assert clean(cleaned) == cleaned


def test_emoji_and_right_to_left_letters_stay() -> None:
    text = "👩\u200d👧 שלום café"
    assert clean(text) == text


def test_what_is_typed_keeps_line_ends_and_letters_of_all_scripts() -> None:
    assert typed("one\n\ttwo\x1a\x1b[2J\x9b \x0304red\x0f") == "one\n two[2J red"
    assert typed("👩\u200d👧 של\u200fום") == "👩\u200d👧 של\u200fום"
