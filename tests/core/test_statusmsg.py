"""Messages to those of a rank in a room (STATUSMSG)."""

from __future__ import annotations

import pytest

from .language import Chat, Client


def court(caps: str = "") -> tuple[Chat, dict[str, Client]]:
    """One member of each rank, by letter, and one of none (`-`)."""
    chat = Chat()
    people = {letter: chat.user(f"{letter}{letter}", "#Tea", caps=caps) for letter in "qaohv"}
    people["-"] = chat.user("nobody", "#tea", caps=caps)
    room = chat.world.rooms["#tea"]
    room.set_rank(people["q"].session.user, "o", given=False)
    for letter in "qaohv":
        room.set_rank(people[letter].session.user, letter, given=True)
    chat.forget()
    return chat, people


@pytest.mark.parametrize(
    ("target", "named", "reached"),
    [
        ("~#tea", "~#Tea", "q"),
        ("&#tea", "&#Tea", "qa"),
        ("@#tea", "@#Tea", "qao"),
        ("%#tea", "%#Tea", "qaoh"),
        ("+#tea", "+#Tea", "qaohv"),
        ("@+#TEA", "+#Tea", "qaohv"),
        ("+@#tea", "+#Tea", "qaohv"),
        ("@@#tea", "@#Tea", "qao"),
        ("#tea", "#Tea", "qaohv"),
    ],
)
@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_it_reaches_those_of_the_rank_and_above(
    command: str, target: str, named: str, reached: str
) -> None:
    _, people = court()
    assert people["-"].does(f"{command} {target} :hello") == []
    for letter in "qaohv":
        expected = [f"nobody {command} {named} :hello"] if letter in reached else []
        assert people[letter].hears() == expected


def test_tags_alone_reach_them_too() -> None:
    _, people = court(caps="message-tags")
    assert people["-"].does("@+typing=active TAGMSG @#tea") == []
    (heard,) = people["o"].take()
    assert (heard.command, heard.params, heard.tags["+typing"]) == ("TAGMSG", ("@#Tea",), "active")
    assert people["h"].hears() == []


def test_who_speaks_hears_an_echo_once() -> None:
    _, people = court(caps="echo-message")
    assert people["-"].does("PRIVMSG @#tea :help") == ["nobody PRIVMSG @#Tea :help"]
    assert (
        people["o"].does("PRIVMSG @#tea :yes")
        == [
            "nobody PRIVMSG @#Tea :help",
            "oo PRIVMSG @#Tea :yes",
        ][1:]
    )


def test_those_meant_change_with_ranks_and_members() -> None:
    chat, people = court()
    people["q"].sends("MODE #tea +o nobody")
    people["a"].sends("PART #tea")
    late = chat.user("late", "#tea")
    chat.forget()
    late.sends("PRIVMSG @#tea :who is there?")
    assert people["-"].hears() == people["o"].hears() == ["late PRIVMSG @#Tea :who is there?"]
    assert people["a"].hears() == []
    people["q"].sends("MODE #tea -o nobody")
    chat.forget()
    late.sends("PRIVMSG @#tea :and now?")
    assert people["-"].hears() == []


@pytest.mark.parametrize("modes", ["+m", "+b nobody", "+M"])
def test_the_silenced_are_silent_here_too(modes: str) -> None:
    chat, people = court()
    people["q"].sends(f"MODE #tea {modes}")
    chat.forget()
    assert people["-"].does("PRIVMSG @#tea :hi") == ["404 nobody #Tea"]
    assert chat.user("eve").does("PRIVMSG @#tea :hi") == ["404 eve #Tea"]


def test_no_such_room_and_no_room_at_all() -> None:
    alice = Chat().user("alice")
    assert alice.does("PRIVMSG @#nowhere :x") == ["403 alice @#nowhere"]
    assert alice.does("PRIVMSG @nobody :x") == ["401 alice @nobody"]
    assert alice.does("PRIVMSG @ :x") == ["401 alice @"]


def test_the_operators_view_shows_none_of_it() -> None:
    chat, people = court()
    people["-"].sends("PRIVMSG @#tea :between us")
    assert chat.reports == []


def test_it_cannot_be_taken_back_before_those_who_never_saw_it() -> None:
    chat, people = court(caps="message-tags echo-message draft/message-redaction")
    (echo,) = people["o"].asks("PRIVMSG @#tea :oops")
    chat.forget()
    msgid = echo.tags["msgid"]
    assert people["o"].does(f"REDACT #tea {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID #Tea {msgid}"]
    assert people["-"].hears() == []
