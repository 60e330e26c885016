"""What is different for somebody who is logged in, and who is told of it."""

from __future__ import annotations

import pytest

from trio_chat.core.events import AccountsChanged
from trio_chat.core.login import log_out

from .language import Chat
from .owners import ALICE, BOB, log_in, numerics, owned, owner

NOTIFIED = "sasl account-notify account-tag extended-join"


# -- who is told


def test_those_in_the_same_rooms_and_those_who_monitor_are_told_of_a_login_once() -> None:
    chat = owned()
    eve, dan = chat.users("eve", "dan", room="#tea", caps=NOTIFIED)
    for client in (eve, dan):
        client.sends("JOIN #coffee")
    plain = chat.user("plain", "#tea")
    watcher = chat.user("watcher", caps="account-notify extended-monitor")
    deaf = chat.user("deaf", caps="account-notify")
    for client in (watcher, deaf, dan):
        client.sends("MONITOR + eve")
    chat.forget()
    assert numerics(log_in(chat, eve, ALICE)) == ["900", "eve", "903"]
    assert dan.hears() == watcher.hears() == ["eve ACCOUNT Alice"]
    assert plain.hears() == deaf.hears() == []


def test_nobody_is_told_of_a_login_before_coming_in() -> None:
    chat = owned()
    watcher = chat.user("watcher", caps="account-notify extended-monitor")
    watcher.sends("MONITOR + alice")
    watcher.lines.clear()
    alice = chat.open()
    alice.sends("CAP REQ :sasl account-notify")
    alice.sends("NICK alice")
    assert numerics(log_in(chat, alice, ALICE)) == ["900", "903"]
    assert watcher.hears() == []


def test_the_tag_stands_on_all_they_do_from_then_on() -> None:
    chat = owned()
    eve, dan = chat.users("eve", "dan", room="#tea", caps=NOTIFIED)
    eve.sends("PRIVMSG #tea :before")
    log_in(chat, eve, ALICE)
    eve.sends("PRIVMSG #tea :after")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    eve.sends("PRIVMSG #tea :gone")
    heard = [(each.params[-1], each.tags.get("account")) for each in dan.take()]
    assert heard == [
        ("before", None),
        ("Alice", "Alice"),
        ("after", "Alice"),
        ("*", None),
        ("gone", None),
    ]


def test_who_is_not_logged_in_cannot_be_logged_out() -> None:
    chat = owned()
    eve = chat.user("eve")
    assert list(log_out(chat.world, eve.session.user)) == []


# -- where it is to be seen


def test_it_is_seen_in_whois_who_whowas_and_join() -> None:
    chat = owned()
    dan = chat.user("dan", "#tea", caps="extended-join")
    alice = owner(chat, ALICE)
    alice.sends("JOIN #tea")
    assert dan.hears() == ["Alice JOIN #tea Alice :Real Alice"]
    assert "330 dan Alice Alice :is logged in as" in dan.does("WHOIS alice")
    assert dan.does("WHO #tea %na")[:2] == ["354 dan dan 0", "354 dan Alice Alice"]
    alice.sends("QUIT")
    dan.lines.clear()
    assert "330 dan Alice Alice :was logged in as" in dan.does("WHOWAS alice")


# -- what it allows


def test_it_opens_rooms_for_the_logged_in() -> None:
    chat = owned()
    chat.user("op", "#tea").sends("MODE #tea +R")
    eve = chat.user("eve", caps="sasl")
    assert eve.does("JOIN #tea") == ["477 eve #tea"]
    log_in(chat, eve, BOB)
    assert eve.does("JOIN #tea")[0] == "eve JOIN #tea"


def test_it_gives_a_voice_where_only_the_logged_in_have_one() -> None:
    chat = owned()
    op, eve = chat.users("op", "eve", room="#tea", caps="sasl")
    op.sends("MODE #tea +M")
    chat.forget()
    assert eve.does("PRIVMSG #tea :hi") == ["404 eve #tea"]
    log_in(chat, eve, BOB)
    op.lines.clear()
    assert eve.does("PRIVMSG #tea :hi") == []
    assert op.hears() == ["eve PRIVMSG #tea :hi"]
    chat.happens(AccountsChanged((), ("bob",), chat.at))
    eve.lines.clear()
    assert eve.does("PRIVMSG #tea :hi") == ["404 eve #tea"]


def test_it_opens_the_ears_of_those_who_hear_the_logged_in_alone() -> None:
    chat = owned()
    dan, eve = chat.user("dan"), chat.user("eve", caps="sasl")
    dan.sends("MODE dan +R")
    dan.lines.clear()
    assert numerics(eve.does("PRIVMSG dan :hi")) == ["486"]
    log_in(chat, eve, BOB)
    assert eve.does("PRIVMSG dan :hi") == []
    assert dan.hears() == ["eve PRIVMSG dan :hi"]


# -- masks of accounts


@pytest.mark.parametrize("mask", ["~account:alice", "~a:ALICE", "~account:*", "~a:A?ice"])
def test_an_account_may_be_banned_from_the_moment_of_its_login(mask: str) -> None:
    chat = owned()
    op = chat.user("op", "#tea")
    assert [
        token for each in op.asks("VERSION") for token in each.params if "TEXTBAN" in token
    ] == ["ACCOUNTEXTBAN=a,account"]
    op.sends(f"MODE #tea +b {mask}")
    eve = chat.user("eve", caps="sasl")
    log_in(chat, eve, ALICE)
    assert eve.does("JOIN #tea") == ["474 eve #tea"]
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert eve.does("JOIN #tea")[-1] == "366 eve #tea"


def test_somebody_in_the_room_is_muted_by_a_mask_from_the_login_on() -> None:
    chat = owned()
    op, eve = chat.users("op", "eve", room="#tea", caps="sasl")
    op.sends("MODE #tea +b ~mute:~account:bob")
    chat.forget()
    assert eve.does("PRIVMSG #tea :hi") == []
    log_in(chat, eve, BOB)
    assert eve.does("PRIVMSG #tea :hi") == ["404 eve #tea"]
    log_in(chat, eve, ALICE)
    assert eve.does("PRIVMSG #tea :hi") == []


def test_an_account_may_be_excepted_and_invited_by_a_mask() -> None:
    chat = owned()
    op = chat.user("op", "#tea")
    for change in ("+b *!*@*", "+e ~account:bob", "+i", "+I ~a:bob"):
        op.sends(f"MODE #tea {change}")
    bob, alice = owner(chat, BOB), owner(chat, ALICE)
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"
    assert alice.does("JOIN #tea") == ["474 Alice #tea"]


def test_where_no_accounts_are_kept_nobody_matches() -> None:
    chat = Chat(accounts=None)
    chat.user("op", "#tea").sends("MODE #tea +b ~account:*")
    assert chat.user("eve").does("JOIN #tea")[0] == "eve JOIN #tea"
