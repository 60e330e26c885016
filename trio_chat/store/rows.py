"""Many rows at once: in by few statements, out as one text.

Law: a thread that works with the database for long takes Python's lock seldom. `sqlite3` gives it
up and takes it again for every row, and whoever takes it makes the chat wait: 5 ms, if the chat is
busy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

MOST_AT_ONCE = 64
"""Rows of one statement: with 9 columns 576 variables, of 32,766 that SQLite allows. With twice as
many a row costs no less."""


def insert(db: sqlite3.Connection, into: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows by `into` ("INSERT INTO t (a, b)"), all of the same number of values.

    In parts whose sizes are powers of two: there are few such statements, and each is parsed once.
    """
    size, done = MOST_AT_ONCE, 0
    while done < len(rows):
        while size > len(rows) - done:
            size //= 2
        part = rows[done : done + size]
        marks = ", ".join([f"({', '.join('?' * len(part[0]))})"] * size)
        db.execute(f"{into} VALUES {marks}", [value for row in part for value in row])
        done += size
