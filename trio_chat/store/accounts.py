"""Accounts in the database: rows in, rows out.

Laws:

* Names come with their folded form, made by the caller: the store knows no case mapping.
* Every change of what the chat knows of an account gives it the next `revision`, so that others
  find out what has changed by one look at an index. Deletions leave a number behind, and no name.
* Functions that write are called within `Store.writing`; each leaves the rules of the schema to the
  schema, so that of two who want one name exactly one has it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any


class Taken(Exception):
    """A name, nick or certificate is somebody else's already."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a password is checked against: an argon2id hash, and the keys of SCRAM-SHA-256.

    Empty for an account without a password.
    """

    hash: str = field(default="", repr=False)
    scram_salt: bytes = field(default=b"", repr=False)
    scram_iterations: int = 0
    scram_stored_key: bytes = field(default=b"", repr=False)
    scram_server_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account with all that is kept about it, certificates apart."""

    id: int
    name: str
    created: float
    email: str
    verified: bool
    disabled: bool
    always_on: bool | None
    keeps_history: bool
    secrets: Secrets
    factor_secret: str = field(repr=False)
    """Of the second factor, in base 32; empty while there is none."""
    factor_step: int
    """The time step of the last code that was accepted: no code is good twice."""
    factor_pending: str = field(repr=False)
    """A secret that counts from the first right code."""
    revision: int
    nicks: tuple[str, ...]
    """What is held for it beside its name, in the order of their folded forms."""


_SECRETS = ", ".join(each.name for each in fields(Secrets))
_COLUMNS = (
    "a.id, a.name, a.created, a.email, a.verified, a.disabled, a.always_on, "
    "a.keeps_history, "
    f"{', '.join('a.' + each.name for each in fields(Secrets))}, "
    "a.factor_secret, a.factor_step, a.factor_pending, a.revision"
)


_NICKS = (
    "SELECT n.account, n.name FROM names AS n JOIN accounts AS a ON a.id = n.account "
    "WHERE NOT n.is_own"
)


def _rows(db: sqlite3.Connection, condition: str, value: object) -> list[AccountRow]:
    """The accounts for which a condition holds, in the order in which they were made."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM accounts AS a WHERE {condition} ORDER BY a.id", (value,)
    ).fetchall()
    nicks: dict[int, list[str]] = {}
    if found:
        held = db.execute(f"{_NICKS} AND {condition} ORDER BY n.account, n.folded", (value,))
        for account, nick in held.fetchall():
            nicks.setdefault(account, []).append(nick)
    return [_row(values, tuple(nicks.get(values[0], ()))) for values in found]


def _row(values: tuple[Any, ...], nicks: tuple[str, ...]) -> AccountRow:
    id_, name, created, email, verified, disabled, always_on, kept, *rest = values
    *secrets, factor_secret, factor_step, factor_pending, last = rest
    return AccountRow(
        id_,
        name,
        created,
        email,
        bool(verified),
        bool(disabled),
        None if always_on is None else bool(always_on),
        bool(kept),
        Secrets(*secrets),
        factor_secret,
        factor_step,
        factor_pending,
        last,
        nicks,
    )


def find(db: sqlite3.Connection, folded: str) -> AccountRow | None:
    """The account of that name."""
    owner = "a.id = (SELECT account FROM names WHERE folded = ? AND is_own)"
    return next(iter(_rows(db, owner, folded)), None)


def find_by_certificate(db: sqlite3.Connection, fingerprint: str) -> AccountRow | None:
    """The account that a certificate logs in to."""
    owner = "a.id = (SELECT account FROM certificates WHERE fingerprint = ?)"
    return next(iter(_rows(db, owner, fingerprint)), None)


def numbers(db: sqlite3.Connection, folded: Iterable[str]) -> dict[str, int]:
    """The numbers of the accounts of these names, by name."""
    found = db.execute(
        "SELECT folded, account FROM names "
        "WHERE is_own AND folded IN (SELECT value FROM json_each(?))",
        (json.dumps(list(folded)),),
    )
    return dict(found.fetchall())


def names(db: sqlite3.Connection, folded: Iterable[str]) -> dict[str, str]:
    """The names of these accounts as they spell them, by folded name."""
    found = db.execute(
        "SELECT folded, name FROM names "
        "WHERE is_own AND folded IN (SELECT value FROM json_each(?))",
        (json.dumps(list(folded)),),
    )
    return dict(found.fetchall())


def own_names(db: sqlite3.Connection) -> dict[int, tuple[str, str]]:
    """The folded name and the name of each account, by number."""
    found = db.execute("SELECT account, folded, name FROM names WHERE is_own")
    return {number: (folded, name) for number, folded, name in found.fetchall()}


def changed_since(db: sqlite3.Connection, revision: int) -> list[AccountRow]:
    """The accounts that were made or changed after a revision, all of them after -1."""
    return _rows(db, "a.revision > ?", revision)


def deleted_since(db: sqlite3.Connection, revision: int) -> list[tuple[int, int]]:
    """The numbers of accounts that were deleted after a revision, each with its own."""
    found = db.execute(
        "SELECT id, revision FROM deletions WHERE revision > ? ORDER BY id", (revision,)
    )
    return found.fetchall()


def revision(db: sqlite3.Connection) -> int:
    """The latest revision of any account, 0 before the first."""
    found = db.execute("SELECT value FROM facts WHERE key = 'revision'").fetchone()
    return 0 if found is None else int(found[0])


def _next_revision(db: sqlite3.Connection) -> int:
    following = revision(db) + 1
    db.execute("REPLACE INTO facts (key, value) VALUES ('revision', ?)", (following,))
    return following


def add(
    db: sqlite3.Connection,
    name: str,
    folded: str,
    at: float,
    *,
    email: str = "",
    verified: bool = True,
    secrets: Secrets | None = None,
) -> AccountRow:
    """Make an account. Raises `Taken`."""
    secrets = secrets or Secrets()
    cursor = db.execute(
        f"INSERT INTO accounts (name, created, email, verified, disabled, {_SECRETS}, "
        "factor_secret, factor_step, factor_pending, revision) "
        "VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, '', 0, '', ?)",
        (name, at, email, verified, *_values(secrets), _next_revision(db)),
    )
    _hold(db, cursor.lastrowid, ((name, folded),), is_own=True)
    found = find(db, folded)
    assert found is not None
    return found


def _values(secrets: Secrets) -> tuple[object, ...]:
    return tuple(getattr(secrets, each.name) for each in fields(secrets))


def _hold(
    db: sqlite3.Connection, account: int | None, names: Iterable[tuple[str, str]], *, is_own: bool
) -> None:
    for name, folded in names:
        try:
            db.execute(
                "INSERT INTO names (folded, name, account, is_own) VALUES (?, ?, ?, ?)",
                (folded, name, account, is_own),
            )
        except sqlite3.IntegrityError as error:
            raise Taken(name) from error


def touch(db: sqlite3.Connection, account: int) -> None:
    """Tell that what the chat knows of an account has changed."""
    db.execute("UPDATE accounts SET revision = ? WHERE id = ?", (_next_revision(db), account))


def set_secrets(db: sqlite3.Connection, account: int, secrets: Secrets) -> None:
    """Give an account another password, or the same with other parameters."""
    assignments = ", ".join(f"{each.name} = ?" for each in fields(secrets))
    db.execute(f"UPDATE accounts SET {assignments} WHERE id = ?", (*_values(secrets), account))


def set_verified(db: sqlite3.Connection, account: int) -> None:
    """Take note that the e-mail address was confirmed; its code is gone with that."""
    db.execute("UPDATE accounts SET verified = 1 WHERE id = ?", (account,))
    db.execute("DELETE FROM codes WHERE account = ?", (account,))
    touch(db, account)


def set_disabled(db: sqlite3.Connection, account: int, disabled: bool) -> None:
    """Let nobody log in, or again."""
    db.execute("UPDATE accounts SET disabled = ? WHERE id = ?", (disabled, account))
    touch(db, account)


def set_history(db: sqlite3.Connection, account: int, kept: bool) -> None:
    """Say whether what its owner says is kept."""
    db.execute("UPDATE accounts SET keeps_history = ? WHERE id = ?", (kept, account))
    touch(db, account)


def set_always_on(db: sqlite3.Connection, account: int, on: bool | None) -> None:
    """Say whether its user stays without a client; None takes back what was said."""
    db.execute("UPDATE accounts SET always_on = ? WHERE id = ?", (on, account))
    touch(db, account)


def set_nicks(db: sqlite3.Connection, account: int, nicks: Iterable[tuple[str, str]]) -> None:
    """Hold these nicks beside the name, each with its folded form. Raises `Taken`."""
    db.execute("DELETE FROM names WHERE account = ? AND NOT is_own", (account,))
    _hold(db, account, nicks, is_own=False)
    touch(db, account)


def delete(db: sqlite3.Connection, account: int) -> None:
    """Delete an account, and by the schema its names, certificates and code."""
    db.execute("DELETE FROM accounts WHERE id = ?", (account,))
    db.execute("INSERT INTO deletions (id, revision) VALUES (?, ?)", (account, _next_revision(db)))


# -- the second factor


def set_pending_factor(db: sqlite3.Connection, account: int, secret: str) -> None:
    """Keep a secret that does not count yet."""
    db.execute("UPDATE accounts SET factor_pending = ? WHERE id = ?", (secret, account))


def set_factor(db: sqlite3.Connection, account: int, secret: str, step: int) -> None:
    """Turn the second factor on, or off by an empty secret."""
    db.execute(
        "UPDATE accounts SET factor_secret = ?, factor_step = ?, factor_pending = '' WHERE id = ?",
        (secret, step, account),
    )
    touch(db, account)


def use_step(db: sqlite3.Connection, account: int, secret: str, step: int) -> bool:
    """Take note that the code of a time step was used; False if it, or a later one, was before."""
    cursor = db.execute(
        "UPDATE accounts SET factor_step = ? WHERE id = ? AND factor_secret = ? "
        "AND factor_step < ?",
        (step, account, secret, step),
    )
    return cursor.rowcount == 1


# -- certificates


def add_certificate(db: sqlite3.Connection, account: int, fingerprint: str, at: float) -> None:
    """Let a certificate log in. Raises `Taken`, also if it does so already."""
    try:
        db.execute(
            "INSERT INTO certificates (fingerprint, account, added) VALUES (?, ?, ?)",
            (fingerprint, account, at),
        )
    except sqlite3.IntegrityError as error:
        raise Taken(fingerprint) from error


def remove_certificate(db: sqlite3.Connection, account: int, fingerprint: str) -> bool:
    """Let it no longer; False if it did not before."""
    cursor = db.execute(
        "DELETE FROM certificates WHERE account = ? AND fingerprint = ?", (account, fingerprint)
    )
    return cursor.rowcount == 1


def certificates(db: sqlite3.Connection, account: int) -> tuple[str, ...]:
    """The certificates that log in to an account, the oldest first."""
    found = db.execute(
        "SELECT fingerprint FROM certificates WHERE account = ? ORDER BY added, fingerprint",
        (account,),
    )
    return tuple(fingerprint for (fingerprint,) in found.fetchall())


# -- another case mapping


def refold(db: sqlite3.Connection, fold: Callable[[str], str]) -> list[tuple[str, str]]:
    """Find all names by another folding; pairs of names that would be the same, none if it is done.

    With pairs, the caller is to roll back.
    """
    by_folded: dict[str, str] = {}
    clashes: list[tuple[str, str]] = []
    rows = db.execute("SELECT name, account, is_own FROM names ORDER BY account, is_own DESC, name")
    found = rows.fetchall()
    for name, _, _ in found:
        folded = fold(name)
        if folded in by_folded:
            clashes.append((by_folded[folded], name))
        by_folded[folded] = name
    if not clashes:
        db.execute("DELETE FROM names")
        db.executemany(
            "INSERT INTO names (folded, name, account, is_own) VALUES (?, ?, ?, ?)",
            [(fold(name), name, account, is_own) for name, account, is_own in found],
        )
    return clashes
