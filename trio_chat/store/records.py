"""What the chat wants kept beside accounts: registered rooms, bans, the audit log, reports.

Law: what has parts of its own (a room's lists and ranks) is JSON, everything else plain columns, so
that it can be read without this program.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

Lists = tuple[tuple[str, tuple[tuple[str, str, float], ...]], ...]
"""By mode letter, the entries: mask, by whom, when."""

Ranks = tuple[tuple[str, str], ...]
"""By account, its rank letters."""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A registered room; `folded` is what it is found by."""

    folded: str
    name: str
    founder: str
    registered: float
    created: float
    topic: str
    topic_by: str
    topic_at: float
    flags: str
    key: str
    user_limit: int
    forward: str
    keep_days: float
    keep_messages: int
    lists: Lists
    ranks: Ranks


@dataclass(frozen=True, slots=True)
class BanRow:
    """A ban from the server; `expires` is None for never."""

    kind: str
    mask: str
    reason: str
    set_by: str
    at: float
    expires: float | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Something an operator did."""

    id: str
    at: float
    done_by: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What a user has reported."""

    id: str
    at: float
    made_by: str
    target: str
    reason: str
    message: str
    closed_by: str
    closed_at: float


@dataclass(frozen=True, slots=True)
class AlertRow:
    """How closed the server is to strangers; there is one, if any."""

    level: int
    set_by: str
    at: float
    id: int = 1


Row = RoomRow | BanRow | AuditRow | ReportRow | AlertRow

_TABLES: dict[type[Row], str] = {
    RoomRow: "rooms",
    BanRow: "bans",
    AuditRow: "audit",
    ReportRow: "reports",
    AlertRow: "alert",
}


def put(db: sqlite3.Connection, row: Row) -> None:
    """Keep this, in the place of what was kept about the same."""
    names = [each.name for each in fields(row)]
    values: list[object] = [getattr(row, name) for name in names]
    if isinstance(row, RoomRow):
        values[-2:] = [json.dumps(value) for value in values[-2:]]
    marks = ", ".join("?" for _ in names)
    db.execute(f"REPLACE INTO {_TABLES[type(row)]} ({', '.join(names)}) VALUES ({marks})", values)


def delete_room(db: sqlite3.Connection, folded: str) -> None:
    """Forget a room."""
    db.execute("DELETE FROM rooms WHERE folded = ?", (folded,))


def delete_ban(db: sqlite3.Connection, kind: str, mask: str) -> None:
    """Forget a ban."""
    db.execute("DELETE FROM bans WHERE kind = ? AND mask = ?", (kind, mask))


def drop_expired_bans(db: sqlite3.Connection, at: float) -> None:
    """Forget the bans that hold no longer."""
    db.execute("DELETE FROM bans WHERE expires <= ?", (at,))


def rooms(db: sqlite3.Connection) -> list[RoomRow]:
    """All registered rooms, in the order in which they were registered."""
    found = db.execute(f"SELECT {_columns(RoomRow)} FROM rooms ORDER BY registered, folded")
    return [
        RoomRow(*(*values, _lists(lists), _ranks(ranks)))
        for *values, lists, ranks in found.fetchall()
    ]


def kept_of_rooms(db: sqlite3.Connection) -> list[tuple[int, float, int]]:
    """Of the rooms with bounds of their own: the number of the place, days, and messages."""
    found = db.execute(
        "SELECT p.id, r.keep_days, r.keep_messages FROM rooms AS r JOIN places AS p "
        "ON p.folded = r.folded WHERE r.keep_days OR r.keep_messages"
    )
    return found.fetchall()


def _lists(text: str) -> Lists:
    return tuple(
        (letter, tuple((mask, by, at) for mask, by, at in entries))
        for letter, entries in json.loads(text)
    )


def _ranks(text: str) -> Ranks:
    return tuple((account, letters) for account, letters in json.loads(text))


def bans(db: sqlite3.Connection) -> list[BanRow]:
    """All bans, the oldest first."""
    found = db.execute(f"SELECT {_columns(BanRow)} FROM bans ORDER BY at, kind, mask")
    return [BanRow(*values) for values in found.fetchall()]


def audit(db: sqlite3.Connection, count: int) -> list[AuditRow]:
    """The last entries of the audit log, the oldest of them first."""
    found = db.execute(
        f"SELECT {_columns(AuditRow)} FROM audit ORDER BY at DESC, id DESC LIMIT ?", (count,)
    )
    return [AuditRow(*values) for values in reversed(found.fetchall())]


def reports(db: sqlite3.Connection, count: int) -> list[ReportRow]:
    """The last reports, the oldest of them first."""
    found = db.execute(
        f"SELECT {_columns(ReportRow)} FROM reports ORDER BY at DESC, id DESC LIMIT ?", (count,)
    )
    return [ReportRow(*values) for values in reversed(found.fetchall())]


def alert(db: sqlite3.Connection) -> AlertRow | None:
    """How closed the server is, if that was ever said."""
    found = db.execute(f"SELECT {_columns(AlertRow)} FROM alert").fetchone()
    return None if found is None else AlertRow(*found)


def _columns(kind: type[Row]) -> str:
    return ", ".join(each.name for each in fields(kind))


def refold_rooms(db: sqlite3.Connection, fold: Callable[[str], str]) -> list[tuple[str, str]]:
    """Find all rooms by another folding; pairs of rooms that would be the same, none if it is done.

    With pairs, the caller is to roll back.
    """
    by_folded: dict[str, RoomRow] = {}
    clashes: list[tuple[str, str]] = []
    for room in rooms(db):
        folded = fold(room.name)
        if folded in by_folded:
            clashes.append((by_folded[folded].name, room.name))
        by_folded[folded] = replace(room, folded=folded)
    if not clashes:
        db.execute("DELETE FROM rooms")
        for room in by_folded.values():
            put(db, room)
    return clashes
