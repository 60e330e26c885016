"""Which accounts there are, and for whom nicks are held."""

from __future__ import annotations

from dataclasses import replace

from trio_chat.core.accounts import Account, Accounts
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.wire.casemapping import ASCII

from .language import Chat

ALICE = Account("Alice", 1.0, nicks=("al", "ally"))


def registry(*accounts: Account) -> Accounts:
    found = Accounts(ASCII.fold)
    for account in accounts:
        found.put(account)
    return found


def test_an_account_holds_its_name_and_its_nicks_in_any_case() -> None:
    accounts = registry(ALICE)
    assert [accounts.holder(nick) for nick in ("ALICE", "Al", "ally")] == [ALICE] * 3
    assert (accounts.find("alice"), accounts.find("al"), len(accounts)) == (ALICE, None, 1)


def test_an_account_that_changed_lets_go_of_what_it_no_longer_holds() -> None:
    accounts = registry(ALICE, Account("Alice", 1.0, nicks=("al",)))
    assert accounts.holder("ally") is None
    assert accounts.remove("ALICE") is not None
    assert [accounts.holder(nick) for nick in ("alice", "al")] == [None, None]
    assert accounts.remove("alice") is None


def test_a_nick_stays_with_whom_it_was_held_for_first() -> None:
    bob = Account("bob", 2.0, nicks=("al",))
    accounts = registry(ALICE, bob)
    assert accounts.holder("al") is ALICE
    accounts.remove("bob")
    assert accounts.holder("al") is ALICE


def test_an_account_that_is_not_verified_has_its_name_and_holds_nothing() -> None:
    accounts = registry(replace(ALICE, verified=False))
    assert accounts.find("alice") is not None
    assert [accounts.holder(nick) for nick in ("alice", "al")] == [None, None]
    accounts.put(ALICE)
    assert [accounts.holder(nick) for nick in ("alice", "al")] == [ALICE, ALICE]


def test_the_world_knows_what_was_kept_and_what_has_changed_since() -> None:
    chat = Chat()
    chat.happens(Restored((ALICE,), (), "a secret", chat.at))
    assert (chat.world.accounts.find("alice"), chat.world.secret) == (ALICE, "a secret")
    bob = Account("bob", 2.0)
    chat.happens(AccountsChanged((bob,), ("alice",), chat.at))
    assert (chat.world.accounts.find("alice"), chat.world.accounts.find("bob")) == (None, bob)
