"""WHOIS and WHOWAS: what is told of whom, to whom."""

from __future__ import annotations

import pytest

from trio_chat.core.events import Secured

from .language import Chat, Client, limited
from .staff import operator, staffed

SINCE = "1700000000"


def test_all_that_a_stranger_is_told() -> None:
    chat = staffed()
    alice, bob = chat.user("alice"), operator(chat, "bob", "#tea")
    bob.session.user.account = "robert"
    for line in ("MODE bob +B", "AWAY :gone fishing"):
        bob.sends(line)
    chat.passes(9)
    assert alice.does("WHOIS bob") == [
        "311 alice bob ~bob 192.0.2.1 * :Real bob",
        "319 alice bob @#tea",
        "312 alice bob trio-chat.local :a trio-chat server",
        "313 alice bob :is the boss",
        "330 alice bob robert :is logged in as",
        "335 alice bob :is a bot on trio-chat",
        "301 alice bob :gone fishing",
        f"317 alice bob 9 {SINCE}",
        "318 alice bob",
    ]


def test_addresses_and_modes_are_for_oneself_and_operators() -> None:
    chat = staffed()
    alice, bob, carol = operator(chat, "alice"), chat.user("bob"), chat.user("carol")
    bob.sends("MODE bob +iw")
    private = [
        "378 {} bob :is connecting from ~bob@192.0.2.1 192.0.2.1",
        "338 {} bob ~bob@192.0.2.1 192.0.2.1",
        "379 {} bob :is using modes +iw",
    ]
    assert bob.does("WHOIS bob")[1:4] == [line.format("bob") for line in private]
    assert alice.does("WHOIS bob")[1:4] == [line.format("alice") for line in private]
    assert carol.does("WHOIS bob")[1].startswith("312 ")


def registered(client: Client, nick: str) -> Client:
    client.sends(f"NICK {nick}")
    client.sends(f"USER {nick} 0 * :x")
    assert client.session.registered
    client.hears()
    return client


def test_who_is_connected_securely_is_told() -> None:
    chat = Chat()
    alice = registered(chat.open(fingerprint=""), "alice")
    assert alice.does("MODE alice -Z") == []
    assert alice.does("MODE alice") == ["221 alice +Z"]
    told = alice.does("WHOIS alice")
    assert "671 alice alice :is using a secure connection" in told
    assert not [line for line in told if line.startswith("276 ")]


def test_the_fingerprint_of_a_certificate_is_told_to_its_owner_and_to_operators() -> None:
    chat = staffed()
    alice = registered(chat.open(fingerprint="ab" * 32), "alice")
    bob, carol = operator(chat, "bob"), chat.user("carol")
    line = "276 {} alice :has client certificate fingerprint " + "ab" * 32
    assert line.format("alice") in alice.does("WHOIS alice")
    assert line.format("bob") in bob.does("WHOIS alice")
    assert not [line for line in carol.does("WHOIS alice") if line.startswith("276 ")]


def test_what_comes_too_late_makes_nobody_secure() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.happens(Secured(alice.session.id, "ab" * 32, chat.at))
    chat.happens(Secured(77, "ab" * 32, chat.at))
    assert not alice.session.user.is_secure
    assert alice.session.fingerprint == ""


def rooms_of(lines: list[str]) -> list[str]:
    shown = [line.split(" ", 3)[3] for line in lines if line.startswith("319 ")]
    return [name for names in shown for name in names.removeprefix(":").split()]


def test_hidden_rooms_are_told_to_those_inside() -> None:
    chat = staffed()
    alice, bob = operator(chat, "alice"), chat.user("bob", "#open", "#secret", "#private", "#ours")
    carol = chat.user("carol", "#ours")
    for line in ("MODE #secret +s", "MODE #private +p", "MODE #ours +s"):
        bob.sends(line)
    assert rooms_of(carol.does("WHOIS bob")) == ["@#open", "@#ours"]
    assert len(rooms_of(bob.does("WHOIS bob"))) == 4
    assert len(rooms_of(alice.does("WHOIS bob"))) == 4
    bob.sends("MODE bob +i")
    assert rooms_of(carol.does("WHOIS bob")) == ["@#ours"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("WHOIS", ["431 alice"]),
        ("WHOIS :", ["431 alice"]),
        ("WHOIS nobody", ["401 alice nobody", "318 alice nobody"]),
        ("WHOIS far.example alice", ["402 alice far.example"]),
    ],
)
def test_what_finds_nobody(line: str, answer: list[str]) -> None:
    assert Chat().user("alice").does(line) == answer


@pytest.mark.parametrize("target", ["trio-chat.local", "*.local", "bob", "alice"])
def test_a_server_or_nick_may_stand_in_front(target: str) -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    for rest in ("", " and more"):
        assert alice.does(f"WHOIS {target} bob{rest}")[0].startswith("311 alice bob ")


def test_several_at_once() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    lines = alice.does("WHOIS alice,nobody,bob")
    told = [line for line in lines if line[:3] in ("311", "401", "318")]
    assert [line[:3] for line in told] == ["311", "401", "311", "318"]
    assert told[-1] == "318 alice alice,nobody,bob"


def test_nicks_beyond_the_limit_are_passed_over() -> None:
    alice = Chat(limited(targets=1)).user("alice")
    assert alice.does("WHOIS nobody,alice") == ["401 alice nobody", "318 alice nobody,alice"]


# -- WHOWAS


def test_who_left_is_remembered_the_latest_first() -> None:
    chat = Chat()
    alice = chat.user("alice")
    for address in ("203.0.113.1", "203.0.113.2"):
        chat.user("bob", address=address).sends("QUIT")
        chat.passes(60)
    assert alice.does("WHOWAS BOB") == [
        "314 alice bob ~bob 203.0.113.2 * :Real bob",
        "312 alice bob trio-chat.local :Tue Nov 14 2023 at 22:14:20 UTC",
        "314 alice bob ~bob 203.0.113.1 * :Real bob",
        "312 alice bob trio-chat.local :Tue Nov 14 2023 at 22:13:20 UTC",
        "369 alice BOB :End of WHOWAS",
    ]


@pytest.mark.parametrize(
    ("count", "shown"), [("1", 1), ("2", 2), ("9", 3), ("0", 3), ("-1", 3), ("x", 3), ("²", 3)]
)
def test_a_count_bounds_the_answer(count: str, shown: int) -> None:
    chat = Chat()
    alice = chat.user("alice")
    for _ in range(3):
        chat.user("bob").sends("QUIT")
    lines = alice.does(f"WHOWAS bob {count}")
    assert len([line for line in lines if line.startswith("314 ")]) == shown


def test_a_nick_given_up_is_remembered() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob")
    bob.session.user.account = "robert"
    bob.sends("NICK Bob")  # the same nick, only written otherwise
    bob.sends("NICK robert")
    lines = alice.does("WHOWAS bob")
    assert [line.split()[0] for line in lines] == ["314", "330", "312", "369"]
    assert alice.does("WHOWAS robert")[0] == "406 alice robert"


def test_operators_are_told_the_address() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    chat.user("bob").sends("QUIT")
    assert alice.does("WHOWAS bob")[1] == "338 alice bob ~bob@192.0.2.1 192.0.2.1"


def test_who_never_was_is_told() -> None:
    alice = Chat().user("alice")
    assert alice.does("WHOWAS nobody") == [
        "406 alice nobody",
        "369 alice nobody :End of WHOWAS",
    ]
    assert alice.does("WHOWAS") == ["431 alice"]
    chat = Chat()
    chat.open().vanishes()
    assert len(chat.world.past) == 0


def test_the_oldest_are_forgotten() -> None:
    chat = Chat(limited(whowas_entries=2))
    alice = chat.user("alice")
    for nick in ("bob", "carol", "dave"):
        chat.user(nick).sends("QUIT")
    assert len(chat.world.past) == 2
    assert alice.does("WHOWAS bob")[0] == "406 alice bob"
    assert alice.does("WHOWAS carol,dave,nobody")[0].startswith("314 alice carol ")
