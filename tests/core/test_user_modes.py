"""Modes of users: what they set, and what the modes do; ACCEPT, and USERHOST's signs."""

from __future__ import annotations

import pytest

from trio_chat.core.settings import Settings

from .language import Chat, limited
from .staff import operator, staffed

# -- MODE


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MODE alice", ["221 alice +"]),
        ("MODE alice +iwB", ["alice MODE alice +iwB"]),
        ("MODE alice +i-i+w", ["alice MODE alice +i-i+w"]),
        ("MODE alice +x", ["501 alice"]),
        ("MODE alice +xiy", ["alice MODE alice +i", "501 alice"]),
        ("MODE alice -w", []),
        ("MODE alice +Z", []),
        ("MODE alice +o", []),
        ("MODE bob", ["502 alice"]),
        ("MODE bob +i", ["502 alice"]),
        ("MODE nobody +i", ["401 alice nobody"]),
    ],
)
def test_modes_of_users(line: str, answer: list[str]) -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    assert alice.does(line) == answer


def test_new_users_have_the_modes_of_the_configuration() -> None:
    chat = Chat(Settings(default_user_modes="wi"))
    alice = chat.open()
    alice.sends("NICK alice")
    assert alice.does("USER alice 0 * :x")[-1] == "221 alice +iw"


@pytest.mark.parametrize("modes", ["o", "Z", "ii", "x"])
def test_default_modes_that_cannot_be_are_refused(modes: str) -> None:
    with pytest.raises(ValueError, match="default_user_modes"):
        Settings(default_user_modes=modes)


# -- B


def test_a_bot_is_told_by_its_messages() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="message-tags")
    robot = chat.user("robot", "#tea")
    robot.sends("MODE robot +B")
    alice.lines.clear()
    robot.sends("PRIVMSG #tea :beep")
    (message,) = alice.take()
    assert message.tags["bot"] == ""


# -- R


def test_only_the_logged_in_reach_who_takes_no_others() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    alice.sends("MODE alice +R")
    alice.lines.clear()
    assert bob.does("PRIVMSG alice :hi") == ["486 bob alice"]
    assert bob.does("NOTICE alice :hi") == []
    assert alice.hears() == []
    bob.session.user.account = "robert"
    assert bob.does("PRIVMSG alice :hi") == []
    assert alice.hears() == ["bob PRIVMSG alice :hi"]


def test_what_is_said_in_rooms_reaches_them_all_the_same() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("MODE alice +R")
    alice.lines.clear()
    bob.sends("PRIVMSG #tea :hi")
    assert alice.hears() == ["bob PRIVMSG #tea :hi"]


# -- g


def test_somebody_not_accepted_is_turned_away_and_both_are_told() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob", caps="echo-message")
    alice.sends("MODE alice +g")
    alice.lines.clear()
    heard = bob.does("PRIVMSG alice :hi")
    assert [line.split()[:3] for line in heard] == [
        ["716", "bob", "alice"],
        ["717", "bob", "alice"],
    ]
    (told,) = alice.take()
    assert (told.command, *told.params[:3]) == ("718", "alice", "bob", "~bob@192.0.2.1")
    # Once a minute, lest telling become the flood.
    assert [line.split()[0] for line in bob.does("PRIVMSG alice :hi")] == ["716"]
    assert alice.hears() == []
    chat.passes(60)
    assert [line.split()[0] for line in bob.does("PRIVMSG alice :hi")] == ["716", "717"]


def test_notices_and_tags_are_turned_away_in_silence() -> None:
    chat = Chat()
    alice, bob = chat.user("alice", caps="message-tags"), chat.user("bob", caps="message-tags")
    alice.sends("MODE alice +g")
    alice.lines.clear()
    assert bob.does("NOTICE alice :hi") == []
    assert bob.does("@+typing=active TAGMSG alice") == []
    assert alice.hears() == []


def test_the_accepted_get_through() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    alice.sends("MODE alice +gR")
    alice.lines.clear()
    assert alice.does("ACCEPT bob") == []
    assert bob.does("PRIVMSG alice :hi") == []
    assert alice.hears() == ["bob PRIVMSG alice :hi"]
    bob.sends("NICK robert")
    assert bob.does("PRIVMSG alice :still me") == []


def test_who_is_written_to_may_answer() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    alice.sends("MODE alice +g")
    alice.sends("PRIVMSG bob :hi")
    chat.forget()
    assert bob.does("PRIVMSG alice :hello") == []
    assert alice.hears() == ["bob PRIVMSG alice :hello"]


def test_operators_and_oneself_get_through() -> None:
    chat = staffed()
    alice, root = chat.user("alice"), operator(chat, "root")
    alice.sends("MODE alice +gR")
    alice.lines.clear()
    assert root.does("PRIVMSG alice :hi") == []
    assert alice.hears() == ["root PRIVMSG alice :hi"]
    assert alice.does("PRIVMSG alice :note") == ["alice PRIVMSG alice :note"]


def test_the_list_of_the_accepted() -> None:
    chat = Chat(limited(accept_entries=2))
    alice, *_ = (chat.user(nick) for nick in ("alice", "bob", "carol", "dave"))
    assert alice.does("ACCEPT *") == ["282 alice :End of ACCEPT list"]
    assert alice.does("ACCEPT bob,carol") == []
    assert alice.does("ACCEPT *") == ["281 alice bob carol", "282 alice :End of ACCEPT list"]
    assert alice.does("ACCEPT bob") == ["457 alice bob"]
    assert alice.does("ACCEPT dave") == ["456 alice"]
    assert alice.does("ACCEPT -dave") == ["458 alice dave"]
    assert alice.does("ACCEPT nobody,-nobody") == ["401 alice nobody", "401 alice nobody"]
    assert alice.does("ACCEPT -bob,dave,*") == [
        "281 alice carol dave",
        "282 alice :End of ACCEPT list",
    ]


def test_who_leaves_is_accepted_no_longer() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    alice.sends("ACCEPT bob")
    bob.sends("ACCEPT alice")
    bob.sends("QUIT")
    assert alice.does("ACCEPT *") == ["282 alice :End of ACCEPT list"]
    assert not alice.session.user.accepted_by


# -- USERHOST, LUSERS


def test_operators_have_a_star() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    chat.user("bob").sends("AWAY :gone")
    assert alice.does("USERHOST alice bob nobody") == [
        "302 alice :alice*=+~alice@192.0.2.1 bob=-~bob@192.0.2.1"
    ]


def test_operators_and_the_invisible_are_counted() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    chat.user("bob").sends("MODE bob +i")
    chat.open()

    def counts() -> list[tuple[str, ...]]:
        return [message.params[1:] for message in alice.asks("LUSERS")[:3]]

    assert counts() == [
        ("There are 1 users and 1 invisible on 1 servers",),
        ("1", "operator(s) online"),
        ("1", "unknown connection(s)"),
    ]
    alice.sends("MODE alice -o")
    for client in list(chat.clients.values())[1:]:
        client.vanishes()
    assert counts()[:2] == [
        ("There are 1 users and 0 invisible on 1 servers",),
        ("0", "operator(s) online"),
    ]


def test_the_list_of_the_accepted_keeps_to_fifteen_parameters() -> None:
    chat = Chat()
    alice = chat.user("alice")
    nicks = [f"n{number}" for number in range(30)]
    for nick in nicks:
        chat.user(nick)
    alice.sends(f"ACCEPT {','.join(nicks)}")
    *lines, end = alice.asks("ACCEPT *")
    assert end.command == "282"
    assert [nick for line in lines for nick in line.params[1:]] == nicks
    assert max(len(line.params) for line in lines) == 14
