"""Whoever comes from an address on a blocklist: refused, or asked to log in."""

from __future__ import annotations

import pytest

from trio_chat.core.blocklists import Blocklist
from trio_chat.core.gateways import Gateway
from trio_chat.core.questions import LookUpBlocklists
from trio_chat.core.settings import Settings

from .language import Chat, Client
from .staff import answer, log, questions

REFUSING = Blocklist("spam.example", reason="you sent spam")
ASKING = Blocklist("proxy.example", "login", reason="your address is a proxy")
SETTINGS = Settings(blocklists=(ASKING, REFUSING), gateways=(Gateway("pass", ("192.0.2.0/24",)),))


def comes(chat: Chat, zones: tuple[str, ...] | None, account: str = "") -> Client:
    """Somebody connects, and it is found out on which lists they are."""
    client = chat.open("198.51.100.7")
    assert questions(chat) == [LookUpBlocklists("198.51.100.7", (ASKING, REFUSING))]
    client.sends("NICK alice")
    client.sends("USER alice 0 * :Alice")
    assert not client.session.registered
    client.session.user.account = account
    answer(chat, client, zones)
    return client


@pytest.mark.parametrize("zones", [(), None])
def test_who_is_on_no_list_comes_in_with_all_they_said_meanwhile(
    zones: tuple[str, ...] | None,
) -> None:
    assert comes(Chat(SETTINGS), zones).session.registered


def test_a_list_can_refuse_and_say_why() -> None:
    chat = Chat(SETTINGS)
    alice = comes(chat, ("spam.example",))
    assert alice.closed == "Banned"
    assert alice.take()[0].params[-1] == "You are banned: you sent spam"
    assert log(chat) == ["198.51.100.7 is on the blocklist spam.example: refuse"]


@pytest.mark.parametrize(("account", "enters"), [("", False), ("Alice", True)])
def test_a_list_can_ask_for_an_account(account: str, enters: bool) -> None:
    alice = comes(Chat(SETTINGS), ("proxy.example",), account)
    assert alice.session.registered == enters
    if not enters:
        assert alice.hears()[0] == "FAIL * ACCOUNT_REQUIRED"
        assert alice.closed


def test_exempt_addresses_are_not_looked_up() -> None:
    chat = Chat(SETTINGS)
    chat.open("127.0.0.1")
    assert questions(chat) == []


def test_whom_a_gateway_brings_is_looked_up() -> None:
    chat = Chat(SETTINGS)
    alice = chat.open("192.0.2.1")
    answer(chat, alice, ())
    alice.sends("WEBIRC pass gate host.example 198.51.100.7")
    assert questions(chat) == [LookUpBlocklists("198.51.100.7", (ASKING, REFUSING))]
    answer(chat, alice, ("spam.example",))
    assert alice.closed == "Banned"
