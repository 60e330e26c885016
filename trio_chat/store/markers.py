"""How far each account has read, target by target.

Law: a marker goes with its account.
"""

from __future__ import annotations

import sqlite3


def put(db: sqlite3.Connection, folded: str, target: str, at: str) -> None:
    """Keep how far the account of that folded name has read; nothing if there is none any more.

    With `*` for a time, as read-marker writes that nothing is known, it is forgotten.
    """
    if at == "*":
        db.execute(
            "DELETE FROM markers WHERE target = ? "
            "AND account = (SELECT account FROM names WHERE folded = ? AND is_own)",
            (target, folded),
        )
        return
    db.execute(
        "REPLACE INTO markers (account, target, at) "
        "SELECT account, ?, ? FROM names WHERE folded = ? AND is_own",
        (target, at, folded),
    )


def markers(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """All markers: the name of the account, the target, and until when it has read.

    Of each account what was read longest ago comes first.
    """
    found = db.execute(
        "SELECT a.name, m.target, m.at FROM markers AS m JOIN accounts AS a ON a.id = m.account "
        "ORDER BY m.account, m.at, m.target"
    )
    return found.fetchall()
