"""Completion: a key press is a text and a cursor in, a text and a cursor out."""

from __future__ import annotations

import pytest

from trio_chat.client.screen.completion import Cycle, Words, complete

WORDS = Words(["join", "part", "help"], ["#tea", "#trio"], ["bob", "alice", "Albert"])


def pressed(text: str, *steps: int) -> str | None:
    """The line after pressing Tab so often, from a cursor at `|`, with the cursor shown."""
    before, _, after = text.partition("|")
    line, cursor = before + after, len(before)
    cycle: Cycle | None = None
    for step in steps or (1,):
        cycle = complete(line, cursor, WORDS, cycle, step)
        if cycle is None:
            return None
        line, cursor = cycle.text, cycle.cursor
    return f"{line[:cursor]}|{line[cursor:]}"


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("/j|", "/join |"),
        ("/JO|", "/join |"),
        ("b|", "bob: |"),
        ("hello b|", "hello bob |"),
        ("b| is here", "bob: | is here"),
        ("see #tr|", "see #trio |"),
        ("/msg al|", "/msg alice |"),
    ],
)
def test_the_word_before_the_cursor_is_completed(text: str, completed: str) -> None:
    assert pressed(text) == completed


@pytest.mark.parametrize("text", ["|", "hello |", "zz|", "/zz|", "hello /j|"])
def test_where_nothing_fits_nothing_happens(text: str) -> None:
    assert pressed(text) is None


def test_pressing_again_goes_through_the_candidates_and_around() -> None:
    assert pressed("a|", 1, 1) == "Albert: |"
    assert pressed("a|", 1, 1, 1) == "alice: |"
    assert pressed("a|", 1, -1) == "Albert: |"
    assert pressed("a|", -1) == "Albert: |"


def test_a_line_that_was_edited_starts_a_new_completion() -> None:
    cycle = complete("a", 1, WORDS, None)
    assert cycle is not None
    edited = complete(cycle.text + "b", cycle.cursor + 1, WORDS, cycle)
    assert edited is not None
    assert edited.text == "alice: bob "
