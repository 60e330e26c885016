"""Where characters and words begin and end: what holds for any text."""

from __future__ import annotations

import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.screen import graphemes

PIECES = [
    "a",
    "é",
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "❤\ufe0f",
    "नि",
    "한",
    "ש",
    " ",
    "\n",
    "'",
    "-",
    "\u200d",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def boundaries(text: str) -> set[int]:
    """Every position between two graphemes."""
    found, at = {0}, 0
    for line in text.splitlines(keepends=True):
        for grapheme in wcwidth.iter_graphemes(line):
            at += len(grapheme)
            found.add(at)
    return found


@given(TEXTS, st.integers(-2, 60))
def test_a_position_is_snapped_to_the_nearest_boundary_that_way(text: str, at: int) -> None:
    found = boundaries(text)
    inside = max(0, min(at, len(text)))
    on, back = (graphemes.snapped(text, at, forward=forward) for forward in (True, False))
    assert on == min(each for each in found if each >= inside)
    assert back == max(each for each in found if each <= inside)


@given(TEXTS)
def test_stepping_goes_through_every_character_and_back(text: str) -> None:
    there, at = [0], 0
    while at < len(text):
        at = graphemes.after(text, at)
        there.append(at)
    assert set(there) == boundaries(text)
    back = [at]
    while at > 0:
        at = graphemes.before(text, at)
        back.append(at)
    assert back == there[::-1]


@given(TEXTS, st.integers(0, 60))
def test_words_end_between_characters_and_never_behind_the_start(text: str, at: int) -> None:
    at = graphemes.snapped(text, at, forward=False)
    end, start = graphemes.word_end(text, at), graphemes.word_start(text, at)
    assert start <= at <= end
    assert {start, end} <= boundaries(text)


@given(TEXTS, st.integers(0, 60))
def test_swapping_loses_nothing(text: str, at: int) -> None:
    at = graphemes.snapped(text, at, forward=False)
    for swap in (graphemes.with_characters_swapped, graphemes.with_words_swapped):
        swapped, then = swap(text, at)
        assert sorted(swapped) == sorted(text)
        assert 0 <= then <= len(text)
