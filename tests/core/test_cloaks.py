"""Cloaks: others do not see where somebody comes from, and can ban a network all the same."""

from __future__ import annotations

import pytest

from trio_chat.core.cloaks import cloak
from trio_chat.core.events import Restored
from trio_chat.core.gateways import Gateway
from trio_chat.core.settings import Settings
from trio_chat.wire.grammar import matches

from .language import Chat, Client
from .staff import operator, staffed


def cloaked(settings: Settings | None = None, secret: str = "s3cret") -> Chat:
    """A chat of a server that has a secret."""
    chat = Chat(settings)
    chat.happens(Restored((), (), secret, chat.at))
    return chat


def host(client: Client) -> str:
    return client.source.partition("@")[2]


def test_nothing_of_an_address_is_seen() -> None:
    chat = cloaked()
    alice, bob = chat.user("alice", "#tea"), chat.user("bob", "#tea", address="192.0.2.99")
    assert host(alice) != host(bob)
    for line in alice.does("WHO #tea") + alice.does("WHOIS bob") + alice.does("USERHOST bob"):
        assert "192.0.2" not in line


def test_the_same_address_has_the_same_cloak_and_only_with_the_same_secret() -> None:
    assert host(cloaked().user("alice")) == host(cloaked().user("bob"))
    assert host(cloaked(secret="other").user("alice")) != host(cloaked().user("alice"))


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", 3),
        ("192.0.2.1", "192.0.3.1", 2),
        ("192.0.2.1", "198.51.100.1", 1),
        ("2001:db8:1:1::1", "2001:db8:1:1::2", 4),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", 3),
        ("2001:db8:1::1", "2001:db8:2::1", 2),
        ("2001:db8::1", "2001:db9::1", 1),
    ],
)
def test_neighbours_share_the_end_of_their_cloaks(one: str, other: str, shared: int) -> None:
    ends = [cloak("s", address).split(".")[-shared:] for address in (one, other)]
    rest = [cloak("s", address).split(".")[:-shared] for address in (one, other)]
    assert ends[0] == ends[1]
    assert all(first != second for first, second in zip(*rest, strict=True))


def test_a_network_is_banned_by_the_end_of_its_cloak() -> None:
    _, network = cloak("s", "192.0.2.1").split(".", 1)
    assert matches(f"*!*@*.{network}", f"bob!~bob@{cloak('s', '192.0.2.200')}")


def test_a_cloak_is_no_address_and_fits_a_source() -> None:
    for address in ("192.0.2.1", "2001:db8::1", "no address"):
        assert cloak("s", address).endswith(".ip")
        assert len(cloak("s", address)) <= 63


def test_this_machine_has_nothing_to_hide() -> None:
    chat = cloaked()
    assert host(chat.user("alice", address="127.0.0.1")) == "127.0.0.1"


def test_operators_who_may_see_and_oneself_are_told_the_address() -> None:
    chat = staffed()
    chat.happens(Restored((), (), "s", chat.at))
    root, bob = operator(chat, "root"), chat.user("bob", address="192.0.2.9")
    for client in (root, bob):
        assert any("192.0.2.9" in line for line in client.does("WHOIS bob"))


def test_cloaking_can_be_turned_off() -> None:
    assert host(cloaked(Settings(cloaking=False)).user("alice")) == "192.0.2.1"


def test_what_a_gateway_tells_is_cloaked_too() -> None:
    gateway = Gateway("secret", ("192.0.2.0/24",))
    chat = cloaked(Settings(gateways=(gateway,)))
    alice = chat.open()
    alice.sends("WEBIRC secret gate home-of-alice.example 198.51.100.7")
    alice.sends("NICK alice")
    alice.sends("USER alice 0 * :Alice")
    assert host(alice) == cloak("s3cret", "198.51.100.7")
