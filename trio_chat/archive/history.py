"""The history of a server: written at once, filed when there is time, read as if all was filed.

Laws:

* What is written is one row of the journal to a batch. A row for each message, where it lies with
  those of its place, is 30 us of work when a hundred rooms talk, for each is a page of its own;
  later, and many together, it is a few.
* What is in the journal is in memory too (`Fresh`), and what is nowhere in memory has been filed.
* Whoever amends what was said has all filed first, and does it in the same transaction.
* One thread writes at a time; whoever reads waits for none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from threading import RLock

from trio_chat.archive import filing
from trio_chat.archive.amending import AMENDMENTS
from trio_chat.archive.book import Book
from trio_chat.archive.fresh import Fresh
from trio_chat.archive.lines import Line, decode, encode, line_of
from trio_chat.archive.settings import HistorySettings
from trio_chat.archive.upkeep import Upkeep, erase_rest
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.store import history, journal, places

LINES_PER_ROW = 256
"""Lines of one row of the journal, at most: it is filed as a whole."""

FILED_BYTES = 40_000
"""What is filed in one transaction, as the journal has it: some 200 lines, 7 to 10 ms of one core,
most of it without Python's lock."""


STEPS_PER_SWEEP = 100
"""Steps of upkeep that are done at once, of some ms each: with a sweep a minute, 300 messages a
second are erased as they get too old, and more while nobody says anything."""


class History:
    """Writes and files what is kept. `book` knows the accounts, and the store."""

    def __init__(self, book: Book, settings: HistorySettings) -> None:
        self.fresh = Fresh()
        self._store = book.store
        self._fold = book.fold
        self._clock = book.clock
        self._upkeep = Upkeep(book.store, settings, book.clock)
        self._is_synced = settings.durability == "disk"
        self._lock = RLock()
        self._last = 0

    # -- writing

    def write(
        self,
        effects: Sequence[Chronicle | Conclude],
        beside: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Keep all of these, and what `beside` writes, or by raising an exception none."""
        with self._lock:
            batch = [line_of(each) if isinstance(each, Chronicle) else each for each in effects]
            lines, last, is_plain = self._look_at(batch)
            with self._store.writing(synced=self._is_synced or beside is not None) as db:
                if beside is not None:
                    beside(db)
                if is_plain:
                    for row in _rows(lines):
                        journal.append(db, row[0].sequence, encode(row))
                else:
                    self._amend(db, batch)
            self._last = last
            if is_plain:
                self.fresh.add(lines)
            else:
                self.fresh.drop(journal.LAST)

    def _look_at(self, batch: Sequence[Line | Conclude]) -> tuple[list[Line], int, bool]:
        """The lines of a batch, the latest sequence of all by then, and whether it is nothing but
        lines that are later than all before: only then can they wait in the journal."""
        lines = [each for each in batch if isinstance(each, Line)]
        last = self._last
        is_plain = len(lines) == len(batch) and (not lines or lines[0].sequence > last)
        for line in lines:
            if line.sequence >= last:
                last = line.sequence
            else:
                is_plain = False
            if line.command in AMENDMENTS:
                is_plain = False
        return lines, last, is_plain

    def _amend(self, db: sqlite3.Connection, batch: Sequence[Line | Conclude]) -> None:
        """File all that is not filed, and do in its order what the batch says."""
        self._file_all(db)
        waiting: list[Line] = []
        for each in batch:
            if isinstance(each, Line) and each.command not in AMENDMENTS:
                waiting.append(each)
                continue
            filing.put(db, waiting, self._fold)
            waiting = []
            if isinstance(each, Line):
                AMENDMENTS[each.command](db, each, self._fold)
            else:
                places.conclude(db, each.place, self._clock())
        filing.put(db, waiting, self._fold)

    # -- filing

    def file(self) -> int:
        """File some of the journal or, if all is filed, do something else that is due; how many
        lines are left, or steps that are known of."""
        return self._file() or int(self._upkeep.step())

    def _file(self) -> int:
        with self._lock:
            with self._store.reading() as db:  # no lock that others must wait for
                left = journal.oldest(db)
            if left != journal.LAST:
                # Not synced: what is lost of it when the machine fails is in the journal again.
                with self._store.writing(synced=False) as db:
                    self._file_some(db)
                    left = journal.oldest(db)
            self.fresh.drop(left)  # another process may have filed, or erased
            return 0 if left == journal.LAST else max(1, len(self.fresh))

    def _file_some(self, db: sqlite3.Connection) -> bool:
        rows = journal.take(db, FILED_BYTES)
        filing.put(db, [line for row in rows for line in decode(row)], self._fold)
        return bool(rows)

    def _file_all(self, db: sqlite3.Connection) -> None:
        while self._file_some(db):
            pass

    # -- what goes

    def sweep(self) -> None:
        """Look for what is too old. What there is, goes by steps of `file`, some of them at once:
        where nobody says anything nothing else is filed."""
        self._upkeep.begin()
        for _ in range(STEPS_PER_SWEEP):
            if not self.file():
                break

    def erase(self, account: int, finish: Callable[[sqlite3.Connection], None]) -> None:
        """Erase all that an account has said and done, and all its conversations.

        `finish` does the rest to the account, in the transaction in which the last of it goes. Then
        nothing of it is left in the file.
        """
        while self._file():
            pass
        with self._store.snapshot() as db:
            since = history.latest_of_all(db)
        self._upkeep.erase(account)
        with self._lock:
            with self._store.writing() as db:
                self._file_all(db)
                erase_rest(db, account, since)
                finish(db)
            self.fresh.drop(journal.LAST)
        self._upkeep.purge()

    def count_by(self, account: int) -> int:
        """How many messages are kept of what an account has said."""
        while self._file():
            pass
        with self._store.snapshot() as db:
            return history.count_by_account(db, account)

    # -- at the start

    def restore(self, db: sqlite3.Connection, at: float) -> float:
        """Put what an earlier run has left in order; when the latest message was, as Unix time.

        Rooms that were closed and are not registered ended with that run: their members are gone,
        and nobody is left to say who may come in.
        """
        self._file_all(db)
        self.fresh.drop(journal.LAST)
        places.conclude_closed(db, at)
        return filing.latest(db) / 1000

    def refold(self, db: sqlite3.Connection) -> None:
        """Find rooms by another case mapping; before the accounts are."""
        self._file_all(db)
        self.fresh.drop(journal.LAST)
        places.refold(db, self._fold, self._clock())


def _rows(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Lines in rows of the journal; those of one sequence, as when somebody leaves many rooms, in
    one row."""
    begin = 0
    while begin < len(lines):
        end = begin + LINES_PER_ROW
        while end < len(lines) and lines[end].sequence == lines[end - 1].sequence:
            end += 1
        yield lines[begin:end]
        begin = end
