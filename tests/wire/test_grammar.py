"""Names and masks."""

from __future__ import annotations

from functools import cache
from typing import Any, SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire import grammar
from trio_chat.wire.grammar import (
    casefold,
    clean_username,
    host_literal,
    is_key,
    is_nick,
    is_room_name,
    looks_like_room,
    matches,
    normalise_mask,
)
from trio_chat.wire.message import Message, format_body

from .strategies import nasty_texts, thorough

# -- names


@pytest.mark.parametrize("nick", ["alice", "A", "[x]", r"a\b", "`_^{|}", "a-1", "x" * 32])
def test_nicks_hold_letters_digits_and_the_special_characters(nick: str) -> None:
    assert is_nick(nick, 32)


@pytest.mark.parametrize(
    "text",
    ["", "1a", "-a", "#a", ":a", "a b", "a!b", "a@b", "a.b", "a,b", "a*", "é", "a\n", "x" * 33],
)
def test_what_is_no_nick(text: str) -> None:
    assert not is_nick(text, 32)


@pytest.mark.parametrize("name", ["#a", "##", "#Tee-Ecke", "#café", "#:", "#a.b!c@d*", "#" * 64])
def test_names_of_rooms(name: str) -> None:
    assert is_room_name(name, 64)
    assert looks_like_room(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "tea",
        "&tea",
        "#a b",
        "#a,b",
        "#a\x07",
        "#a\0",
        "#a\r",
        "#\u202eevil",
        "#zero\u200bwidth",
        "#no\u00a0break",
        "#line\u2028",
        "#" + "x" * 64,
        "#" + "é" * 32,  # 65 bytes
    ],
)
def test_what_is_no_name_of_a_room(text: str) -> None:
    assert not is_room_name(text, 64)


@pytest.mark.parametrize("key", ["k", "sesame", "a:b", "é", "*", "#", "x" * 32])
def test_keys(key: str) -> None:
    assert is_key(key, 32)


@pytest.mark.parametrize("text", ["", ":a", "a b", "a,b", "a\t", "a\0", "\x7f", "x" * 33])
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text, 32)


def test_case_is_folded_for_ascii_letters_alone() -> None:
    assert casefold("ABCxyz[]\\^") == "abcxyz[]\\^"
    assert casefold("ÄÖÜ ſ K") == "ÄÖÜ ſ k"  # the Kelvin sign is left alone, the K is not
    assert casefold("#CafÉ") == "#cafÉ"


@thorough
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = casefold(text)
    assert casefold(folded) == folded
    assert len(folded) == len(text)


@pytest.mark.parametrize(
    ("claimed", "username"),
    [
        ("alice", "~alice"),
        ("a l!i@c:e", "~alice"),
        ("", "~user"),
        ("éü!@", "~user"),
        ("~x", "~x"),
        ("x" * 50, "~" + "x" * 15),
    ],
)
def test_a_username_is_cleaned_marked_and_cut(claimed: str, username: str) -> None:
    assert clean_username(claimed, 16) == username


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "0::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_host_never_begins_with_a_colon(address: str, host: str) -> None:
    assert host_literal(address) == host


@thorough
@given(st.one_of(nasty_texts, st.text(max_size=20)))
def test_every_function_answers_for_any_text(text: str) -> None:
    assert not (is_nick(text, 32) and looks_like_room(text))
    for accepted in (is_nick(text, 32), is_room_name(text, 64), is_key(text, 32)):
        if accepted:  # whatever is a name can be said as a middle parameter, and in a list
            assert format_body(Message("X", (text, "y"))) == f"X {text} y"
            assert "," not in text
    source = f"a!{clean_username(text, 16)}@h"
    assert len(source) <= 4 + 16
    assert format_body(Message("X", (), source)) == f":{source} X"
    matches(text, text)
    normalise_mask(text)


# -- masks


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("bob", "bob!*@*"),
        ("bob!", "bob!*@*"),
        ("bob!b", "bob!b@*"),
        ("bob!b@h", "bob!b@h"),
        ("b@h", "*!b@h"),
        ("@h", "*!*@h"),
        ("host.example", "*!*@host.example"),
        ("2001:db8::*", "*!*@2001:db8::*"),
        ("*", "*!*@*"),
        ("", "*!*@*"),
        ("!@", "*!*@*"),
    ],
)
def test_a_mask_is_completed(given: str, full: str) -> None:
    assert normalise_mask(given) == full
    assert normalise_mask(full) == full


@pytest.mark.parametrize(
    ("mask", "text", "expected"),
    [
        ("*", "", True),
        ("*", "anything", True),
        ("", "", True),
        ("", "x", False),
        ("?", "", False),
        ("?", "x", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*c", "ac", True),
        ("a*c", "abbc", True),
        ("a*c", "acb", False),
        ("*!*@*.example", "bob!b@host.example", True),
        ("BOB!*@*", "bob!b@h", True),
        ("*[x]*", "a[x]b", True),
        ("*[x]*", "axb", False),
        ("a.c", "abc", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*ab", "aab", True),
    ],
)
def test_a_mask_matches_the_whole_text(mask: str, text: str, expected: bool) -> None:
    assert matches(mask, text) is expected


def simply_matches(mask: str, text: str) -> bool:
    """What the definition says, read out: a star is nothing, or one character and a star."""

    @cache
    def rest(at_mask: int, at_text: int) -> bool:
        if at_mask == len(mask):
            return at_text == len(text)
        if mask[at_mask] == "*":
            return rest(at_mask + 1, at_text) or (
                at_text < len(text) and rest(at_mask, at_text + 1)
            )
        return (
            at_text < len(text)
            and mask[at_mask] in ("?", text[at_text])
            and rest(at_mask + 1, at_text + 1)
        )

    return rest(0, 0)


@thorough
@given(st.text("ab*?", max_size=12), st.text("ab*?", max_size=12))
def test_matching_agrees_with_the_definition(mask: str, text: str) -> None:
    assert matches(mask, text) is simply_matches(mask, text)


class CountedText(str):
    """Text that counts how much of it was looked at."""

    __slots__ = ()
    looks = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        CountedText.looks += len(found)
        return found

    def find(self, part: str, start: Any = None, end: Any = None) -> int:
        CountedText.looks += end - start
        return super().find(part, start, end)


@pytest.mark.parametrize(
    "mask", ["*a" * 60 + "b", "a*" * 60 + "?b", "*" * 120, "*?" * 60 + "b", "*a?b" * 30 + "*"]
)
def test_a_hostile_mask_costs_no_more_than_its_length_times_the_text(
    mask: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grammar, "casefold", CountedText)
    monkeypatch.setattr(CountedText, "looks", 0)
    text = "a" * 400
    matches(mask, text)
    assert CountedText.looks <= len(mask) * len(text)
