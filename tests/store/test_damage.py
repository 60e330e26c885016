"""A database that is damaged: found at the start, told in one line, and left as it is."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trio_chat.store import accounts, damage
from trio_chat.store.damage import StoreError, told
from trio_chat.store.database import FILE_NAME, Store

from .damaging import PAGE_BYTES, all_bytes, pages_in, spoil_page


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of a server that knows a hundred people, and was stopped."""
    with Store(tmp_path / "data") as store, store.writing() as db:
        for number in range(100):
            accounts.add(db, f"a{number}", f"a{number}", 1.0)
    return tmp_path / "data"


def killed(data: Path) -> Path:
    """The data directory of such a server that was killed: with what it has committed in its log
    and not brought into the file."""
    copy = data.with_name("killed")
    with Store(data) as store:
        with store.writing() as db:
            accounts.add(db, "late", "late", 1.0)
        shutil.copytree(data, copy)
    (copy / f"{FILE_NAME}-shm").unlink()
    return copy


def refusal(data: Path) -> str:
    """What a server says that does not start on it."""
    before = all_bytes(data)
    with pytest.raises(StoreError) as refused:
        Store(data, checked=True)
    after = all_bytes(data)
    empty = f"{FILE_NAME}-wal"  # made to look at the file by; nothing is in it
    if empty not in before and after.get(empty) == b"":
        del after[empty]
    assert after == before
    text = str(refused.value)
    assert "\n" not in text
    return text


def restorable(path: Path, why: str) -> str:
    return (
        f"{path} is damaged ({why}): it was left as it is; to go on from a backup, move it away "
        "with all files of its name, and put the backup in its place"
    )


def test_garbage_is_refused(data: Path) -> None:
    path = data / FILE_NAME
    path.write_bytes(b"Dear diary\n" * 1000)
    assert refusal(data) == restorable(path, "file is not a database")


def test_a_file_that_has_lost_its_end_is_refused(data: Path) -> None:
    path = data / FILE_NAME
    os.truncate(path, 10 * PAGE_BYTES)
    assert refusal(data) == restorable(path, "database disk image is malformed")


def test_any_page_that_is_spoilt_is_found(data: Path) -> None:
    path = data / FILE_NAME
    whole = path.read_bytes()
    for number in range(1, pages_in(path) + 1):
        path.write_bytes(whole)
        spoil_page(path, number)
        assert refusal(data).startswith(f"{path} is damaged (")


def test_what_a_killed_server_had_in_its_log_is_found(data: Path) -> None:
    left = killed(data)
    with Store(left, checked=True) as store, store.reading() as db:
        assert accounts.find(db, "late") is not None


def test_what_a_killed_server_had_in_its_log_stays_there_when_the_file_is_damaged(
    data: Path,
) -> None:
    left = killed(data)
    spoil_page(left / FILE_NAME, 9)
    assert refusal(left).startswith(f"{left / FILE_NAME} is damaged (")


def test_a_log_of_a_later_version_is_left_as_it_is(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 999")
        copy = data.with_name("later")
        shutil.copytree(data, copy)
    assert "later version of trio-chat" in refusal(copy)


def test_a_log_whose_database_is_empty_or_gone_is_kept(data: Path) -> None:
    left = killed(data)
    path = left / FILE_NAME
    complaint = restorable(path, f"it is empty, and {FILE_NAME}-wal is not")
    os.truncate(path, 0)
    assert refusal(left) == complaint
    path.unlink()
    assert refusal(left) == complaint


def test_of_a_large_database_all_but_the_history_is_checked(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / FILE_NAME
    with closing(sqlite3.connect(path)) as db:
        pages = dict(db.execute("SELECT name, rootpage FROM sqlite_schema"))
    monkeypatch.setattr(damage, "CHECKED_BYTES", 0)
    whole = path.read_bytes()
    for name in ("accounts", "rooms", "bans"):
        spoil_page(path, pages[name])
        assert refusal(data).startswith(f"{path} is damaged (")
        path.write_bytes(whole)
    for name in ("messages", "events", "words_data"):
        spoil_page(path, pages[name])
    with Store(data, checked=True) as store, store.reading() as db:
        assert accounts.find(db, "a1") is not None


def test_what_was_broken_off_as_the_file_was_made_is_undone(tmp_path: Path) -> None:
    """Power was lost when SQLite had written its first page, and not yet that it is to stay."""
    path, journal = tmp_path / FILE_NAME, tmp_path / f"{FILE_NAME}-journal"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE first (x)")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE second (x)")
        connection.execute("INSERT INTO second VALUES (zeroblob(100000))")
        kept = path.read_bytes(), journal.read_bytes()
        connection.execute("ROLLBACK")
    path.write_bytes(kept[0])
    journal.write_bytes(kept[1])
    with pytest.raises(StoreError, match="no database of trio-chat"):
        Store(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("first",)]


# -- told


def _error(code: int, text: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_error(sqlite3.SQLITE_FULL, "database or disk is full"), "no room left on its disk"),
        (OSError(errno.ENOSPC, "No space left on device"), "no room left on its disk"),
        (_error(sqlite3.SQLITE_READONLY_DBMOVED, "readonly"), "must be able to write to it"),
        (_error(sqlite3.SQLITE_CANTOPEN, "unable to open"), "must be able to write to it"),
        (OSError(errno.EROFS, "Read-only file system"), "must be able to write to it"),
        (_error(sqlite3.SQLITE_CORRUPT_INDEX, "malformed"), "is damaged (malformed)"),
        (_error(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error"), "cannot use {path}: disk I/O error"),
        (sqlite3.OperationalError("near NONSENSE"), "cannot use {path}: near NONSENSE"),
    ],
)
def test_a_fault_is_told_with_what_helps(
    tmp_path: Path, error: OSError | sqlite3.Error, words: str
) -> None:
    path = tmp_path / FILE_NAME
    said = str(told(path, error))
    assert said.startswith((str(path), f"cannot use {path}: "))
    assert words.format(path=path) in said


def test_an_error_on_a_disk_without_room_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = _error(sqlite3.SQLITE_IOERR_SHMSIZE, "disk I/O error")
    full = os.statvfs_result((4096, 4096, 1000, 0, 0, 10, 10, 10, 0, 255))
    measure: Callable[[Path], os.statvfs_result] = lambda path: full  # noqa: E731
    monkeypatch.setattr(os, "statvfs", measure)
    assert "no room left on its disk (disk I/O error)" in str(told(tmp_path / FILE_NAME, error))


def test_an_error_where_there_is_no_directory_is_told_as_it_is(tmp_path: Path) -> None:
    error = _error(sqlite3.SQLITE_IOERR, "disk I/O error")
    path = tmp_path / "none" / FILE_NAME
    assert str(told(path, error)) == f"cannot use {path}: disk I/O error"
