"""Bans from the server: who is let go, who is turned away, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.bans import Bans
from trio_chat.core.effects import Keep
from trio_chat.core.events import Restored
from trio_chat.core.gateways import Gateway
from trio_chat.core.privileges import Operator
from trio_chat.core.records import BanLifted, BanRecord, Record
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.casemapping import ASCII

from .language import START, Chat, Client
from .owners import log_in, verdict
from .staff import HASH, operator, staffed
from .test_operators import LACKS


def kept(chat: Chat) -> list[Record]:
    """What of bans the last event has kept."""
    records = [effect.record for effect in chat.effects if isinstance(effect, Keep)]
    return [each for each in records if isinstance(each, BanRecord | BanLifted)]


def comes(
    chat: Chat, nick: str = "bob", address: str = "198.51.100.7", name: str = "Bob"
) -> Client:
    """Somebody tries to come in."""
    client = chat.open(address)
    client.sends(f"NICK {nick}")
    client.sends(f"USER {nick} 0 * :{name}")
    return client


# -- by name


@pytest.mark.parametrize(
    ("mask", "banned"),
    [
        ("bob!*@*", True),
        ("BOB", True),
        ("~bob@*", True),
        ("*@198.51.100.*", True),
        ("*!*@198.51.100.?", True),
        ("~realname:*spam*", True),
        ("~r:bob", False),
        ("carol!*@*", False),
        ("*@203.0.113.*", False),
    ],
)
def test_a_mask_bans_those_it_matches(mask: str, banned: bool) -> None:
    chat = staffed()
    root = operator(chat, "root")
    assert root.does(f"KLINE {mask} :go away")[0].startswith("NOTICE * :root bans ")
    bob = comes(chat, name="buy spam now")
    assert bob.closed == ("Banned" if banned else "")
    if banned:
        assert "465 bob :You are banned from this server: go away" in [
            f"465 bob :{message.params[-1]}" for message in bob.take() if message.command == "465"
        ]


def test_who_is_here_is_let_go_and_the_others_do_not_read_why() -> None:
    chat = staffed()
    root, carol = operator(chat, "root"), chat.user("carol", "#tea", address="203.0.113.1")
    bob = chat.user("bob", "#tea", address="198.51.100.7")
    chat.forget()
    root.sends("KLINE bob!*@* :a secret reason")
    assert (bob.closed, carol.closed) == ("Banned", "")
    assert carol.hears() == ["bob QUIT :Banned"]


def test_an_account_is_banned_wherever_it_comes_from() -> None:
    chat = staffed()
    root, bob = operator(chat, "root"), chat.user("bob")
    bob.session.user.account = "Robert"
    root.sends("KLINE ~account:rob*")
    assert bob.closed == "Banned"


@pytest.mark.parametrize("command", ["AUTHENTICATE", "REGISTER"])
def test_who_is_here_cannot_log_in_to_a_banned_account(command: str) -> None:
    chat = staffed()
    root, bob = operator(chat, "root"), chat.user("bob", caps="sasl")
    root.sends("KLINE ~account:rob*")
    rob = Account("Robert", 1.0)
    if command == "AUTHENTICATE":
        log_in(chat, bob, rob)
    else:
        bob.sends("REGISTER * * sesame")
        verdict(chat, bob, account=rob)
    assert bob.closed == "Banned"


@pytest.mark.parametrize(
    "mask", ["*", "*@*", "*!*@*.*", "root!*@*", "*@192.0.2.*", "~realname:Real*"]
)
def test_nobody_bans_everybody_or_themselves(mask: str) -> None:
    chat = staffed()
    root = operator(chat, "root")
    bob = chat.user("bob", address="203.0.113.1")
    assert root.does(f"KLINE {mask} :oops")[0].startswith("FAIL KLINE INVALID_MASK")
    assert (root.closed, bob.closed, len(chat.world.bans)) == ("", "", 0)


@pytest.mark.parametrize("mask", ["~room:#tea", "~mute:bob", "~x:y", f"{'x' * 201}!*@*"])
def test_a_mask_that_makes_no_sense_here_is_refused(mask: str) -> None:
    root = operator(staffed(), "root")
    assert root.does(f"KLINE {mask} :x")[0].startswith("FAIL KLINE INVALID_MASK")


def test_another_operator_stays() -> None:
    other = Operator("other", HASH)
    chat = staffed(Operator("root", HASH), other)
    root = operator(chat, "root")
    bob = operator(chat, "bob", name="other", address="198.51.100.7")
    root.sends("DLINE 198.51.100.0/24")
    assert bob.closed == ""
    assert comes(chat, "carol").closed == "Banned"


# -- by address


@pytest.mark.parametrize(
    ("mask", "address", "banned"),
    [
        ("198.51.100.7", "198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("198.51.100.99/24", "198.51.100.8", True),
        ("198.51.0.0/16", "198.51.100.8", True),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("198.51.100.0/24", "2001:db8::1", False),
    ],
)
def test_an_address_is_turned_away_before_it_says_a_word(
    mask: str, address: str, banned: bool
) -> None:
    chat = staffed()
    operator(chat, "root").sends(f"DLINE {mask} :spam")
    assert (chat.open(address).closed == "Banned") == banned


def test_what_is_no_address_is_refused() -> None:
    root = operator(staffed(), "root")
    assert root.does("DLINE bob :x")[0].startswith("FAIL DLINE INVALID_MASK")
    assert root.does("UNDLINE bob")[0].startswith("FAIL UNDLINE INVALID_MASK")
    assert root.does("DLINE 192.0.2.0/24 :x")[0].startswith("FAIL DLINE INVALID_MASK")  # one's own


def test_a_gateway_cannot_bring_in_a_banned_address() -> None:
    chat = staffed(settings=Settings(gateways=(Gateway("secret", ("192.0.2.0/24",)),)))
    operator(chat, "root").sends("DLINE 198.51.100.7")
    alice = chat.open()
    alice.sends("WEBIRC secret gate host.example 198.51.100.7")
    assert alice.closed == "Banned"


# -- time


def test_a_ban_is_over_in_time_and_staff_is_told() -> None:
    chat = staffed()
    root = operator(chat, "root")
    root.sends("DLINE 1m 198.51.100.7 :cool down")
    refused = chat.open("198.51.100.7")
    assert "(for 1m)" in refused.take()[0].params[-1]
    root.sends("PING x")
    chat.forget()
    chat.passes(59)
    assert chat.open("198.51.100.7").closed == "Banned"
    chat.passes(1)
    assert chat.open("198.51.100.7").closed == ""
    assert kept(chat) == []
    assert root.hears() == ["NOTICE * :The ban of address 198.51.100.7 is over"]


def test_what_is_over_is_kept_no_longer() -> None:
    chat = staffed()
    operator(chat, "root").sends("KLINE 60s bob!*@*")
    chat.passes(60)
    assert kept(chat) == [BanLifted("user", "bob!*@*")]
    assert comes(chat).closed == ""


def test_a_ban_set_anew_has_the_new_time() -> None:
    chat = staffed()
    root = operator(chat, "root")
    root.sends("KLINE 60s bob!*@*")
    root.sends("KLINE 120s BOB!*@*")
    chat.passes(60)
    assert comes(chat).closed == "Banned"
    chat.passes(60)
    assert comes(chat).closed == ""


def test_a_ban_for_no_time_or_of_nobody_is_none() -> None:
    root = operator(staffed(), "root")
    assert root.does("KLINE 0 bob!*@* :x") == ["461 root KLINE"]
    assert root.does("KLINE :") == ["461 root KLINE"]


# -- lifting, listing, keeping


def test_a_ban_can_be_lifted() -> None:
    chat = staffed()
    root = operator(chat, "root")
    root.sends("KLINE bob!*@*")
    root.sends("DLINE 203.0.113.0/24")
    root.sends("UNKLINE BOB!*@*")
    assert kept(chat) == [BanLifted("user", "bob!*@*")]
    root.sends("UNDLINE 203.0.113.77/24")
    assert kept(chat) == [BanLifted("address", "203.0.113.0/24")]
    assert comes(chat).closed == comes(chat, "carol", "203.0.113.1").closed == ""
    assert root.does("UNKLINE bob!*@*")[0].startswith("FAIL UNKLINE NO_SUCH_BAN")
    assert root.does("UNDLINE 203.0.113.0/24")[0].startswith("FAIL UNDLINE NO_SUCH_BAN")


def test_operators_see_who_is_banned() -> None:
    chat = staffed()
    root = operator(chat, "root")
    root.sends("KLINE 2h bob!*@* :spam")
    root.sends("DLINE 203.0.113.0/24")
    assert root.does("STATS k") == [
        "216 root K bob!*@* user 2h root spam",
        "219 root k :End of STATS report",
    ]
    assert root.does("STATS d")[0] == "225 root D 203.0.113.0/24 address - root :no reason given"
    assert chat.user("carol", address="127.0.0.1").does("STATS k") == [
        "481 carol",
        "219 carol k :End of STATS report",
    ]


def test_a_ban_outlives_the_server() -> None:
    chat = staffed()
    operator(chat, "root").sends("KLINE 1h bob!*@* :spam")
    (record,) = kept(chat)
    assert record == BanRecord("user", "bob!*@*", "spam", "root", chat.at, chat.at + 3600)
    restarted = Chat()
    restarted.happens(Restored((), (record,), "", restarted.at))
    assert comes(restarted).closed == "Banned"


def test_a_ban_that_was_over_before_the_start_bans_nobody() -> None:
    chat = Chat()
    over = BanRecord("address", "198.51.100.7", "", "root", START - 2, START - 1)
    chat.happens(Restored((), (over,), "", chat.at))
    assert chat.open("198.51.100.7").closed == ""


def test_bans_are_bounded() -> None:
    chat = staffed(settings=Settings(limits=Limits(bans=1)))
    root = operator(chat, "root")
    root.sends("KLINE bob!*@*")
    assert root.does("KLINE carol!*@*")[0].startswith("FAIL KLINE BANS_FULL")
    assert root.does("KLINE 1h bob!*@*")[0].startswith("NOTICE")  # the same one, anew


def test_only_operators_ban() -> None:
    chat = staffed(Operator("root", HASH, privileges=("kill",)))
    root, bob = operator(chat, "root"), chat.user("bob")
    for line in ("KLINE x", "UNKLINE x", "DLINE 192.0.2.9", "UNDLINE 192.0.2.9"):
        assert bob.does(line) == ["481 bob"]
        assert root.does(line) == [f"723 root ban :{LACKS}"]


# -- the table of bans itself


def test_an_address_is_found_among_thousands_without_looking_at_each() -> None:
    bans = Bans(ASCII)
    for number in range(2000):
        mask = f"10.{number // 250}.{number % 250}.0/24"
        bans.put(BanRecord("address", mask, "", "root", START))
    assert len(bans) == 2000
    assert len(bans._ranges) == 1
    found = bans.of_address("10.3.7.9", START)
    assert found is not None
    assert found.mask == "10.3.7.0/24"
    assert bans.of_address("no address", START) is None
    assert bans.lift("address", "10.3.7.0/24") is not None
    assert bans.of_address("10.3.7.9", START) is None


def test_the_narrower_ban_does_not_hide_the_wider_one_when_it_is_over() -> None:
    bans = Bans(ASCII)
    wide = BanRecord("address", "10.0.0.0/8", "", "root", START)
    narrow = BanRecord("address", "10.0.0.1", "", "root", START, START + 1)
    bans.put(narrow)
    bans.put(wide)
    assert bans.of_address("10.0.0.1", START) is narrow
    assert bans.of_address("10.0.0.1", START + 1) is wide
    assert bans.lift("address", "10.0.0.1") is narrow
    assert bans.lift("address", "10.0.0.0/8") is wide
    assert bans._ranges == {}
    assert replace(wide, reason="x") not in list(bans)
