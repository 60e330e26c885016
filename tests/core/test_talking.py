"""Talking: PRIVMSG, NOTICE, TAGMSG, and the tags and echoes that come with them."""

from __future__ import annotations

import re

import pytest

from trio_chat.core.effects import Deed, Report

from .language import Chat, limited


def test_what_one_says_reaches_all_others_in_the_room() -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#Tea")
    dave = chat.user("dave", "#other")
    assert alice.does("PRIVMSG #tea :hi there") == []
    (heard,) = bob.take()
    assert (heard.source, heard.params) == (alice.source, ("#Tea", "hi there"))
    assert carol.hears() == ["alice PRIVMSG #Tea :hi there"]
    assert dave.hears() == []
    assert chat.reports == [Report(Deed.SAID, "alice", "#Tea", "hi there")]


def test_what_one_says_to_somebody_reaches_nobody_else_and_is_never_shown() -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea")
    assert alice.does("PRIVMSG BOB :psst") == []
    assert bob.hears() == ["alice PRIVMSG bob :psst"]
    assert carol.hears() == []
    assert chat.reports == []


def test_a_room_that_is_not_public_is_never_shown() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    for modes in ("+s", "-s+i", "-i+k key"):
        alice.sends(f"MODE #tea {modes}")
        alice.sends("PRIVMSG #tea :among us")
        alice.sends("TOPIC #tea :ours")
    assert chat.reports == []


def test_a_notice_is_relayed_as_one() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("NOTICE #tea :ding")
    alice.sends("NOTICE bob :dong")
    assert bob.hears() == ["alice NOTICE #tea :ding", "alice NOTICE bob :dong"]
    assert chat.reports == [Report(Deed.NOTICED, "alice", "#tea", "ding")]


def test_text_is_relayed_to_the_letter() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    for text in (":", " ", "a  b ", "\x01ACTION waves\x01", "é👋", ":: :", "\x02bold\x0f"):
        alice.sends(f"PRIVMSG #tea :{text}")
        assert [message.params[1] for message in bob.take()] == [text]


def test_several_targets_each_get_it_once_and_each_failure_is_told() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("PRIVMSG bob,nobody,#tea,#nowhere,bob :hi") == [
        "401 alice nobody",
        "403 alice #nowhere",
    ]
    assert bob.hears() == ["alice PRIVMSG bob :hi", "alice PRIVMSG #tea :hi"]


def test_no_more_targets_than_the_limit() -> None:
    chat = Chat(limited(targets=2))
    alice, bob = chat.users("alice", "bob", room="#tea")
    for command in ("PRIVMSG", "TAGMSG"):
        assert alice.does(f"{command} bob,#tea,alice :hi") == ["407 alice bob"]
    assert bob.hears() == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PRIVMSG", "411 alice"),
        ("PRIVMSG :", "411 alice"),
        ("PRIVMSG ,, :x", "411 alice"),
        ("PRIVMSG bob", "412 alice"),
        ("PRIVMSG bob :", "412 alice"),
        ("PRIVMSG nobody :x", "401 alice nobody"),
        ("PRIVMSG #nowhere :x", "403 alice #nowhere"),
        ("PRIVMSG @bob :x", "401 alice @bob"),
        ("PRIVMSG @#nowhere :x", "403 alice @#nowhere"),
        ("PRIVMSG @#tea", "412 alice"),
        ("TAGMSG", "411 alice"),
        ("TAGMSG :", "411 alice"),
        ("TAGMSG ,", "411 alice"),
        ("TAGMSG nobody", "401 alice nobody"),
        ("TAGMSG #nowhere", "403 alice #nowhere"),
        ("TAGMSG @#nowhere", "403 alice @#nowhere"),
    ],
)
def test_what_cannot_be_delivered_is_told(line: str, answer: str) -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    assert alice.does(line) == [answer]


@pytest.mark.parametrize(
    "rest",
    ["", " :", " bob", " bob :", " nobody :x", " #nowhere :x", " a,b,c,d,e,f,g,h,i :x", " , :x"],
)
def test_a_notice_is_never_answered(rest: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    chat.user("bob").sends("AWAY :asleep")
    assert alice.does(f"NOTICE{rest}") == []


def test_somebody_who_is_away_is_told_of_by_privmsg_alone() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps="message-tags")
    bob.sends("AWAY :asleep")
    assert alice.does("PRIVMSG bob :hi") == ["301 alice bob asleep"]
    assert alice.does("NOTICE bob :hi") == []
    assert alice.does("TAGMSG bob") == []
    assert alice.does("PRIVMSG #tea :hi") == []


# -- size


def longest(head: str, source: str, letter: str = "x") -> str:
    """`head` and as much text as fits 512 bytes once the source stands before it."""
    left = 512 - 2 - len(f":{source} {head}".encode())
    return head + letter * (left // len(letter.encode()))


@pytest.mark.parametrize("letter", ["x", "é"])
@pytest.mark.parametrize("target", ["#tea", "bob"])
def test_what_fits_the_relayed_line_is_relayed_whole(target: str, letter: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    line = longest(f"PRIVMSG {target} :", alice.source, letter)
    assert alice.does(line) == []
    assert [message.params[1] for message in bob.take()] == [line.partition(" :")[2]]
    assert alice.does(line + letter) == ["417 alice"]
    assert bob.hears() == []


# -- TAGMSG and client-only tags


def test_client_only_tags_are_relayed_and_all_others_are_not() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea", caps="message-tags")
    alice.sends("@+draft/reply=x;time=1;msgid=forged;account=root;+e=\\s\\:;+n PRIVMSG #tea :hi")
    (heard,) = bob.take()
    msgid = heard.tags["msgid"]
    assert msgid != "forged"
    assert dict(heard.tags) == {"msgid": msgid, "+draft/reply": "x", "+e": " ;", "+n": ""}
    assert next(iter(heard.tags)) == "msgid"  # before what clients may make as long as they like


def test_tagmsg_goes_to_those_who_take_tags() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea", caps="message-tags")
    carol = chat.user("carol", "#tea", caps="server-time echo-message")
    chat.forget()
    assert alice.does("@+typing=active TAGMSG #tea") == []
    (heard,) = bob.take()
    assert (heard.command, heard.params, heard.tags["+typing"]) == ("TAGMSG", ("#tea",), "active")
    assert carol.does("@+typing=done TAGMSG bob") == []
    assert bob.hears() == ["carol TAGMSG bob"]
    assert carol.does("@+typing=done TAGMSG carol") == []
    assert chat.reports == []


def test_who_takes_no_tags_is_sent_none() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("@+a=b PRIVMSG #tea :hi")
    assert bob.lines == [f":{alice.source} PRIVMSG #tea :hi\r\n".encode()]


# -- ids, times, echoes


def test_every_message_has_an_id_of_its_own_and_the_same_for_all() -> None:
    chat = Chat()
    caps = "message-tags echo-message"
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea", caps=caps)
    seen = []
    for line in ("PRIVMSG #tea :a", "PRIVMSG #tea :a", "NOTICE #tea :a", "TAGMSG #tea"):
        echo = alice.asks(line)[0].tags["msgid"]
        assert echo == bob.take()[0].tags["msgid"] == carol.take()[0].tags["msgid"]
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", echo)
        seen.append(echo)
    assert len(set(seen)) == 4


def test_each_target_of_one_command_is_a_message_of_its_own() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps="message-tags")
    alice.sends("PRIVMSG bob,#tea :hi")
    first, second = bob.take()
    assert first.tags["msgid"] != second.tags["msgid"]


def test_server_time_is_the_time_of_the_event() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="server-time")
    chat.user("bob", "#tea")
    chat.passes(1.25)
    alice.lines.clear()
    alice.sends("TOPIC #tea :x")
    assert alice.take()[0].tags == {"time": "2023-11-14T22:13:21.250Z"}


def test_time_never_runs_backwards() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="server-time")
    chat.passes(10)
    chat.at -= 1000  # somebody has set the clock
    assert alice.asks("PING x")[0].tags["time"] == "2023-11-14T22:13:30.000Z"


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_who_asks_for_echoes_gets_them(command: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="echo-message")
    bob = chat.user("bob", "#tea")
    chat.forget()
    assert alice.does(f"{command} #TEA :hi") == [f"alice {command} #tea :hi"]
    assert alice.does(f"{command} BOB :hi") == [f"alice {command} bob :hi"]
    assert bob.hears() == [f"alice {command} #tea :hi", f"alice {command} bob :hi"]
    assert bob.does(f"{command} #tea :yo") == []


def test_an_echo_comes_from_outside_a_room_too() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", caps="echo-message")
    alice.sends("MODE #tea -n")
    assert bob.does("PRIVMSG #tea :knock") == ["bob PRIVMSG #tea :knock"]


def test_what_was_refused_is_not_echoed() -> None:
    chat = Chat()
    chat.user("alice", "#tea")
    bob = chat.user("bob", caps="echo-message")
    assert bob.does("PRIVMSG #tea :knock") == ["404 bob #tea"]


def test_a_message_to_oneself_comes_once_and_with_its_echo_twice() -> None:
    chat = Chat()
    assert chat.user("alice").does("PRIVMSG alice :hi") == ["alice PRIVMSG alice :hi"]
    bob = chat.user("bob", caps="echo-message")
    assert bob.does("PRIVMSG bob :hi") == ["bob PRIVMSG bob :hi"] * 2


def test_a_notice_that_is_too_long_for_others_is_told_of_and_nothing_else_is() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    long = "x" * 480
    for target in ("bob", "#tea", "@#tea"):
        assert alice.does(f"NOTICE {target} :{long}") == ["417 alice"]
    assert alice.does(f"NOTICE bob,nobody,#tea :{long}") == ["417 alice", "417 alice"]
    assert alice.does("NOTICE nobody :x") == alice.does("NOTICE bob") == []
    assert bob.hears() == []
