"""The archive of a server: all that outlives it, in its store.

Law: it is opened before anything of the chat runs, and by then every name is folded as the
configuration says.
"""

from __future__ import annotations

import secrets as randomness
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trio_chat.archive.book import Book
from trio_chat.archive.history import History
from trio_chat.archive.holdings import Holdings
from trio_chat.archive.keeping import keep, kept
from trio_chat.archive.logins import Logins
from trio_chat.archive.passwords import Passwords
from trio_chat.archive.reading import Reading
from trio_chat.archive.registration import Registration
from trio_chat.archive.searching import Searching
from trio_chat.archive.second_factor import Guesses
from trio_chat.archive.settings import (
    HistorySettings,
    MailSettings,
    PasswordSettings,
    TokenSettings,
)
from trio_chat.core.account_questions import Register
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.questions import Question
from trio_chat.core.records import Record
from trio_chat.store import accounts, facts, passes
from trio_chat.store import records as stored
from trio_chat.store.damage import StoreError, told
from trio_chat.store.database import Store
from trio_chat.wire.casemapping import ASCII, CaseMapping
from trio_chat.wire.printable import printable

SWEEP_SECONDS = 60.0
"""How often accounts are deleted that were not confirmed in time: it gives their names back."""

SECRET_BYTES = 32
"""Of the secret of a server, from which others are derived."""


class SqliteArchive:
    """Answers what the chat asks of its store; what is slow is meant to run in a thread.

    `names` is the chat's case mapping, `nick_length` its longest name, `network` what mails and
    authenticators call it, `clock` the Unix time. Raises `StoreError` if two names of the store
    are the same under that case mapping.
    """

    def __init__(
        self,
        store: Store,
        names: CaseMapping = ASCII,
        *,
        nick_length: int = 32,
        network: str = "trio-chat",
        passwords: PasswordSettings | None = None,
        tokens: TokenSettings | None = None,
        mail: MailSettings | None = None,
        history: HistorySettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        mail = mail or MailSettings()
        self.store = store
        self._swept = 0.0
        guesses = Guesses(clock)
        self.book = Book(store, names, nick_length, clock)
        self.history = History(self.book, history or HistorySettings())
        self._secret = _open(store, names, self.history)
        hashes = Passwords(passwords or PasswordSettings(), self._secret.encode())
        self.logins = Logins(self.book, hashes, guesses, tokens or TokenSettings())
        self.registration = Registration(self.book, hashes, mail, network)
        self.holdings = Holdings(self.book, hashes, guesses, network, self.history)
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            **self.logins.answerers,
            **self.registration.answerers,
            **self.holdings.answerers,
        }
        self.reading: Mapping[type[Question], Callable[[Any], object]] = {
            **Reading(store, self.history.fresh).answerers,
            **Searching(store, self.history.fresh, names.fold).answerers,
        }
        self.waiting: frozenset[type[Question]] = frozenset({Register} if mail.host else ())
        """Questions whose answer waits for another machine."""

    def restore(self, at: float) -> Restored:
        """All that was kept from earlier runs; what has run out by now is gone.

        Raises `StoreError` if the store cannot be read, or not be written to.
        """
        try:
            return self._restore(at)
        except sqlite3.Error as error:
            raise told(self.store.path, error) from error

    def _restore(self, at: float) -> Restored:
        self._sweep(at)
        with self.store.writing() as db:
            passes.drop_spent_invites(db, at)
            stored.drop_expired_bans(db, at)
            latest = self.history.restore(db, at)
            known, records = self.book.all(db), kept(db)
        return Restored(known, records, self._secret, at, self.store.start_boot(at), latest)

    def write(
        self, kept_now: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
    ) -> None:
        """Keep all of these or, by raising an exception, none."""

        def write_records(db: sqlite3.Connection) -> None:
            keep(db, kept_now, self.book.fold)

        self.history.write(history, write_records if kept_now else None)

    def file(self) -> int:
        """File some of what was written of history, for some ms; how many messages are left."""
        return self.history.file()

    def changes(self, at: float) -> AccountsChanged | None:
        """What has changed of the accounts since it was asked last; None for nothing.

        What the chat has asked for itself is told again: see `Book`.
        """
        if at - self._swept >= SWEEP_SECONDS:
            self._sweep(at)
        return self.book.changes(at)

    def _sweep(self, at: float) -> None:
        """Delete the accounts that were not confirmed in time, and what is too old of history."""
        self._swept = at
        self.history.sweep()
        with self.store.reading() as db:  # seldom anything: no lock that others must wait for
            if not passes.overdue(db, at):
                return
        with self.store.writing() as db:
            for number in passes.overdue(db, at):
                accounts.delete(db, number)


def _open(store: Store, names: CaseMapping, history: History) -> str:
    """Prepare a store for these names; the server's secret, made if it is the first time."""
    with store.writing() as db:
        if facts.find(db, "casemapping") != names.name:
            history.refold(db)
            _refold(db, store, names)
            facts.put(db, "casemapping", names.name)
        secret = facts.find(db, "secret")
        if secret is None:
            secret = randomness.token_hex(SECRET_BYTES)
            facts.put(db, "secret", secret)
        return secret


def _refold(db: sqlite3.Connection, store: Store, names: CaseMapping) -> None:
    """Find every name by another case mapping. Raises `StoreError` for names that clash."""
    clashes = [
        *accounts.refold(db, names.fold),
        *stored.refold_rooms(db, names.fold),
    ]
    if clashes:
        pairs = ", ".join(f"{printable(one)} and {printable(other)}" for one, other in clashes[:10])
        raise StoreError(
            f"{store.path}: with casemapping {names.name} these names would be the same: {pairs}; "
            "delete one of each (`trio-chat account delete`), with the casemapping as it was before"
        )
