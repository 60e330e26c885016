"""Conversations and lines: what a person has before them."""

from __future__ import annotations

import pytest

from tests.client.model.desk import Desk
from trio_chat.client.model.conversations import BACKLOG
from trio_chat.client.model.places import MOST_CONVERSATIONS


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (":a!b@c PRIVMSG #tea :hello", ["<a> hello"]),
        (":a!b@c PRIVMSG #tea :\x01ACTION waves\x01", ["* a waves"]),
        (":a!b@c NOTICE #tea :careful", ["-a- careful"]),
        (":a!b@c PRIVMSG #trio :hello", ["#trio <a> hello"]),
        (":a!b@c PRIVMSG me :psst", ["[a → you] psst"]),
        (":a!b@c PRIVMSG me :\x01ACTION waves\x01", ["[a → you] * a waves"]),
        (":a!b@c NOTICE me :psst", ["-a- psst"]),
        (":me!u@h PRIVMSG #tea :hi", ["<me> hi"]),
        (":me!u@h PRIVMSG bob :hi", ["[you → bob] hi"]),
        (":irc.test NOTICE me :*** Looking up your hostname", ["-- *** Looking up your hostname"]),
        (":a!b@c JOIN #tea", ["-- a joined"]),
        (":a!b@c PART #tea :bye", ["-- a left (bye)"]),
        (":me!u@h PART #tea", ["-- you left #tea"]),
        (":a!b@c KICK #tea me :out", ["-- a kicked you from #tea (out)"]),
        (":a!b@c KICK #tea b", ["-- a kicked b"]),
        (":al!b@c QUIT :Quit: ", ["-- al left the chat"]),
        (":al!b@c QUIT :Quit: off to bed", ["-- al left the chat (off to bed)"]),
        (":a!b@c TOPIC #tea :Green", ["-- a set the topic: Green"]),
        (":a!b@c TOPIC #tea :", ["-- a cleared the topic"]),
        (":irc.test 332 me #tea :Green", ["-- topic: Green"]),
        (":irc.test 331 me #tea :No topic is set", []),
        (":a!b@c MODE #tea +o me", ["-- a set +o me"]),
        (":me MODE me +i", []),
        (":me!u@h NICK you", ["-- you are now you"]),
        (":a!b@c INVITE me #secret", ["-- a invites you: /join #secret"]),
        (":a!b@c INVITE b #tea", ["-- a invited b to #tea"]),
        (":a!b@c AWAY :lunch", []),
        (":a!b@c PRIVMSG me :\x01VERSION\x01", ["-- a's client asks ours for VERSION"]),
        (":irc.test 301 me bob :at lunch", ["-- bob is away: at lunch"]),
        (":irc.test 404 me #tea :Cannot send", ["!! #tea Cannot send"]),
        (":irc.test 372 me :- message of the day", ["-- - message of the day"]),
        (":irc.test 376 me :End of MOTD", []),
        ("FAIL PRIVMSG INVALID_UTF8 :not UTF-8", ["-- not UTF-8"]),
    ],
)
def test_lines(desk: Desk, line: str, shown: list[str]) -> None:
    desk.see(":al!b@c JOIN #tea")
    assert desk.see(line) == shown


def test_who_is_here_is_told_when_one_comes_in(desk: Desk) -> None:
    assert desk.see(":irc.test 353 me = #tea :me @a +b", ":irc.test 366 me #tea :End") == [
        "-- here: me, @a, +b"
    ]
    assert desk.see(":irc.test 366 me #trio :End") == ["#trio -- you are alone here"]


def test_what_happens_in_several_rooms_at_once_is_shown_once_and_here(desk: Desk) -> None:
    desk.see(":a!b@c JOIN #trio", ":a!b@c JOIN #tea", ":z!b@c JOIN #trio")
    assert desk.see(":a!b@c NICK b", ":b!b@c QUIT :bye", ":z!b@c QUIT") == [
        "-- a is now b",
        "-- b left the chat (bye)",
        "#trio -- z left the chat",
    ]


def test_unread_messages_and_mentions_are_counted_elsewhere_only(desk: Desk) -> None:
    desk.see(
        ":a!b@c PRIVMSG #tea :me: here",
        ":a!b@c PRIVMSG #trio :hello",
        ":a!b@c PRIVMSG #trio :is ME there?",
        ":a!b@c PRIVMSG #trio :some mess",
        ":a!b@c JOIN #trio",
        ":bob!b@c PRIVMSG me :psst",
    )
    assert desk.unread == {"#trio": (3, 1), "bob": (1, 1)}
    desk.model.switch("#trio")
    desk.see(":me!u@h PRIVMSG bob :what?")
    assert desk.unread == {}


def test_a_room_that_is_left_gives_way_to_another_and_to_no_person(desk: Desk) -> None:
    desk.model.conversations.clear()
    desk.see(":me!u@h JOIN #tea", ":bob!b@c PRIVMSG me :psst", ":me!u@h JOIN #trio")
    desk.model.switch("#tea")
    desk.see(":me!u@h PART #tea")
    assert desk.model.current == "#trio"
    desk.see(":me!u@h PART #trio")
    assert desk.model.current == ""


def test_a_private_conversation_follows_a_change_of_nick(desk: Desk) -> None:
    desk.see(":bob!b@c PRIVMSG me :psst")
    desk.model.switch("bob")
    desk.see(":bob!b@c NICK rob")
    assert desk.model.current == "rob"
    assert desk.see(":rob!b@c PRIVMSG me :psst") == ["[rob → you] psst"]


def test_those_who_spoke_last_are_completed_first(desk: Desk) -> None:
    desk.see(
        ":irc.test 353 me = #tea :zoe me bob adam carl",
        ":carl!c@h PRIVMSG #tea :one",
        ":bob!c@h PRIVMSG #tea :two",
        ":gone!c@h PRIVMSG #tea :three",
    )
    assert desk.model.nicks() == ["bob", "carl", "adam", "zoe"]


def test_memory_is_bounded(desk: Desk) -> None:
    for number in range(BACKLOG + 10):
        desk.see(f":n{number}!a@h PRIVMSG #tea :hello")
    assert len(desk.model.conversations["#tea"].backlog) == BACKLOG
    for number in range(MOST_CONVERSATIONS + 10):
        desk.see(f":n{number}!a@h PRIVMSG me :hello")
    assert len(desk.model.conversations) == MOST_CONVERSATIONS
    assert "#trio" in desk.model.conversations


def test_rooms_we_are_not_in_are_no_more_conversations_than_others(desk: Desk) -> None:
    desk.see(":me!u@h JOIN #mine")
    for number in range(MOST_CONVERSATIONS + 10):
        desk.see(f":bob!b@h PRIVMSG #n{number} :hello")
    names = [each.name for each in desk.model.conversations.values()]
    assert len(names) == MOST_CONVERSATIONS
    assert {"#tea", "#trio", "#mine", names[-1]} <= set(names)
