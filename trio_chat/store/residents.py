"""Users who stay while none of their clients is connected, as they are to be after a restart.

Law: such a user goes with their account; of one whose account is not there nothing is written.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One such user. `rooms` has the rank letters by room, `devices` Unix times by device."""

    nick: str
    username: str
    realname: str
    host: str
    address: str
    modes: str
    away: str
    signed_on: float
    rooms: tuple[tuple[str, str], ...]
    metadata: tuple[tuple[str, str], ...]
    devices: tuple[tuple[str, float], ...]


_COLUMNS = ", ".join(each.name for each in fields(ResidentRow))
_MARKS = ", ".join("?" for _ in fields(ResidentRow))

_ACCOUNT = "SELECT account FROM names WHERE folded = ? AND is_own"


def put(db: sqlite3.Connection, folded: str, row: ResidentRow) -> None:
    """Keep this of the user of an account."""
    *plain, rooms, metadata, devices = astuple(row)
    values = (*plain, json.dumps(rooms), json.dumps(metadata), json.dumps(devices))
    db.execute(
        f"REPLACE INTO residents (account, {_COLUMNS}) SELECT account, {_MARKS} FROM names "
        "WHERE folded = ? AND is_own",
        (*values, folded),
    )


def delete(db: sqlite3.Connection, folded: str) -> None:
    """Forget the user of an account."""
    db.execute(f"DELETE FROM residents WHERE account = ({_ACCOUNT})", (folded,))


def every(db: sqlite3.Connection) -> list[tuple[str, ResidentRow]]:
    """All of them with the names of their accounts, in the order in which those were made."""
    return _rows(db, "")


def find(db: sqlite3.Connection, account: int) -> ResidentRow | None:
    """The user of the account with this number."""
    return next((row for _, row in _rows(db, "WHERE r.account = ?", account)), None)


def _rows(db: sqlite3.Connection, condition: str, *values: object) -> list[tuple[str, ResidentRow]]:
    columns = ", ".join(f"r.{each.name}" for each in fields(ResidentRow))
    found = db.execute(
        f"SELECT a.name, {columns} FROM residents AS r JOIN accounts AS a ON a.id = r.account "
        f"{condition} ORDER BY r.account",
        values,
    )
    return [(name, _row(*values)) for name, *values in found.fetchall()]


def _row(*values: Any) -> ResidentRow:
    plain, parts = values[:-3], map(_pairs, values[-3:])
    return ResidentRow(*plain, *parts)


def _pairs(text: str) -> tuple[tuple[str, Any], ...]:
    return tuple((key, value) for key, value in json.loads(text))
