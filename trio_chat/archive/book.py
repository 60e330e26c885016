"""The accounts of the store as the chat knows them, and what has changed of them.

Law: the chat hears of every change of an account, whoever has made it. An answer to a question
tells it at once; `changes` tells it again, twice, since an answer may be late, overtaken by another
change, or without anybody left to take it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import Lock

from trio_chat.core.account_questions import Verdict, Why
from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged
from trio_chat.store import accounts
from trio_chat.store.accounts import AccountRow
from trio_chat.store.database import Store
from trio_chat.wire.casemapping import CaseMapping

WRONG = Verdict("wrong")


class Book:
    """Accounts by name. `clock` tells the Unix time."""

    def __init__(
        self, store: Store, names: CaseMapping, nick_length: int, clock: Callable[[], float]
    ) -> None:
        self.store = store
        self.fold = names.fold
        self.clock = clock
        self._is_nick = names.is_nick
        self._nick_length = nick_length
        self._shown: dict[int, str] = {}
        self._told = self._told_before = 0
        self._telling = Lock()

    def is_name(self, text: str) -> bool:
        """Whether this can be the name of an account, or a nick held for one."""
        return len(text) <= self._nick_length and self._is_nick(text)

    def find(self, db: sqlite3.Connection, name: str) -> AccountRow | None:
        """The account of that name."""
        return accounts.find(db, self.fold(name))

    def look_up(self, name: str) -> AccountRow | None:
        """The account of that name, as it is at this moment."""
        with self.store.reading() as db:
            return self.find(db, name)

    def show(self, row: AccountRow) -> Account:
        """An account as the chat is told of it."""
        self._shown[row.id] = row.name
        return Account(
            row.name,
            row.created,
            row.nicks,
            row.email,
            bool(row.factor_secret),
            row.verified,
            row.disabled,
            row.always_on,
            row.keeps_history,
        )

    def verdict(self, name: str, why: Why = "", text: str = "") -> Verdict:
        """A verdict with an account as it is at this moment."""
        row = self.look_up(name)
        return WRONG if row is None else Verdict(why, self.show(row), text)

    def all(self, db: sqlite3.Connection) -> tuple[Account, ...]:
        """All accounts; `changes` begins with what comes after."""
        self._told = self._told_before = accounts.revision(db)
        return tuple(self.show(row) for row in accounts.changed_since(db, -1))

    def changes(self, at: float) -> AccountsChanged | None:
        """What has changed since it was asked last, and once more what it told then."""
        with self._telling, self.store.reading() as db:
            since, told = self._told_before, self._told
            latest = accounts.revision(db)
            self._told_before, self._told = told, latest
            if latest == since:
                return None
            changed = accounts.changed_since(db, since)
            deleted = [
                self._shown[number]
                for number, revision in accounts.deleted_since(db, since)
                if number in self._shown
                # A name that is told again may be somebody's again, whom the chat must not lose.
                and (revision > told or self.find(db, self._shown[number]) is None)
            ]
            return AccountsChanged(tuple(map(self.show, changed)), tuple(deleted), at)
