"""What is asked before the chat, until the answers will do."""

from __future__ import annotations

import getpass

import pytest

from trio_chat.client.setup.address import Address
from trio_chat.client.setup.questions import (
    LONGEST_NICK,
    Answers,
    ask_all,
    ask_nick,
    check_nick,
    check_room,
    likely_nick,
    nick_from,
)
from trio_chat.wire.grammar import is_nick

from .person import Person


@pytest.mark.parametrize(
    ("login", "nick"),
    [("alice", "alice"), ("1st", "_1st"), ("é", "guest"), ("", "guest"), ("a.b c", "abc")],
)
def test_nicks_from_login_names(login: str, nick: str) -> None:
    assert nick_from(login) == nick
    assert is_nick(nick_from(login * 50), LONGEST_NICK)


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name_is_a_guest(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def getuser() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", getuser)
    assert likely_nick() == "guest"


@pytest.mark.parametrize("nick", ["alice", "[a]", "žluťoučký", "漢字", "a1"])
def test_nicks_of_any_script(nick: str) -> None:
    assert check_nick(nick) == nick


@pytest.mark.parametrize("nick", ["", "a b", "9a", "#a", "a!", "a\x1b", "a\u202e", "é,", "-a"])
def test_what_is_no_nick(nick: str) -> None:
    with pytest.raises(ValueError, match="is no nick"):
        check_nick(nick)


@pytest.mark.parametrize(
    ("room", "found"),
    [("tea", "#tea"), ("#tea", "#tea"), (" &tea  key ", "&tea key"), ("den x y", "#den x y")],
)
def test_rooms_get_the_sign_they_lack(room: str, found: str) -> None:
    assert check_room(room) == found


@pytest.mark.parametrize("room", ["", "#", "a,b", "a\x07", "a b\x1b"])
def test_what_is_no_room(room: str) -> None:
    with pytest.raises(ValueError, match="is no room"):
        check_room(room)


def test_a_nick_is_asked_for_until_it_is_one(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("9 lives\x1b[2J", "x" * 31, " cat ")
    assert ask_nick("ada") == "cat"
    told = capsys.readouterr().out
    assert told.startswith("Nick [ada]: '9 lives\\x1b[2J' is no nick")
    assert "has 31" in told


def test_three_questions_each_with_a_suggestion(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("", "", "")
    answers = ask_all("127.0.0.1:8080", "ada", "#lobby")
    assert answers == Answers(Address("127.0.0.1", 8080), "ada", "#lobby")
    assert capsys.readouterr().out == "Server [127.0.0.1:8080]: Nick [ada]: Room [#lobby]: "


def test_answers_are_asked_for_until_they_will_do(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.types("irc.test:x", "irc.test", "-", "bob", "a,b", "-")
    assert ask_all("127.0.0.1", "ada", "#lobby") == Answers(Address("irc.test"), "bob", "")
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Server [127.0.0.1]",
        "Server [127.0.0.1]",
        "Nick [ada]",
        "Room [#lobby]",
    ]


def test_an_url_suggests_the_rest(person: Person) -> None:
    person.types("ircs://bob@irc.test/trio", "", "")
    answers = ask_all("127.0.0.1", "ada", "#lobby")
    assert (answers.nick, answers.room, answers.address.tls) == ("bob", "#trio", True)


def test_who_leaves_is_not_asked_on(person: Person) -> None:
    person.types("irc.test")
    with pytest.raises(EOFError):
        ask_all("127.0.0.1", "ada", "#lobby")
