"""What was committed of history and not filed yet: texts of many messages, in their order.

Laws:

* A row is a JSON array of some messages, and its number that of the first of them, so that all that
  has a lower number has been filed.
* What is filed is the beginning: whatever of a message stands in the journal, all after it does.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

LAST = (1 << 63) - 1
"""Later than everything: the largest integer of SQLite."""


def append(db: sqlite3.Connection, first: int, lines: bytes) -> None:
    """Add a row, which begins with this message and is later than all others."""
    db.execute("INSERT INTO journal (id, lines) VALUES (?, ?)", (first, lines))


def oldest(db: sqlite3.Connection) -> int:
    """The number of the first message that is not filed yet; `LAST` if all are."""
    found = db.execute("SELECT min(id) FROM journal").fetchone()[0]
    return LAST if found is None else int(found)


def all_lines(db: sqlite3.Connection) -> list[bytes]:
    """All rows, in their order."""
    return [lines for (lines,) in db.execute("SELECT lines FROM journal ORDER BY id").fetchall()]


def take(db: sqlite3.Connection, size: int) -> list[bytes]:
    """Remove the first rows, of as many bytes in all as are given, but one at least."""
    rows: list[bytes] = []
    first = last = None
    with closing(db.execute("SELECT id, lines FROM journal ORDER BY id")) as found:
        for last, lines in found:
            first = last if first is None else first
            rows.append(lines)
            size -= len(lines)
            if size <= 0:
                break
    if rows:
        db.execute("DELETE FROM journal WHERE id BETWEEN ? AND ?", (first, last))
    return rows
