"""A text as lines to send in one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.batches import Batches
from trio_chat.client.multiline import MOST_LINES, Limits, Piece, batch, groups, joined, pieces
from trio_chat.wire.message import format_message, parse

AMPLE = Limits(100_000, 1_000)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("max-bytes=4096,max-lines=24", Limits(4096, 24)),
        ("max-lines=24,new=thing,max-bytes=4096", Limits(4096, 24)),
        ("max-bytes=4096", Limits(4096, MOST_LINES)),
        ("max-bytes=4096,max-lines=many", Limits(4096, MOST_LINES)),
        ("max-lines=24", None),
        ("max-bytes=500", None),
        ("max-bytes=" + "9" * 400, None),
        ("", None),
        (None, None),
    ],
)
def test_the_limits_in_a_capability(value: str | None, limits: Limits | None) -> None:
    assert Limits.of(value) == limits


def test_a_long_line_is_cut_after_a_space_and_goes_on() -> None:
    assert list(pieces("one two three\n\nfour", 8)) == [
        Piece("one two ", False),
        Piece("three", True),
        Piece("", False),
        Piece("four", False),
    ]


def test_blank_lines_around_a_text_are_left_out_and_those_within_are_not() -> None:
    [group] = groups("\r\n\n one\r\n\r\ntwo\n \n", 100, AMPLE)
    assert joined(group) == " one\n\ntwo"


def test_a_blank_text_is_no_message() -> None:
    assert groups("\n\r\n\0", 100, AMPLE) == []


def test_a_batch_has_no_more_lines_than_it_may() -> None:
    made = groups("a\nb\n\n\nc\nd", 100, Limits(1000, 2))
    assert [joined(group) for group in made] == ["a\nb", "c\nd"]


def test_a_batch_has_no_more_bytes_than_it_may() -> None:
    made = groups("ab\ncd\nef", 100, Limits(5, 100))
    assert [joined(group) for group in made] == ["ab\ncd", "ef"]
    made = groups("x" * 10, 100, Limits(5, 100))
    assert [joined(group) for group in made] == ["xxxx", "xxxx", "xx"]
    assert all(not group[0].goes_on for group in made)


TEXTS = st.text(st.sampled_from("ab \n\réλ🍵\u200d"), max_size=200)


@given(TEXTS, st.integers(8, 50), st.integers(10, 200), st.integers(1, 8))
def test_whatever_the_text_each_batch_keeps_to_its_limits(
    text: str, size: int, most_bytes: int, most_lines: int
) -> None:
    for group in groups(text, size, Limits(most_bytes, most_lines)):
        assert len(group) <= most_lines
        assert len(joined(group).encode()) <= most_bytes
        assert all(len(piece.text.encode()) <= size for piece in group)
        assert all(piece.text for piece in group if piece.goes_on)
        assert not group[0].goes_on
        assert joined(group).strip()


@given(TEXTS, st.integers(8, 50))
def test_what_is_sent_is_read_as_the_same_text(text: str, size: int) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    made = groups(text, size, AMPLE)
    whole = "\n".join(lines).rstrip().lstrip("\n")
    assert [joined(group).rstrip().lstrip("\n") for group in made] == ([whole] if whole else [])
    for group in made:
        batches, read = Batches(), None
        for message in batch("PRIVMSG", "#tea", group, "m1", {"label": "1"}):
            read = batches.take(parse(format_message(message)))
        assert read is not None
        assert read.params == ("#tea", joined(group))
        assert read.tags == {"label": "1"}
