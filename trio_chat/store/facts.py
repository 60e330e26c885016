"""Single facts about a database, by key: the server's secret, the case mapping of its names."""

from __future__ import annotations

import sqlite3


def find(db: sqlite3.Connection, key: str) -> str | None:
    """The value of a fact."""
    found = db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return None if found is None else str(found[0])


def drop(db: sqlite3.Connection, key: str) -> None:
    """Forget a fact."""
    db.execute("DELETE FROM facts WHERE key = ?", (key,))


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    """Set a fact."""
    db.execute("REPLACE INTO facts (key, value) VALUES (?, ?)", (key, value))
