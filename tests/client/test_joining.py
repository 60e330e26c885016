"""Which lines JOIN many rooms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.joining import join_lines, most_targets
from trio_chat.wire.message import MAX_BODY, format_message

NAMES = st.text("abcdefgh", min_size=1, max_size=60).map(lambda name: f"#{name}")
KEYS = st.one_of(st.just(""), st.text("xyz", min_size=1, max_size=30))


def test_rooms_are_joined_in_one_line_those_with_keys_first_in_it() -> None:
    places = {"#a": "key", "#b": "", "#c": "", "#d": "other", "#e": ""}
    lines = [line.params for line in join_lines(places)]
    assert lines == [("#a,#b,#c", "key"), ("#d,#e", "other")]


def test_no_rooms_take_no_line() -> None:
    assert list(join_lines({})) == []


@given(st.dictionaries(NAMES, KEYS, max_size=40), st.one_of(st.none(), st.integers(1, 5)))
def test_every_room_is_asked_for_in_order_with_its_key(
    places: dict[str, str], most: int | None
) -> None:
    asked: list[tuple[str, str]] = []
    for line in join_lines(places, most):
        assert len(format_message(line)) <= MAX_BODY
        names, keys = (*(param.split(",") for param in line.params), [])[:2]
        assert most is None or len(names) <= most
        keys += [""] * (len(names) - len(keys))
        asked += zip(names, keys, strict=True)
    assert asked == list(places.items())


@pytest.mark.parametrize(
    ("targmax", "most"),
    [
        ("PRIVMSG:4,JOIN:3,KICK:1", 3),
        ("join:2", 2),
        ("JOIN:", None),
        ("JOIN", None),
        ("JOIN:0", 1),
        ("JOIN:many", None),
        ("JOIN:99999999999999999999", 999999),
        ("", None),
    ],
)
def test_what_a_server_says_of_many_targets(targmax: str, most: int | None) -> None:
    assert most_targets({"TARGMAX": targmax}) == most
    assert most_targets({}) is None
