"""What lets somebody pass once: codes that confirm an e-mail address, and invitations to register.

Law: only hashes are kept; whoever reads the file can use none of them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent to the address of an account. Times are Unix times."""

    hash: bytes
    sent: float
    times: int
    """How often one was sent to this account."""
    expires: float


def put_code(db: sqlite3.Connection, account: int, code: Code) -> None:
    """Keep the code of an account, in the place of an earlier one."""
    db.execute(
        "REPLACE INTO codes (account, hash, sent, times, expires) VALUES (?, ?, ?, ?, ?)",
        (account, code.hash, code.sent, code.times, code.expires),
    )


def find_code(db: sqlite3.Connection, account: int) -> Code | None:
    """The code that was sent last."""
    found = db.execute(
        "SELECT hash, sent, times, expires FROM codes WHERE account = ?", (account,)
    ).fetchone()
    return None if found is None else Code(*found)


def overdue(db: sqlite3.Connection, at: float) -> list[int]:
    """The accounts that were not confirmed in time."""
    found = db.execute(
        "SELECT a.id FROM accounts AS a JOIN codes AS c ON c.account = a.id "
        "WHERE NOT a.verified AND c.expires <= ? ORDER BY a.id",
        (at,),
    )
    return [number for (number,) in found.fetchall()]


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invitation: by whom and when it was made, for how many more, until when."""

    hash: bytes
    made_by: str
    made: float
    uses: int
    expires: float


def add_invite(db: sqlite3.Connection, invite: InviteRow) -> None:
    """Keep an invitation."""
    db.execute(
        "INSERT INTO invites (hash, made_by, made, uses, expires) VALUES (?, ?, ?, ?, ?)",
        (invite.hash, invite.made_by, invite.made, invite.uses, invite.expires),
    )


def use_invite(db: sqlite3.Connection, hash: bytes, at: float) -> bool:
    """Use an invitation for one account; False if it is none, or good no longer."""
    cursor = db.execute(
        "UPDATE invites SET uses = uses - 1 WHERE hash = ? AND uses > 0 AND expires > ?",
        (hash, at),
    )
    return cursor.rowcount == 1


def return_invite(db: sqlite3.Connection, hash: bytes) -> None:
    """Give a use of an invitation back, of which nothing came."""
    db.execute("UPDATE invites SET uses = uses + 1 WHERE hash = ?", (hash,))


def drop_spent_invites(db: sqlite3.Connection, at: float) -> None:
    """Forget the invitations that are good no longer."""
    db.execute("DELETE FROM invites WHERE uses <= 0 OR expires <= ?", (at,))


def revoke_invite(db: sqlite3.Connection, hash: bytes) -> None:
    """Forget an invitation."""
    db.execute("DELETE FROM invites WHERE hash = ?", (hash,))


def invites(db: sqlite3.Connection) -> list[InviteRow]:
    """All invitations, the oldest first."""
    found = db.execute("SELECT hash, made_by, made, uses, expires FROM invites ORDER BY made, hash")
    return [InviteRow(*values) for values in found.fetchall()]
