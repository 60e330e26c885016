"""Names are the same by the case mapping that the server was given, wherever they are given."""

from __future__ import annotations

from typing import Literal

import pytest

from trio_chat.core.settings import Settings

from .language import Chat, Client

Mapping = Literal["ascii", "rfc1459", "precis"]


def a_chat(mapping: Mapping) -> tuple[Chat, Client, Client]:
    chat = Chat(Settings(casemapping=mapping))
    alice, bob = chat.users("alice[]", "bob", room="#Tea[")
    return chat, alice, bob


@pytest.mark.parametrize(
    ("mapping", "nick", "same"),
    [
        ("ascii", "ALICE[]", True),
        ("ascii", "alice{}", False),
        ("rfc1459", "ALICE{}", True),
        ("precis", "ALICE[]", True),
        ("precis", "alice{}", False),
    ],
)
def test_a_nick_is_taken_if_it_is_the_same(mapping: Mapping, nick: str, same: bool) -> None:
    _, _, bob = a_chat(mapping)
    heard = bob.does(f"NICK {nick}")
    assert heard == ([f"433 bob {nick}"] if same else [f"bob NICK {nick}"])


@pytest.mark.parametrize("line", ["PRIVMSG ALICE{} :hi", "PRIVMSG #tEA{ :hi"])
def test_targets_are_found_by_any_form_of_their_name(line: str) -> None:
    _, alice, bob = a_chat("rfc1459")
    assert bob.does(line) == []
    name = "alice[]" if "ALICE" in line else "#Tea["
    assert alice.hears() == [f"bob PRIVMSG {name} :hi"]


def test_a_ban_holds_for_every_form_of_a_nick() -> None:
    chat = Chat(Settings(casemapping="precis"))
    alice, bob = chat.users("alice", "Élan", room="#tea")
    alice.does("MODE #tea +b élan!*@*")
    assert bob.does("PRIVMSG #tea :hi") == ["404 Élan #tea"]


@pytest.mark.parametrize("mapping", ["ascii", "rfc1459", "precis"])
def test_the_mapping_is_told(mapping: Mapping) -> None:
    _, alice, _ = a_chat(mapping)
    assert any(f" CASEMAPPING={mapping} " in line for line in alice.does("VERSION"))
