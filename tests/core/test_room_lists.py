"""The lists of a room: exceptions and invite exceptions beside bans, and how they are shown."""

from __future__ import annotations

import pytest

from .language import Chat, limited

TEXTS = {"b": ("367", "368"), "e": ("348", "349"), "I": ("346", "347")}


@pytest.mark.parametrize("mode", TEXTS)
def test_each_list_tells_who_set_what_and_when(mode: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    outsider = chat.user("eve")
    assert alice.does(f"MODE #tea +{mode} carol") == [f"alice MODE #tea +{mode} carol!*@*"]
    chat.passes(7)
    alice.sends(f"MODE #tea +{mode} *.example")
    entry, end = TEXTS[mode]
    for who in (alice, bob, outsider):
        nick = who.session.user.nick
        heard = who.asks(f"MODE #tea {mode}")
        assert [(message.command, *message.params[:5]) for message in heard[:-1]] == [
            (entry, nick, "#tea", "carol!*@*", alice.source, "1700000000"),
            (entry, nick, "#tea", "*!*@*.example", alice.source, "1700000007"),
        ]
        assert (heard[-1].command, *heard[-1].params[:-1]) == (end, nick, "#tea")
    assert alice.does(f"MODE #tea -{mode} CAROL") == [f"alice MODE #tea -{mode} carol!*@*"]


def test_several_lists_are_asked_for_at_once_and_each_given_once() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    heard = alice.asks("MODE #tea beIbeI")
    assert [message.command for message in heard] == ["368", "349", "347"]


def test_nothing_of_a_secret_rooms_lists_is_told_to_outsiders() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +sb x")
    assert chat.user("eve").does("MODE #tea beI") == ["403 eve #tea"]


def test_setting_twice_and_taking_out_what_is_not_in_says_nothing() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +bbb a ~account:Bob ~m:a")
    chat.forget()
    for modes in ("+b A!*@*", "+b ~a:bob", "+b ~mute:a!*@*", "-b x", "-e a", "-I ~account:bob"):
        assert alice.does(f"MODE #tea {modes}") == []


def test_the_lists_share_one_limit() -> None:
    chat = Chat(limited(bans_per_room=3))
    alice = chat.user("alice", "#tea")
    assert alice.does("MODE #tea +beIb a b c d") == [
        "478 alice #tea b",
        "alice MODE #tea +beI a!*@* b!*@* c!*@*",
    ]
    assert alice.does("MODE #tea -e+I b d") == ["alice MODE #tea -e+I b!*@* d!*@*"]


def test_an_exception_lifts_a_ban() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    alice.sends("MODE #tea +be *!*@* b?b")
    chat.forget()
    assert bob.does("PRIVMSG #tea :still here") == []
    assert carol.does("JOIN #tea") == ["474 carol #tea"]
    alice.sends("MODE #tea +e carol")
    assert carol.does("JOIN #tea")[0] == "carol JOIN #tea"
    alice.sends("MODE #tea -e carol")
    assert carol.does("PRIVMSG #tea :hm")[-1] == "404 carol #tea"


def test_an_invite_exception_opens_an_invite_only_room_but_neither_key_nor_ban() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends("MODE #tea +iI bob")
    assert chat.user("carol").does("JOIN #tea") == ["473 carol #tea"]
    alice.sends("MODE #tea +k key")
    assert bob.does("JOIN #tea") == ["475 bob #tea"]
    alice.sends("MODE #tea -k+b key bob")
    assert bob.does("JOIN #tea") == ["474 bob #tea"]
    alice.sends("MODE #tea -b bob")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"


def test_the_banned_keep_their_nick_while_they_are_in_the_room() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("MODE #tea +b bob")
    chat.forget()
    assert bob.does("NICK robert") == ["435 bob robert #tea"]
    assert alice.hears() == []
    alice.sends("MODE #tea +v bob")
    assert bob.does("NICK robert")[-1] == "bob NICK robert"
    robert = bob
    alice.sends("MODE #tea -v+b robert robert")
    robert.sends("PART #tea")
    assert robert.does("NICK bob") == ["robert NICK bob"]


def test_a_ban_is_judged_anew_when_lists_or_the_user_change() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    user = bob.session.user
    steps = [
        ("+b ~account:troll", ""),
        ("+b ~realname:*spam*", ""),
        ("+b ~room:#trolls", ""),
        ("+b *!*@192.0.2.1", "404 bob #tea"),
        ("-b *!*@192.0.2.1", ""),
    ]
    for modes, answer in steps:
        alice.sends(f"MODE #tea {modes}")
        bob.lines.clear()
        assert bob.does("PRIVMSG #tea :hi") == ([answer] if answer else [])
    user.account = "troll"
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    user.account = ""
    assert bob.does("PRIVMSG #tea :hi") == []
    bob.sends("SETNAME :buy my spam")
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    bob.sends("SETNAME :bob")
    assert bob.does("PRIVMSG #tea :hi") == []
    bob.sends("JOIN #trolls")
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    bob.sends("PART #trolls")
    assert bob.does("PRIVMSG #tea :hi") == []
