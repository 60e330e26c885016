"""Extended masks: whom they mean, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.core.masks import LETTERS, NAMES, parse_mask

from .language import Chat


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bob", "bob!*@*"),
        ("~bob@*", "*!~bob@*"),
        ("~bob@::1", "*!~bob@::1"),
        ("~account:Bob", "~account:Bob"),
        ("~ACCOUNT:Bob", "~account:Bob"),
        ("~a:Bob", "~a:Bob"),
        ("~mute:bob", "~mute:bob!*@*"),
        ("~quiet:~account:bob", "~quiet:~account:bob"),
        ("~m:~a:bob", "~m:~a:bob"),
        ("~realname:a b", "~realname:a?b"),
        ("~room:#tea", "~room:#tea"),
        ("~c:*tea", "~c:*tea"),
    ],
)
def test_a_mask_is_shown_as_it_was_set_but_whole(text: str, shown: str) -> None:
    mask = parse_mask(text)
    assert mask is not None
    assert mask.text == shown


@pytest.mark.parametrize(
    "text",
    ["~x:bob", "~account:", "~mute:", "~mute:~mute:bob", "~mute:~x:y", "~room:tea", "~:x:~a:"],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    if text.startswith("~:"):  # no letters before the colon: somebody's user name, as far as known
        assert parse_mask(text) is not None
    else:
        assert parse_mask(text) is None
        assert alice.does(f"MODE #tea +b {text}") == [f"696 alice #tea b {text}"]


def test_nobody_is_invited_to_be_mute() -> None:
    alice = Chat().user("alice", "#tea")
    assert alice.does("MODE #tea +I ~mute:bob") == ["696 alice #tea I ~mute:bob"]


def test_names_and_letters_mean_the_same() -> None:
    for name, letter in NAMES.items():
        pattern = "#x" if letter == "c" else "x"
        by_name, by_letter = parse_mask(f"~{name}:{pattern}"), parse_mask(f"~{letter}:{pattern}")
        assert by_name is not None
        assert by_letter is not None
        assert by_name.key == by_letter.key
        assert letter in LETTERS


@settings(derandomize=True, deadline=None)
@given(st.text(st.sampled_from("~:!@*?#amcrx ") | st.characters(codec="utf-8"), max_size=12))
def test_any_text_is_a_mask_or_none_and_parses_to_itself(text: str) -> None:
    mask = parse_mask(text)
    if mask is not None:
        again = parse_mask(mask.text)
        assert again is not None
        assert (again.key, again.text) == (mask.key, mask.text)


def test_a_mute_silences_but_lets_in() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends("MODE #tea +b ~mute:bob")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    assert bob.does("NICK robert") == ["435 bob robert #tea"]
    alice.sends("MODE #tea +e ~mute:bob")
    bob.lines.clear()
    assert bob.does("PRIVMSG #tea :hi") == []


def test_an_exception_from_mutes_is_none_from_bans() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +be bob ~mute:bob")
    assert chat.user("bob").does("JOIN #tea") == ["474 bob #tea"]


def test_accounts_are_banned_invited_and_excepted() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    bob.session.user.account = "Bobby"
    alice.sends("MODE #tea +b ~account:bobby")
    assert bob.does("JOIN #tea") == ["474 bob #tea"]
    assert chat.user("bobby").does("JOIN #tea")[0] == "bobby JOIN #tea"
    alice.sends("MODE #tea -b+i ~a:BOBBY")
    assert bob.does("JOIN #tea") == ["473 bob #tea"]
    alice.sends("MODE #tea +I ~account:*")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"
    assert chat.user("carol").does("JOIN #tea") == ["473 carol #tea"]


def test_those_in_a_secret_room_are_meant_only_by_its_exact_name() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#Staff")
    bob.sends("MODE #staff +s")
    alice.sends("MODE #tea +ib-b+I * * ~room:#st*")
    assert bob.does("JOIN #tea") == ["473 bob #tea"]
    alice.sends("MODE #tea +I ~room:#staff")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"


def test_isupport_names_every_extended_mask() -> None:
    heard = Chat().user("alice").asks("VERSION")
    tokens = [token for message in heard if message.command == "005" for token in message.params]
    assert f"EXTBAN=~,{LETTERS}" in tokens
    assert "ACCOUNTEXTBAN=a,account" in tokens
