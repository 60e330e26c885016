"""What may be wrong with the files of a database: found before anything is written, and told.

Law: nothing here changes a file. A connection that may write would, when it is closed, bring into
the database what lies in the log beside it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

CHECKED_BYTES = 64 * 1024 * 1024
"""Up to this size all of a database is checked at a start: 0.2 s, at 500 MB/s from memory."""

QUICK_CHECK = "PRAGMA quick_check(1)"
"""All pages, but not whether indices agree with their tables (SQLite, "PRAGMA quick_check")."""

_LARGE = ("messages", "events", "words")
"""The tables of history, which grow without end: of a large database they are not checked."""

_LITTLE_BYTES = 64 * 1024
"""A disk with less room than this is full: it does not take what SQLite needs to begin."""

_RESTORE = (
    "it was left as it is; to go on from a backup, move it away with all files of its name, and "
    "put the backup in its place"
)

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BARRED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class StoreError(Exception):
    """The data directory cannot be used; the text says which, and why."""


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even by being closed."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )


def damaged(path: Path, fault: object) -> StoreError:
    """That a database is damaged, and what there is to do about it."""
    return StoreError(f"{path} is damaged ({fault}): {_RESTORE}")


def told(path: Path, error: OSError | sqlite3.Error) -> StoreError:
    """What has failed with this database, in one line, and what there is to do about it."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says in which call
    number = getattr(error, "errno", None)
    if primary in _DAMAGE:
        return damaged(path, error)
    if primary == sqlite3.SQLITE_FULL or number == errno.ENOSPC or _is_full(path.parent):
        return StoreError(f"cannot use {path}: there is no room left on its disk ({error})")
    if primary in _BARRED or number in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreError(
            f"cannot use {path}: the server must be able to write to it, and beside it ({error})"
        )
    return StoreError(f"cannot use {path}: {error}")


def _is_full(directory: Path) -> bool:
    """Whether there is no room: SQLite calls it an I/O error when it cannot have its index."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE_BYTES


def check_files(path: Path) -> None:
    """Raises `StoreError` if a log is there without the database that it belongs to.

    SQLite would take an empty database for a new one, and delete what was still to come into it.
    """
    log = path.with_name(f"{path.name}-wal")
    if size(path) == 0 < size(log):
        raise damaged(path, f"it is empty, and {log.name} is not")


def size(path: Path) -> int:
    """In bytes; 0 for a file that is not there. Raises `OSError`."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def check_pages(path: Path, db: sqlite3.Connection) -> None:
    """Look for damage, as far as it takes little time. Raises `StoreError` for what is found.

    Of a large database all is checked but the history: a page of that which cannot be read fails
    whoever asks for it, and nobody else. Raises `sqlite3.Error` where SQLite cannot even look.
    """
    is_small = size(path) <= CHECKED_BYTES
    fault = first_fault(db, [QUICK_CHECK] if is_small else _of_small_tables(db))
    if fault:
        raise damaged(path, fault)


def first_fault(db: sqlite3.Connection, checks: Iterable[str]) -> str:
    """What the first of these checks finds that finds anything; empty if nothing is wrong.

    Raises `sqlite3.Error` where it is as bad that SQLite cannot even look.
    """
    for check in checks:
        for (found,) in db.execute(check).fetchall():
            if found != "ok":
                # "*** in database main ***" may come before it, in a line of its own.
                return str(found).strip().splitlines()[-1]
    return ""


def _of_small_tables(db: sqlite3.Connection) -> list[str]:
    tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    return [
        f"PRAGMA quick_check({name})"
        for (name,) in tables.fetchall()
        if name.split("_")[0] not in _LARGE
    ]
