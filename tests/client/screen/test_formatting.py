"""Formatting codes of IRC, read into styled fragments."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.screen.colours import IRC
from trio_chat.client.screen.formatting import formatted
from trio_chat.client.screen.line import Line, text_of
from trio_chat.client.text import MOST_MARKS, clean


def plain(front: str, behind: str) -> str:
    return f"{front}/{behind}"


def read(text: str) -> Line:
    return formatted(text, plain)


def test_the_examples_of_the_specification() -> None:
    assert read("I love \x033IRC! \x03It is the \x037best protocol ever!") == [
        ("", "I love "),
        ("009300/", "IRC! "),
        ("", "It is the "),
        ("fc7f00/", "best protocol ever!"),
    ]
    assert read("This is a \x1d\x0313,9cool \x03message") == [
        ("", "This is a "),
        ("italic ff00ff/00fc00", "cool "),
        ("italic", "message"),
    ]
    assert read("IRC \x02is \x034,12so \x03great\x0f!") == [
        ("", "IRC "),
        ("bold", "is "),
        ("bold ff0000/0000fc", "so "),
        ("bold", "great"),
        ("", "!"),
    ]
    assert read("Don't spam 5\x0313,8,6\x03,7,8, and not \x029\x02\x1d!") == [
        ("", "Don't spam 5"),
        ("ff00ff/ffff00", ",6"),
        ("", ",7,8, and not "),
        ("bold", "9"),
        ("italic", "!"),
    ]


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("\x02", "bold"),
        ("\x1d", "italic"),
        ("\x1f", "underline"),
        ("\x1e", "strike"),
        ("\x11", "class:mono"),
        ("\x16", "reverse"),
    ],
)
def test_a_toggle_begins_and_ends(code: str, style: str) -> None:
    assert read(f"a{code}b{code}c") == [("", "a"), (style, "b"), ("", "c")]


def test_a_colour_behind_stays_until_another_or_the_end_of_colours() -> None:
    assert read("\x034,2a\x033b\x0399c\x03d") == [
        ("ff0000/00007f", "a"),
        ("009300/00007f", "b"),
        ("/00007f", "c"),
        ("", "d"),
    ]


def test_two_digits_are_a_number_and_a_third_is_text() -> None:
    assert read("\x03123\x03") == [("0000fc/", "3")]
    assert read("\x034,") == [("ff0000/", ",")]
    assert read("\x0398x") == [("ffffff/", "x")]
    assert len(IRC) == 99


def test_colours_by_hex_digits() -> None:
    assert read("\x04FF8C00,001122a\x04b\x04fffc") == [
        ("ff8c00/001122", "a"),
        ("", "b"),
        ("", "fffc"),
    ]


def test_nothing_is_nothing() -> None:
    assert read("") == read("\x02\x02\x0f\x1b") == []


def test_accents_are_not_stacked_without_end() -> None:
    text = "a" + "\u0301" * 50 + "b"
    assert text_of(read(text)) == clean(text) == "a" + "\u0301" * MOST_MARKS + "b"
    for whole in ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "漢字" * 9):
        assert clean(whole) == whole


@given(st.text(st.sampled_from("ab1,\x02\x03\x04\x0f\x16\x1b\x9b\u202e\u2066\t漢")))
def test_what_is_read_is_the_clean_text(text: str) -> None:
    fragments = read(text)
    shown = text_of(fragments)
    assert shown == clean(text)
    assert all(part for _, part in fragments)
    assert not any(unicodedata.category(character) == "Cc" for character in shown)
