"""DEFCON: who can still come in."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Keep
from trio_chat.core.events import Restored
from trio_chat.core.records import AlertRecord
from trio_chat.core.settings import Settings

from .language import Chat, Client
from .staff import operator, questions, staffed


def comes(chat: Chat, account: str = "", address: str = "198.51.100.7") -> Client:
    client = chat.open(address)
    client.session.user.account = account
    client.sends("NICK newcomer")
    client.sends("USER newcomer 0 * :New")
    return client


@pytest.mark.parametrize(
    ("level", "stranger", "member"),
    [(5, True, True), (4, True, True), (3, False, True), (2, False, False)],
)
def test_a_level_shuts_out_strangers(level: int, stranger: bool, member: bool) -> None:
    for account, enters in (("", stranger), ("alice", member)):
        chat = staffed()
        root = operator(chat, "root")
        assert root.does(f"DEFCON {level}")[0].startswith(f"NOTICE * :root sets DEFCON {level}: ")
        newcomer = comes(chat, account)
        assert newcomer.session.registered == enters
        assert bool(newcomer.closed) != enters


@pytest.mark.parametrize("level", [5, 4, 3, 2])
def test_a_level_keeps_new_accounts_out(level: int) -> None:
    chat = staffed(settings=Settings(exempt=("203.0.113.0/24",)))
    here, own = chat.user("here"), chat.user("own", address="203.0.113.9")
    operator(chat, "root").sends(f"DEFCON {level}")
    if level == 5:
        here.sends("REGISTER * * sesame")
        assert len(questions(chat)) == 1
    else:
        refusal = "FAIL REGISTER TEMPORARILY_UNAVAILABLE here"
        assert here.does("REGISTER * * sesame") == [refusal]
        assert questions(chat) == []
    own.sends("REGISTER * * sesame")
    assert len(questions(chat)) == 1


def test_who_must_log_in_is_told_so() -> None:
    chat = staffed()
    operator(chat, "root").sends("DEFCON 3")
    assert comes(chat).hears()[0] == "FAIL * ACCOUNT_REQUIRED"


def test_exempt_addresses_always_come_in() -> None:
    chat = staffed(settings=Settings(exempt=("203.0.113.0/24",)))
    operator(chat, "root").sends("DEFCON 2")
    assert comes(chat, address="203.0.113.9").session.registered


def test_who_is_here_stays() -> None:
    chat = staffed()
    root, bob = operator(chat, "root"), chat.user("bob")
    root.sends("DEFCON 2")
    assert bob.closed == ""


def test_the_level_is_told_and_kept() -> None:
    chat = staffed()
    root = operator(chat, "root")
    root.sends("DEFCON 3")
    records = [effect.record for effect in chat.effects if isinstance(effect, Keep)]
    assert AlertRecord(3, "root", chat.at) in records
    assert root.does("DEFCON")[0].startswith("NOTICE root :DEFCON 3: ")
    restarted = Chat()
    restarted.happens(Restored((), (AlertRecord(3, "root", 1.0),), "", restarted.at))
    assert comes(restarted).closed


@pytest.mark.parametrize("level", ["1", "6", "x", "٣", ""])
def test_there_are_no_other_levels(level: str) -> None:
    chat = staffed()
    assert (
        operator(chat, "root").does(f"DEFCON :{level}")[0].startswith("FAIL DEFCON INVALID_LEVEL")
    )
    assert chat.world.alert == 5


def test_only_operators_set_it() -> None:
    assert staffed().user("bob").does("DEFCON 2") == ["481 bob"]
