"""What is done to a history that is filed: what is too old goes, what an account has said goes with
it, and the words of what is gone leave the index.

Laws:

* All of it goes in small steps, each a transaction of its own: those who write wait some ms.
* What is erased is overwritten where it stood; of its words the index is rid when it was made anew,
  which after an account is at once, and otherwise once a day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from trio_chat.archive.settings import HistorySettings
from trio_chat.store import facts, history, journal, places, records, words
from trio_chat.store.database import Store
from trio_chat.store.history import Table

ROWS_PER_STEP = 200
"""Rows erased in one transaction, their words with them: 5 to 10 ms."""

EVENTS_PER_MESSAGE = 2
"""Events that are kept of a place for each message that may be kept of it."""

LOOK_SECONDS = 3600.0
"""How often it is looked for what is too old: that is kept in days."""

PLACES_PER_STEP = 10
"""Places that are looked at in one step: to find the 10,000th latest message of one takes 1 ms."""

PURGE_SECONDS = 86_400.0
"""How often the index of words is made anew, if anything was erased: all of it is written again."""

PURGED = "words_purged"
"""The fact that says when that was begun last, as a Unix time."""

TABLES: tuple[Table, Table] = ("messages", "events")


class Bounds(NamedTuple):
    """How long, in days, and how many messages of a place are kept; 0 for all."""

    days: float
    messages: int


class Upkeep:
    """Looks after a history, step by step. `clock` tells the Unix time."""

    def __init__(self, store: Store, settings: HistorySettings, clock: Callable[[], float]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._begun = 0.0
        self._due: list[int] = []
        self._of_rooms: dict[int, Bounds] = {}
        self._may_purge = False
        self._is_purging = False

    def begin(self) -> None:
        """Look, unless it was done within the hour, at all places whether they have what is too
        old, and whether the index is to be made anew."""
        now = self._clock()
        if now - self._begun < LOOK_SECONDS:
            return
        self._begun = now
        with self._store.snapshot() as db:
            self._of_rooms = {
                place: Bounds(days, messages) for place, days, messages in records.kept_of_rooms(db)
            }
            if self._settings.days or self._settings.messages_per_room:
                self._due = places.numbers(db)
            else:
                self._due = list(self._of_rooms)
            purged = float(facts.find(db, PURGED) or 0)
            self._may_purge = (
                now - purged >= PURGE_SECONDS and facts.find(db, history.ERASED) is not None
            )

    def step(self) -> bool:
        """Do something that is due, for some ms; whether there may be more."""
        if self._due:
            for _ in range(min(PLACES_PER_STEP, len(self._due))):
                if self._drop_some(self._due[-1]):
                    break
                self._due.pop()
            return True
        if self._may_purge:
            self._may_purge, self._is_purging = False, True
            return self._purge_some(first=True)
        return self._is_purging and self._purge_some(first=False)

    # -- what is too old

    def _drop_some(self, place: int) -> bool:
        """Erase some of what is too old of a place; whether there was any."""
        with self._store.snapshot() as db:
            keys = {table: self._too_old(db, place, table) for table in TABLES}
        if not any(keys.values()):
            return False
        with self._store.writing(synced=False) as db:
            for table, chosen in keys.items():
                history.delete(db, table, chosen)
        return True

    def _too_old(self, db: sqlite3.Connection, place: int, table: Table) -> list[history.Key]:
        bounds = self._bounds_of(place)
        high = max(
            self._first_in_time(db, place, table, bounds.days),
            _first_counted(db, place, table, bounds.messages),
        )
        return history.first_of(db, table, place, high, ROWS_PER_STEP)

    def _bounds_of(self, place: int) -> Bounds:
        """The narrower of what the server and the room's founder have said."""
        room = self._of_rooms.get(place, Bounds(0, 0))
        days = [each for each in (self._settings.days, room.days) if each]
        messages = [each for each in (self._settings.messages_per_room, room.messages) if each]
        return Bounds(min(days, default=0), min(messages, default=0))

    def _first_in_time(self, db: sqlite3.Connection, place: int, table: Table, days: float) -> int:
        if not days:
            return 0
        oldest = round((self._clock() - days * 86_400) * 1000)
        first = history.first_since(db, table, place, oldest)
        return journal.LAST if first is None else first

    # -- the index of words

    def _purge_some(self, *, first: bool) -> bool:
        with self._store.writing(synced=False) as db:
            if first:
                facts.drop(db, history.ERASED)
                facts.put(db, PURGED, str(self._clock()))
            is_more = words.purge(db, first=first)
        if not is_more:
            self._is_purging = False
            self._store.wipe()
        return is_more

    def purge(self) -> None:
        """Have the words of all that was erased leave the index, and the log of the database."""
        first = True
        while self._purge_some(first=first):
            first = False

    # -- an account

    def erase(self, account: int) -> None:
        """Erase all that is filed of what an account has said and done, and of what was said in
        private with it."""
        for table in TABLES:
            after = (0, 0)
            while True:
                with self._store.snapshot() as db:
                    keys = history.by_account(db, table, account, after, ROWS_PER_STEP)
                if not keys:
                    break
                self._erase_rows(table, keys)
                after = keys[-1]
        with self._store.snapshot() as db:
            talks = places.conversations_of(db, account)
        for talk in talks:
            for table in TABLES:
                while keys := self._some_of(talk.id, table):
                    self._erase_rows(table, keys)

    def _some_of(self, place: int, table: Table) -> list[history.Key]:
        with self._store.snapshot() as db:
            return history.first_of(db, table, place, journal.LAST, ROWS_PER_STEP)

    def _erase_rows(self, table: Table, keys: list[history.Key]) -> None:
        with self._store.writing(synced=False) as db:
            history.delete(db, table, keys)


def _first_counted(db: sqlite3.Connection, place: int, table: Table, count: int) -> int:
    if not count:
        return 0
    first = history.from_latest(db, "messages", place, count)
    if table == "events":
        most = EVENTS_PER_MESSAGE * count
        first = max(first, history.from_latest(db, "events", place, most))
    return first


def erase_rest(db: sqlite3.Connection, account: int, since: int) -> None:
    """Erase what an account has said and done after a sequence, and its conversations."""
    for table in TABLES:
        history.delete(db, table, history.by_account_since(db, table, account, since))
    for talk in places.conversations_of(db, account):
        for table in TABLES:
            history.delete(db, table, history.first_of(db, table, talk.id, journal.LAST, -1))
        places.delete(db, talk.id)
