"""The index of what was said: which messages have these words (SQLite FTS5).

Laws:

* A row has the number of its message; the text itself stands in `messages` alone (contentless), so
  what is taken out must be said as it was put in.
* A place is the word `p12`, an account `a7`, a nick as `nick_word` has it: the place is looked for
  together with the words, since to look for the words and leave out the other places took 600 times
  as long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from trio_chat.store.rows import insert
from trio_chat.store.wording import nick_word, words_of

PURGED_PAGES = 32
"""Of the index, in one step of `purge`, 4 KB each: some 10 ms."""


class WordsRow(NamedTuple):
    """What is found of one message, by its number; `account` is None for who has none."""

    sequence: int
    place: int
    nick: str
    account: int | None
    text: str


def place_word(place: int) -> str:
    """The word that stands for a place."""
    return f"p{place}"


def account_word(account: int) -> str:
    """The word that stands for an account."""
    return f"a{account}"


def index(db: sqlite3.Connection, rows: Iterable[WordsRow]) -> None:
    """Have messages found by their words."""
    insert(db, "INSERT INTO words (rowid, place, sender, text)", [_values(row) for row in rows])


def forget(db: sqlite3.Connection, rows: Iterable[WordsRow]) -> None:
    """Have messages found no more; the rows are those that were indexed."""
    insert(
        db,
        "INSERT INTO words (words, rowid, place, sender, text)",
        [("delete", *_values(row)) for row in rows],
    )


def purge(db: sqlite3.Connection, *, first: bool) -> bool:
    """Have words that nothing has any more leave the file, a part at a time; whether there is more.

    Of what is forgotten the index keeps the words, marked, until all parts of it are made one
    (FTS5, "The 'merge' Command"): `first` begins with that.
    """
    before = db.total_changes
    pages = -PURGED_PAGES if first else PURGED_PAGES
    db.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
    # FTS5: "If the difference between the two values is less than 2, then the 'merge' command was a
    # no-op."
    return db.total_changes - before >= 2


def _values(row: WordsRow) -> tuple[int, str, str, str]:
    sender = nick_word(row.nick)
    if row.account is not None:
        sender += f" {account_word(row.account)}"
    return row.sequence, place_word(row.place), sender, words_of(row.text)
