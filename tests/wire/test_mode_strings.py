"""Mode strings, taken apart and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.modes import (
    ROOM_MODES,
    USER_MODES,
    Change,
    Takes,
    UnknownMode,
    format_modes,
    parse_modes,
)

from .strategies import nasty_texts, thorough


@pytest.mark.parametrize(
    ("text", "params", "changes"),
    [
        ("+m", (), [Change(True, "m")]),
        ("m", (), [Change(True, "m")]),
        ("-m", (), [Change(False, "m")]),
        ("+m-i+t", (), [Change(True, "m"), Change(False, "i"), Change(True, "t")]),
        ("+-+m", (), [Change(True, "m")]),
        ("+ov", ("a", "b"), [Change(True, "o", "a"), Change(True, "v", "b")]),
        ("+mo", ("a",), [Change(True, "m"), Change(True, "o", "a")]),
        ("+k", ("key",), [Change(True, "k", "key")]),
        ("-k", ("key",), [Change(False, "k", "key")]),
        ("-k", (), [Change(False, "k")]),
        ("+l-l", ("5",), [Change(True, "l", "5"), Change(False, "l")]),
        ("-lo", ("a",), [Change(False, "l"), Change(False, "o", "a")]),
        ("b", (), [Change(True, "b")]),
        ("+bb", ("*!*@x",), [Change(True, "b", "*!*@x"), Change(True, "b")]),
        ("+o", (), [Change(True, "o")]),
        ("+mZ-Ym", (), [Change(True, "m"), UnknownMode("Z"), UnknownMode("Y"), Change(False, "m")]),
        ("+", (), []),
        ("", ("a",), []),
    ],
)
def test_a_mode_string_is_taken_apart(
    text: str, params: tuple[str, ...], changes: list[Change | UnknownMode]
) -> None:
    assert parse_modes(text, params, ROOM_MODES) == changes


def test_modes_of_users_are_their_own() -> None:
    assert parse_modes("+i-x", (), USER_MODES) == [Change(True, "i"), UnknownMode("x")]


@pytest.mark.parametrize(
    ("changes", "params"),
    [
        ([Change(True, "m")], ("+m",)),
        ([Change(True, "m"), Change(True, "o", "a")], ("+mo", "a")),
        ([Change(True, "m"), Change(False, "k", "*"), Change(False, "l")], ("+m-kl", "*")),
        ([Change(False, "m"), Change(True, "m")], ("-m+m",)),
    ],
)
def test_changes_are_put_together(changes: list[Change], params: tuple[str, ...]) -> None:
    assert format_modes(changes) == params


def whole_changes() -> st.SearchStrategy[Change]:
    """Changes with a parameter where their mode takes one."""

    def change(adding: bool, mode: str, param: str) -> Change:
        takes = ROOM_MODES[mode]
        none = takes is Takes.NEVER or (takes is Takes.WHEN_SET and not adding)
        return Change(adding, mode, None if none else param)

    return st.builds(change, st.booleans(), st.sampled_from(sorted(ROOM_MODES)), st.text("xyz"))


@thorough
@given(st.lists(whole_changes(), min_size=1, max_size=12))
def test_what_is_put_together_is_taken_apart_the_same(changes: list[Change]) -> None:
    text, *params = format_modes(changes)
    assert parse_modes(text, params, ROOM_MODES) == changes


@thorough
@given(nasty_texts, st.lists(nasty_texts, max_size=4))
def test_any_text_is_a_mode_string(text: str, params: list[str]) -> None:
    changes = parse_modes(text, params, ROOM_MODES)
    assert len(changes) == len(text.replace("+", "").replace("-", ""))
