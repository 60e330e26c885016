"""A secret room is not there for those outside: no command tells of it, or of who is in it."""

from __future__ import annotations

import pytest

from .language import Chat, Client


def hidden(there: bool = True) -> tuple[Chat, Client, Client]:
    """Alice in her secret room (or, for comparison, in none), and Eve outside."""
    chat = Chat()
    alice = chat.user("alice")
    if there:
        alice.sends("JOIN #Hidden")
        alice.sends("MODE #hidden +s-n")
        alice.sends("TOPIC #hidden :hush")
    eve = chat.user("eve", "#open")
    alice.sends("JOIN #open")
    chat.forget()
    return chat, alice, eve


QUESTIONS = [
    *("NAMES #hidden", "NAMES", "NAMES #hid*", "LIST", "LIST #hidden", "LIST *", "LIST #open,#h*"),
    *("WHO #hidden", "WHO alice", "WHO *", "WHO", "WHOIS alice", "WHOIS alice alice"),
    *("TOPIC #hidden", "MODE #hidden", "MODE #hidden b", "MODE #hidden +b", "MODE #hidden +m"),
    *("INVITE eve #hidden", "LIST <9", "USERHOST alice"),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_outside_a_secret_room_is_as_one_that_does_not_exist(question: str) -> None:
    _, _, eve = hidden()
    _, _, another_eve = hidden(there=False)
    assert eve.does(question) == another_eve.does(question)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("NAMES #hidden", "353 alice @ #Hidden @alice"),
        ("LIST", "322 alice #Hidden 1 hush"),
        ("TOPIC #hidden", "332 alice #Hidden hush"),
        ("MODE #hidden", "324 alice #Hidden +st"),
        ("WHOIS alice", "319 alice alice :@#Hidden #open"),
    ],
)
def test_a_member_sees_it(question: str, told: str) -> None:
    _, alice, _ = hidden()
    assert told in alice.does(question)


def test_who_by_mask_names_a_room_the_asker_may_know() -> None:
    chat, alice, eve = hidden()
    assert alice.does("WHO alice")[0].split()[2] == "#Hidden"
    assert eve.does("WHO alice")[0].split()[2] == "#open"
    alice.sends("PART #open")
    assert eve.does("WHO alice")[0].split()[2] == "*"
    assert not any(line.startswith("319") for line in eve.does("WHOIS alice"))
    bob = chat.user("bob", "#hidden")
    assert bob.does("WHO alice")[0].split()[2] == "#Hidden"


def test_the_operators_view_shows_nothing_of_it() -> None:
    chat, alice, _ = hidden()
    bob = chat.user("bob")
    chat.forget()
    bob.sends("JOIN #hidden")
    alice.sends("PRIVMSG #hidden :psst")
    alice.sends("NOTICE #hidden :psst")
    alice.sends("TOPIC #hidden :hush!")
    alice.sends("KICK #hidden bob :out")
    alice.sends("PART #hidden")
    assert chat.reports == []
