"""Forwarding (+f): who may not come into one room is sent into another."""

from __future__ import annotations

import pytest

from .language import Chat, Client


def rooms(modes: str) -> tuple[Chat, Client]:
    """#tea with these modes, which forwards to #Lobby; Alice is operator of both."""
    chat = Chat()
    alice = chat.user("alice", "#tea", "#Lobby")
    alice.sends("MODE #tea +f #lobby")
    alice.sends(f"MODE #tea {modes}")
    chat.forget()
    return chat, alice


@pytest.mark.parametrize("modes", ["+i", "+l 1", "+R"])
def test_who_is_refused_is_sent_on(modes: str) -> None:
    chat, alice = rooms(modes)
    bob = chat.user("bob")
    assert bob.does("JOIN #tea")[:2] == ["470 bob #tea #Lobby", "bob JOIN #Lobby"]
    assert alice.hears() == ["bob JOIN #Lobby"]
    assert bob.does("JOIN #tea") == ["470 bob #tea #Lobby"]  # there already


@pytest.mark.parametrize(("modes", "refusal"), [("+k key", "475"), ("+b bob", "474")])
def test_a_wrong_key_and_a_ban_send_nobody_on(modes: str, refusal: str) -> None:
    chat, _ = rooms(modes)
    assert chat.user("bob").does("JOIN #tea") == [f"{refusal} bob #tea"]


@pytest.mark.parametrize("modes", ["+i", "+b bob", "+k x", "+i-i+l 1"])
def test_nobody_is_sent_where_they_may_not_come_in(modes: str) -> None:
    chat, alice = rooms("+i")
    alice.sends(f"MODE #lobby {modes}")
    assert chat.user("bob").does("JOIN #tea") == ["473 bob #tea"]


def test_nobody_is_sent_where_there_is_nothing() -> None:
    chat, alice = rooms("+i")
    alice.sends("PART #lobby")
    assert chat.user("bob").does("JOIN #tea") == ["473 bob #tea"]


def test_rooms_that_forward_to_each_other_lead_nowhere() -> None:
    chat, alice = rooms("+i")
    alice.sends("MODE #lobby +if #tea")
    assert chat.user("bob").does("JOIN #tea") == ["473 bob #tea"]


def test_one_must_be_operator_of_both() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#bar")
    assert alice.does("MODE #tea +f #bar") == ["482 alice #bar"]
    assert alice.does("MODE #tea +f #nowhere") == ["403 alice #nowhere"]
    assert alice.does("MODE #tea +f #TEA") == ["696 alice #tea f #TEA"]
    alice.sends("JOIN #bar")
    bob.sends("MODE #bar +h alice")
    alice.lines.clear()
    assert alice.does("MODE #tea +f #bar") == ["482 alice #bar"]
    bob.sends("MODE #bar +o alice")
    alice.lines.clear()
    assert alice.does("MODE #tea +f #BAR") == ["alice MODE #tea +f #bar"]
    assert alice.does("MODE #tea +f #bar") == []
    assert alice.does("MODE #tea")[0] == "324 alice #tea +ntf #bar"
    assert alice.does("MODE #tea -f") == ["alice MODE #tea -f"]
    assert alice.does("MODE #tea -f") == []
