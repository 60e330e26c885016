"""Text from outside, made safe to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.printable import printable

from .strategies import thorough

MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("text", ["hello", "Grüße, 世界", "👋🏽", "e\u0301", "", "עברית"])
def test_what_people_write_is_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    "character",
    [
        *("\0", "\x07", "\x08", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9b"),
        *("\u2028", "\u2029", "\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066", "\u2069"),
        "\ud800",
    ],
)
def test_what_moves_the_cursor_or_turns_text_around_is_replaced(character: str) -> None:
    assert printable(f"a{character}b") == f"a{MARK}b"


@thorough
@given(st.text())
def test_nothing_that_controls_a_terminal_is_left(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)
    assert not any(unicodedata.bidirectional(c) in ("LRO", "RLO", "LRI", "RLI") for c in shown)
    shown.encode()
