"""What is pinned in rooms: messages of a place that whoever comes is to see.

Law: a pin goes with its message, whyever that goes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable


def add(db: sqlite3.Connection, place: int, sequence: int) -> None:
    """Pin a message, if it is there and not pinned yet."""
    db.execute(
        "INSERT OR IGNORE INTO pins (place, sequence) "
        "SELECT place, sequence FROM messages WHERE place = ? AND sequence = ?",
        (place, sequence),
    )


def delete(db: sqlite3.Connection, place: int, sequences: Iterable[int]) -> None:
    """Pin these messages of a place no longer."""
    db.execute(
        "DELETE FROM pins WHERE place = ? AND sequence IN (SELECT value FROM json_each(?))",
        (place, json.dumps(list(sequences))),
    )


def of_place(db: sqlite3.Connection, place: int) -> list[int]:
    """The sequences of the messages that are pinned at a place, in their order."""
    found = db.execute("SELECT sequence FROM pins WHERE place = ? ORDER BY sequence", (place,))
    return [sequence for (sequence,) in found.fetchall()]
