"""INVITE and KNOCK: asked in, and asking to be."""

from __future__ import annotations

import pytest

from .language import Chat


def test_ones_invitations_are_told_until_they_are_used_or_the_room_is_gone() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", "#coffee", "#Milk")
    bob = chat.user("bob")
    assert bob.does("INVITE") == ["337 bob"]
    for room in ("#coffee", "#tea", "#milk"):
        alice.sends(f"INVITE bob {room}")
    bob.lines.clear()
    assert bob.does("INVITE") == ["336 bob #coffee", "336 bob #tea", "336 bob #Milk", "337 bob"]
    bob.sends("JOIN #tea")
    alice.sends("PART #coffee")
    bob.lines.clear()
    assert bob.does("INVITE") == ["336 bob #Milk", "337 bob"]


def test_half_operators_invite_into_an_invite_only_room() -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea")
    dave = chat.user("dave")
    alice.sends("MODE #tea +ih bob")
    chat.forget()
    assert carol.does("INVITE dave #tea") == ["482 carol #tea"]
    assert bob.does("INVITE dave #tea") == ["341 bob dave #tea"]
    assert dave.hears() == ["bob INVITE dave #tea"]
    assert bob.does("INVITE dave") == ["461 bob INVITE"]
    assert bob.does("INVITE dave #tea please") == ["341 bob dave #tea"]


@pytest.mark.parametrize("modes", ["+i", "+k key", "+l 1", "+R", "+is"])
def test_a_knock_reaches_those_who_may_invite(modes: str) -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#Tea")
    eve = chat.user("eve")
    alice.sends(f"MODE #tea {modes}")
    alice.sends("MODE #tea +h bob")
    chat.forget()
    assert eve.does("KNOCK #tea :let me in") == ["711 eve #Tea"]
    for operator in (alice, bob):
        (heard,) = operator.take()
        assert (heard.command, *heard.params[:-1]) == ("710", "#Tea", "#Tea", eve.source)
    assert carol.hears() == []
    alice.sends("INVITE eve #tea")
    assert eve.does("KNOCK #tea")[-1] == "713 eve #Tea"


def test_a_knock_where_it_makes_no_sense_is_refused() -> None:
    chat = Chat()
    alice = chat.user("alice", "#open", "#banned", "#private")
    eve = chat.user("eve")
    alice.sends("MODE #banned +ib eve")
    alice.sends("MODE #private +ip")
    chat.forget()
    assert eve.does("KNOCK #nowhere") == ["403 eve #nowhere"]
    assert eve.does("KNOCK #open") == ["713 eve #open"]
    assert eve.does("KNOCK #banned") == ["404 eve #banned"]
    assert eve.does("KNOCK #private") == ["404 eve #private"]
    assert alice.does("KNOCK #private") == ["714 alice #private"]
    assert eve.does("KNOCK") == ["461 eve KNOCK"]
    assert alice.hears() == []


def test_knocks_are_few() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    eve, mallory = chat.user("eve"), chat.user("mallory")
    alice.sends("MODE #a +i")
    alice.sends("MODE #b +i")
    assert eve.does("KNOCK #a") == ["711 eve #a"]
    assert eve.does("KNOCK #b") == ["712 eve #b"]
    assert mallory.does("KNOCK #a") == ["712 mallory #a"]
    assert mallory.does("KNOCK #b") == ["711 mallory #b"]
    chat.passes(10)
    trent = chat.user("trent")
    assert trent.does("KNOCK #a") == ["711 trent #a"]
    assert eve.does("KNOCK #b") == ["712 eve #b"]
    chat.passes(50)
    assert eve.does("KNOCK #b") == ["711 eve #b"]
