"""Names that are held for their owners: who may have which nick, in every order of events."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged, Reread
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings

from .language import Chat, Client, limited
from .owners import ALICE, BOB, log_in, numerics, owned, owner, plain, verdict

LOOSE = Settings(accounts=AccountRules(names_held=False))


def changed(chat: Chat, *accounts: Account, deleted: tuple[str, ...] = ()) -> None:
    chat.happens(AccountsChanged(accounts, deleted, chat.at))


# -- coming in


@pytest.mark.parametrize("nick", ["Alice", "ALICE", "al", "AL"])
def test_a_stranger_cannot_come_in_with_a_held_nick(nick: str) -> None:
    chat = owned()
    eve = chat.open()
    assert eve.does(f"NICK {nick}") == []
    assert eve.does("USER eve 0 * :Eve") == [f"433 * {nick}"]
    assert eve.does("NICK eve")[0] == "001 eve"


ORDERS = tuple(itertools.permutations(("NICK al", "USER alice 0 * :Alice", "AUTHENTICATE")))


@pytest.mark.parametrize("steps", ORDERS)
def test_its_owner_comes_in_with_it_in_every_order(steps: tuple[str, ...]) -> None:
    chat = owned()
    alice = chat.open()
    alice.sends("CAP REQ sasl")
    for step in steps:
        if step == "AUTHENTICATE":
            assert numerics(log_in(chat, alice, ALICE)) == ["900", "903"]
        else:
            assert alice.does(step) == []
    assert alice.does("CAP END")[0] == "001 al"


@pytest.mark.parametrize("steps", ORDERS)
def test_all_may_be_sent_in_one_go(steps: tuple[str, ...]) -> None:
    chat = owned()
    alice = chat.open()
    lines: list[str] = []
    for step in steps:
        lines += ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}"] * (step == "AUTHENTICATE")
        lines += [step] * (step != "AUTHENTICATE")
    for line in ("CAP REQ sasl", *lines, "CAP END"):
        alice.sends(line)
    heard = verdict(chat, alice, account=ALICE)
    assert numerics(heard)[:3] == ["900", "903", "001"]
    assert alice.session.user.nick == "al"


def test_who_logs_in_to_another_account_cannot_have_it() -> None:
    chat = owned()
    bob = chat.open()
    for line in ("CAP REQ sasl", "NICK al", "USER bob 0 * :Bob"):
        bob.sends(line)
    log_in(chat, bob, BOB)
    assert bob.does("CAP END") == ["433 * al"]
    assert bob.does("NICK bob")[0] == "001 bob"


def test_a_held_nick_in_use_is_no_obstacle_before_the_login() -> None:
    chat = owned()
    owner(chat, ALICE)
    second = chat.open()
    assert second.does("NICK alice") == []
    assert chat.open().does("NICK bob") == []
    chat.user("eve")
    assert chat.open().does("NICK eve") == ["433 * eve"]


# -- changing the nick


def test_nobody_else_can_take_it_later() -> None:
    chat = owned()
    eve = chat.user("eve")
    assert eve.does("NICK Al") == ["433 eve Al"]
    bob = owner(chat, BOB)
    assert bob.does("NICK alice") == ["433 bob alice"]
    alice = owner(chat, ALICE, nick="ally")
    assert alice.does("NICK al") == ["ally NICK al"]
    assert alice.does("NICK AL") == ["al NICK AL"]


def test_nothing_is_held_where_the_rules_say_so() -> None:
    chat = owned(settings=LOOSE)
    eve = chat.user("alice")
    changed(chat, BOB)
    assert eve.does("NICK bob") == ["alice NICK bob"]


# -- those who are there already


def test_who_has_the_nick_of_a_new_account_becomes_a_guest_and_stays_in_the_room() -> None:
    chat = owned()
    eve, dan = chat.users("carol", "dan", room="#tea")
    dan.sends("MONITOR + carol")
    dan.lines.clear()
    changed(chat, Account("Carol", 1.0))
    notice, change = eve.take()
    assert (notice.command, notice.params[0]) == ("NOTICE", "carol")
    assert "Guest1" in notice.params[1]
    assert (change.command, change.params) == ("NICK", ("Guest1",))
    assert dan.hears() == ["carol NICK Guest1", "731 * carol"]
    assert [user.nick for user in chat.world.find_room("#tea").members] == ["Guest1", "dan"]  # type: ignore[union-attr]


def test_a_guest_gets_a_nick_that_is_free_and_not_held() -> None:
    chat = owned(Account("Guest2", 1.0))
    chat.user("guest1")
    eve = chat.user("eve")
    changed(chat, Account("eve", 1.0))
    assert eve.session.user.nick == "Guest3"


@pytest.mark.parametrize(("length", "guest"), [(3, "Gu1"), (1, "G1")])
def test_a_guest_has_a_short_name_where_nicks_are_short(length: int, guest: str) -> None:
    chat = owned(settings=limited(nick_length=length))
    eve = chat.user("e")
    changed(chat, Account("e", 1.0))
    assert eve.session.user.nick == guest


def test_who_is_logged_in_keeps_the_nick_of_the_account() -> None:
    chat = owned()
    alice = owner(chat, ALICE, nick="ally")
    changed(chat, replace(ALICE, nicks=("al", "ally")))
    assert alice.hears() == []
    changed(chat, ALICE)
    assert alice.session.user.nick == "ally"


def test_who_logs_in_to_another_account_gives_the_nick_up() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    heard = log_in(chat, alice, BOB)
    assert numerics(heard) == ["900", "NOTICE", "Alice", "903"]
    assert alice.session.user.nick == "Guest1"


def test_a_nick_that_is_held_from_now_on_is_given_up() -> None:
    chat = owned(settings=LOOSE)
    eve, alice = chat.user("al"), owner(chat, ALICE)
    chat.happens(Reread(Reading("chat.toml", Settings()), chat.at))
    assert (eve.session.user.nick, alice.session.user.nick) == ("Guest1", "Alice")


# -- accounts that go


def heard_of_losing(client: Client) -> list[str]:
    return [line.partition(" :")[0] for line in client.hears()]


def test_with_a_deleted_account_one_is_logged_out_and_keeps_the_nick() -> None:
    chat = owned()
    alice = owner(chat, ALICE, "#tea", caps="account-notify")
    dan = chat.user("dan", "#tea", caps="account-notify")
    chat.forget()
    changed(chat, deleted=("ALICE",))
    assert heard_of_losing(alice) == [
        "NOTICE Alice",
        "901 Alice Alice!~Alice@192.0.2.1",
        "Alice ACCOUNT *",
    ]
    assert dan.hears() == ["Alice ACCOUNT *"]
    assert (alice.session.user.nick, alice.session.user.account) == ("Alice", "")


def test_with_a_disabled_account_one_is_logged_out_and_the_nick_is_held_still() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    changed(chat, replace(ALICE, disabled=True))
    assert numerics(heard_of_losing(alice)) == ["NOTICE", "901", "NOTICE", "Alice"]
    assert alice.session.user.nick == "Guest1"


@pytest.mark.parametrize("deleted", [True, False])
def test_where_all_must_log_in_who_is_logged_out_is_let_go(deleted: bool) -> None:
    chat = owned(settings=Settings(accounts=AccountRules(required=True)))
    alice, phone, bob = owner(chat, ALICE), owner(chat, ALICE), owner(chat, BOB)
    newcomer = chat.open()
    newcomer.sends("CAP REQ sasl")
    log_in(chat, newcomer, ALICE)
    if deleted:
        changed(chat, deleted=("Alice",))
    else:
        changed(chat, replace(ALICE, disabled=True))
    assert alice.closed == phone.closed == "You must log in to an account to be here"
    assert not bob.closed
    assert not newcomer.closed  # it may log in to another one


def test_who_is_on_the_way_in_is_logged_out_too() -> None:
    chat = owned()
    alice = chat.open()
    alice.sends("CAP REQ sasl")
    log_in(chat, alice, ALICE)
    changed(chat, deleted=("Alice",))
    assert heard_of_losing(alice) == ["NOTICE *", "901 * *!*@192.0.2.1"]
    assert alice.session.user.account == ""


def test_an_account_made_anew_under_the_same_name_is_another() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    changed(chat, replace(ALICE, created=9.0), deleted=("Alice",))
    assert (alice.session.user.nick, alice.session.user.account) == ("Guest1", "")
