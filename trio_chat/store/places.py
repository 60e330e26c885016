"""The places that have a history: rooms, by folded name, and conversations of two accounts.

Law: a room whose history has ended keeps its name and loses its folded one: whoever opens a room of
that name has another place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import NamedTuple


class PlaceRow(NamedTuple):
    """A place: a room has a `folded` name until it ends, a conversation two accounts, the lower
    number first."""

    id: int
    folded: str | None
    name: str
    one: int | None
    other: int | None
    is_closed: bool


_COLUMNS = "id, folded, name, one, other, is_closed"


def find_rooms(db: sqlite3.Connection, folded: Iterable[str]) -> dict[str, PlaceRow]:
    """The rooms of these folded names that have a history."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM places WHERE folded IN (SELECT value FROM json_each(?))",
        (json.dumps(list(folded)),),
    )
    return {values[1]: PlaceRow(*values) for values in found.fetchall()}


def find_conversation(db: sqlite3.Connection, one: int, other: int) -> PlaceRow | None:
    """The conversation of two accounts, the lower number first, if they have talked."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM places WHERE one = ? AND other = ?", (one, other)
    ).fetchone()
    return None if found is None else PlaceRow(*found)


def conversations_of(db: sqlite3.Connection, account: int) -> list[PlaceRow]:
    """All conversations of an account."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM places WHERE one = ? OR other = ? ORDER BY id", (account, account)
    )
    return [PlaceRow(*values) for values in found.fetchall()]


def names_of_others(db: sqlite3.Connection, account: int) -> dict[int, str]:
    """The conversations of an account by the folded name of the other, who must still be there."""
    found = db.execute(
        "SELECT p.id, n.folded FROM places AS p JOIN names AS n ON n.is_own "
        "AND n.account = iif(p.one = ?1, p.other, p.one) WHERE p.one = ?1 OR p.other = ?1",
        (account,),
    )
    return dict(found.fetchall())


def add_room(db: sqlite3.Connection, folded: str, name: str, is_closed: bool) -> PlaceRow:
    """Make a place for a room that has none."""
    cursor = db.execute(
        "INSERT INTO places (folded, name, is_closed) VALUES (?, ?, ?)", (folded, name, is_closed)
    )
    assert cursor.lastrowid is not None
    return PlaceRow(cursor.lastrowid, folded, name, None, None, is_closed)


def add_conversation(db: sqlite3.Connection, one: int, other: int) -> PlaceRow:
    """Make a place for a conversation that has none."""
    cursor = db.execute(
        "INSERT INTO places (name, one, other, is_closed) VALUES ('', ?, ?, 1)", (one, other)
    )
    assert cursor.lastrowid is not None
    return PlaceRow(cursor.lastrowid, None, "", one, other, True)


def change_room(
    db: sqlite3.Connection, place: int, folded: str, name: str, is_closed: bool
) -> None:
    """Give a room's place another name, or say anew whether everybody could come."""
    db.execute(
        "UPDATE places SET folded = ?, name = ?, is_closed = ? WHERE id = ?",
        (folded, name, is_closed, place),
    )


def conclude(db: sqlite3.Connection, folded: str, at: float) -> None:
    """End the history of a room, if it has one."""
    db.execute("UPDATE places SET folded = NULL, concluded = ? WHERE folded = ?", (at, folded))


def conclude_closed(db: sqlite3.Connection, at: float) -> None:
    """End the histories of the rooms that were closed and are not registered."""
    db.execute(
        "UPDATE places SET folded = NULL, concluded = ? WHERE is_closed AND folded IS NOT NULL "
        "AND folded NOT IN (SELECT folded FROM rooms)",
        (at,),
    )


def delete(db: sqlite3.Connection, place: int) -> None:
    """Forget a place that has no messages any more."""
    db.execute("DELETE FROM places WHERE id = ?", (place,))


def all_places(db: sqlite3.Connection) -> list[PlaceRow]:
    """All places, those of ended histories too."""
    found = db.execute(f"SELECT {_COLUMNS} FROM places ORDER BY id")
    return [PlaceRow(*values) for values in found.fetchall()]


def numbers(db: sqlite3.Connection) -> list[int]:
    """The numbers of all places, those of ended histories too."""
    return [number for (number,) in db.execute("SELECT id FROM places ORDER BY id").fetchall()]


def ended(db: sqlite3.Connection) -> dict[int, float]:
    """When the histories ended that have, by place."""
    found = db.execute("SELECT id, concluded FROM places WHERE concluded IS NOT NULL")
    return dict(found.fetchall())


def refold(db: sqlite3.Connection, fold: Callable[[str], str], at: float) -> None:
    """Find all rooms by another folding. Of two that would be the same, the history of the one with
    the older latest message ends."""
    latest_first = db.execute(
        "SELECT id, name FROM places AS p WHERE folded IS NOT NULL ORDER BY "
        "(SELECT max(sequence) FROM messages AS m WHERE m.place = p.id) DESC NULLS LAST, id"
    ).fetchall()
    by_folded: dict[str, int] = {}
    for place, name in latest_first:
        by_folded.setdefault(fold(name), place)
    db.execute(
        "UPDATE places SET folded = NULL, concluded = ? WHERE folded IS NOT NULL "
        "AND id NOT IN (SELECT value FROM json_each(?))",
        (at, json.dumps(list(by_folded.values()))),
    )
    # By way of names nobody can have: until all are done, one may have another's.
    db.execute("UPDATE places SET folded = ' ' || id WHERE folded IS NOT NULL")
    for folded, place in by_folded.items():
        db.execute("UPDATE places SET folded = ? WHERE id = ?", (folded, place))
