"""The server's own store on a disk that fails: what it has promised to keep is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from trio_chat.store import database
from trio_chat.store.damage import StoreError
from trio_chat.store.database import FILE_NAME, Store
from trio_chat.store.lock import locked
from trio_chat.testing.disk import Disk, DiskFaults


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path, Random(1))
    with disk.mounted():
        yield disk


@contextmanager
def opened(disk: Disk) -> Iterator[Store]:
    """The store as a server has it."""
    with locked(disk.directory), Store(disk.directory, checked=True) as store:
        yield store


def enter(store: Store, *, synced: bool = True, size: int = 0) -> int:
    """A transaction of so many bytes; the number that it has, which grows from one to the next."""
    with store.writing(synced=synced) as db:
        cursor = db.execute("INSERT INTO boots (started) VALUES (1.0)")
        if size:
            db.execute("INSERT OR REPLACE INTO facts VALUES ('filler', ?)", (bytes(size),))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def last(store: Store) -> int:
    with store.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (number,) = db.execute("SELECT coalesce(max(id), 0) FROM boots").fetchone()
    assert isinstance(number, int)
    return number


def test_a_server_that_is_dead_does_not_keep_the_next_one_from_starting(disk: Disk) -> None:
    with opened(disk) as old:
        enter(old)
        disk.kill()
        with opened(disk) as new:
            assert last(new) == 1
            with pytest.raises(StoreError, match="another server"), opened(disk):
                pass


def use_and_lose(directory: Path, seed: int) -> None:
    """Have a disk fail and a store die at drawn moments, and find all that was synced."""
    random = Random(seed)
    (directory / str(seed)).mkdir()
    disk = Disk(directory / str(seed), random)
    kept = 0
    with disk.mounted():
        for _ in range(3):
            disk.die_in(random.randint(1, 300), disk.lose_power)
            disk.faults = random.choice((DiskFaults(), DiskFaults(0, 0.02, 0.2)))
            with suppress(StoreError, sqlite3.Error), opened(disk) as store:
                for _ in range(60):
                    with suppress(sqlite3.OperationalError):
                        synced = random.random() < 0.5
                        number = enter(store, synced=synced, size=random.choice((0, 10_000)))
                        kept = number if synced else kept
            disk.mend()
            disk.lose_power()
            with opened(disk) as store:
                assert last(store) >= kept


def test_what_was_synced_is_there_whatever_failed_at_whatever_moment(tmp_path: Path) -> None:
    for seed in range(6):
        use_and_lose(tmp_path, seed)


def test_a_log_that_could_not_be_brought_into_the_file_loses_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is long, and of what it holds something is not synced: SQLite tells nobody when it
    fails to sync it."""
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 20)
    for seed in range(12):
        (tmp_path / str(seed)).mkdir()
        disk = Disk(tmp_path / str(seed), Random(seed))
        with disk.mounted():
            with opened(disk) as store:
                enter(store, size=4096 * 15)
                disk.faults = DiskFaults(sync=1.0)
                for _ in range(10):
                    enter(store, synced=False)
                disk.faults = DiskFaults()
                kept = enter(store)
                disk.lose_power()
            with opened(disk) as store:
                assert last(store) >= kept


def test_the_power_may_be_lost_while_a_log_is_renewed_that_a_disk_has_lost_a_part_of(
    tmp_path: Path,
) -> None:
    for moment in range(3, 18):
        (tmp_path / str(moment)).mkdir()
        disk = Disk(tmp_path / str(moment), Random(moment))
        with disk.mounted():
            with opened(disk) as store:
                enter(store, size=10_000)
                store.wipe()
                kept = enter(store)
                for size in (20_000, 30_000, 5_000):
                    enter(store, synced=False, size=size)
                disk.faults = DiskFaults(sync=1.0)
                with pytest.raises(sqlite3.OperationalError):
                    enter(store)
                disk.mend()
                disk.die_in(moment, disk.lose_power)
                with suppress(sqlite3.OperationalError):
                    kept = enter(store)
            disk.mend()
            with opened(disk) as store:
                assert last(store) >= kept


def test_a_store_has_a_write_ahead_log_or_cannot_be_had(tmp_path: Path) -> None:
    """SQLite goes on without one when the first change of a new file fails, and does not say so."""
    refused = 0
    for operation in range(1, 12):
        (tmp_path / str(operation)).mkdir()
        disk = Disk(tmp_path / str(operation), Random(1))
        with disk.mounted():
            disk.fail_in(operation)
            try:
                with opened(disk) as store, store.reading() as db:
                    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            except StoreError:
                refused += 1
            with opened(disk) as store:
                assert enter(store) == 1
    assert refused


def test_a_log_that_gets_long_is_brought_into_the_file(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", 20)
    monkeypatch.setattr(database, "LOG_BYTES", 20 * 4096)
    sizes, synced = [], 0
    with opened(disk) as store:
        enter(store)
        disk.seconds = 1.0
        for _ in range(100):
            disk.owed()
            enter(store, synced=False, size=5 * 4096)
            synced += disk.owed() > 0
            sizes.append(store.path.with_name(f"{FILE_NAME}-wal").stat().st_size)
    assert max(sizes) < 2 * 20 * 4096
    assert 10 < synced < 60


def test_who_cannot_read_is_told_of_the_disk_and_can_read_again_later(disk: Disk) -> None:
    with opened(disk) as store, store.writing() as db:
        db.executemany("INSERT INTO facts VALUES (?, ?)", [(f"{n}", bytes(900)) for n in range(99)])
    with opened(disk) as store:
        for look in (store.reading, store.snapshot):
            disk.faults = DiskFaults(read=1.0)
            with pytest.raises(sqlite3.OperationalError, match="disk I/O error"), look() as db:
                db.execute("SELECT count(*) FROM facts WHERE length(value) > 1").fetchall()
            disk.faults = DiskFaults()
            with look() as db:
                assert db.execute("SELECT count(*) FROM facts").fetchone() >= (99,)


def test_a_log_that_could_not_be_wiped_loses_nothing_later(tmp_path: Path) -> None:
    for seed in range(8):
        (tmp_path / str(seed)).mkdir()
        disk = Disk(tmp_path / str(seed), Random(seed))
        with disk.mounted():
            with opened(disk) as store:
                enter(store)
                enter(store, synced=False)
                disk.faults = DiskFaults(sync=1.0)
                with pytest.raises(sqlite3.OperationalError):
                    store.wipe()
                disk.faults = DiskFaults()
                kept = enter(store)
                disk.lose_power()
            with opened(disk) as store:
                assert last(store) >= kept
