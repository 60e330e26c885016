"""What the modes of a room forbid to say: C, M, S, T, c; and R, which forbids to come in."""

from __future__ import annotations

import pytest

from .language import Chat, Client


def room(modes: str) -> tuple[Chat, Client, Client]:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends(f"MODE #tea {modes}")
    chat.forget()
    return chat, alice, bob


@pytest.mark.parametrize(
    ("modes", "text", "passes"),
    [
        ("+C", "\x01VERSION\x01", False),
        ("+C", "\x01VERSION", False),
        ("+C", "\x01ACTION waves\x01", True),
        ("+C", "\x01action\x01", True),
        ("+C", "\x01ACTIONS\x01", False),
        ("+C", "no \x01 ctcp", True),
        ("+c", "\x0304red", False),
        ("+c", "\x04FF0000red", False),
        ("+c", "just \x03", False),
        ("+c", "\x02bold\x02", True),
        ("+c", "plain", True),
    ],
)
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_ctcp_and_colours_are_refused_to_all(modes: str, text: str, passes: bool, who: str) -> None:
    _, alice, bob = room(modes)
    speaker, listener = (alice, bob) if who == "alice" else (bob, alice)
    assert speaker.does(f"PRIVMSG #tea :{text}") == ([] if passes else [f"404 {who} #tea"])
    assert listener.hears() == ([f"{who} PRIVMSG #tea :{text}"] if passes else [])


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("\x0304,12red\x03 plain", "red plain"),
        ("\x03045", "5"),
        ("\x034,5,6", ",6"),
        ("\x04FF0000,00FF00red", "red"),
        ("\x02bold\x1d", "\x02bold\x1d"),
        ("\x03", " "),
        ("٣\x03٣", "٣٣"),
    ],
)
def test_colours_are_taken_out(text: str, heard: str) -> None:
    _, alice, bob = room("+S")
    assert bob.does(f"PRIVMSG #tea :{text}") == []
    assert alice.hears() == [f"bob PRIVMSG #tea :{heard}"]


def test_notices_are_not_taken_and_never_answered() -> None:
    _, alice, bob = room("+T")
    assert bob.does("NOTICE #tea :psst") == []
    assert alice.hears() == []
    assert bob.does("PRIVMSG #tea :aloud") == []
    assert alice.hears() == ["bob PRIVMSG #tea :aloud"]


def test_only_the_logged_in_and_the_ranked_speak() -> None:
    _, alice, bob = room("+M")
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    assert alice.does("PRIVMSG #tea :op") == []
    bob.session.user.account = "bob"
    assert bob.does("PRIVMSG #tea :hi") == ["alice PRIVMSG #tea :op"][1:]
    bob.session.user.account = ""
    alice.sends("MODE #tea +v bob")
    bob.lines.clear()
    assert bob.does("PRIVMSG #tea :hi") == []


def test_only_the_logged_in_come_in_unless_invited() -> None:
    chat, alice, _ = room("+R")
    carol = chat.user("carol")
    assert carol.does("JOIN #tea") == ["477 carol #tea"]
    carol.session.user.account = "carol"
    assert carol.does("JOIN #tea")[0] == "carol JOIN #tea"
    dave = chat.user("dave")
    alice.sends("INVITE dave #tea")
    dave.lines.clear()
    assert dave.does("JOIN #tea")[0] == "dave JOIN #tea"


def test_tags_pass_where_texts_are_restrained() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps="message-tags")
    alice.sends("MODE #tea +CSTc")
    chat.forget()
    assert bob.does("@+draft/react=:);+reply=x TAGMSG #tea") == []
    (heard,) = alice.take()
    assert {key: heard.tags[key] for key in ("+draft/react", "+reply")} == {
        "+draft/react": ":)",
        "+reply": "x",
    }


def test_modes_are_shown_as_they_are_set() -> None:
    _, alice, bob = room("+CEMRSTcimps")
    assert bob.does("MODE #tea")[0] == "324 bob #tea +CEMRSTcimnpst"
    assert alice.does("MODE #tea -CEMRSTcimps") == ["alice MODE #tea -CEMRSTcimps"]
