"""The disk under SQLite: what is left when its process dies, when the power goes, when it fails."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from random import Random

import pytest

from trio_chat.testing.disk import Disk, DiskFaults

ROWS = 8
"""Of a transaction: enough for several pages."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path, Random(1))
    with disk.mounted():
        yield disk


def connect(
    disk: Disk, synchronous: str = "FULL", mode: str = "WAL", checkpoint: int = 10
) -> sqlite3.Connection:
    """A connection that brings the log into the database after so many pages."""
    db = sqlite3.connect(disk.directory / "db", isolation_level=None)
    with ExitStack() as undo:
        undo.callback(db.close)
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")
        db.execute("CREATE TABLE IF NOT EXISTS t (number INTEGER, text BLOB)")
        undo.pop_all()
    return db


def insert(db: sqlite3.Connection, number: int) -> None:
    """A transaction of several rows."""
    db.execute("BEGIN IMMEDIATE")
    rows = [(number, bytes(700))] * ROWS
    db.executemany("INSERT INTO t VALUES (?, ?)", rows)
    db.execute("COMMIT")


def numbers(db: sqlite3.Connection) -> list[int]:
    """The transactions that are there, each of which must be so as a whole."""
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = db.execute("SELECT number, count(*) FROM t GROUP BY number ORDER BY number").fetchall()
    assert {count for _, count in found} <= {ROWS}
    return [number for number, _ in found]


def is_cut_short(directory: Path, mode: str, seed: int) -> bool:
    """Lose the power in the midst of transactions, and look at what is left; whether one that was
    begun is not there."""
    random = Random(seed)
    (directory / str(seed)).mkdir()
    disk = Disk(directory / str(seed), random)
    # Of a journal that is deleted, the deletion is synced with EXTRA alone.
    level = "FULL" if mode == "WAL" else "EXTRA"
    is_cut = False
    kept: list[int] = []
    with disk.mounted():
        for life in range(2):
            begun = list(kept)
            disk.die_in(random.randint(1, 120), disk.lose_power)
            with suppress(sqlite3.OperationalError), closing(connect(disk, level, mode)) as db:
                for number in range(100 * life, 100 * life + 40):
                    begun.append(number)
                    insert(db, number)
                    kept.append(number)
            with closing(connect(disk, level, mode)) as db:
                found = numbers(db)
            assert found in (kept, begun)
            is_cut |= found != begun
            kept = found
    return is_cut


class TestDeaths:
    def test_a_process_that_is_killed_has_written_what_it_has_written(self, disk: Disk) -> None:
        with closing(connect(disk, "OFF")) as db:
            insert(db, 1)
            disk.kill()
        with closing(connect(disk)) as db:
            assert numbers(db) == [1]

    def test_what_is_left_of_a_dead_process_changes_nothing(self, disk: Disk) -> None:
        with closing(connect(disk)) as old:
            insert(old, 1)
            disk.kill()
            with closing(connect(disk)) as new:
                old.execute("PRAGMA busy_timeout = 0")
                with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
                    insert(old, 2)
                insert(new, 3)
                assert numbers(new) == [1, 3]
        disk.kill()
        with closing(connect(disk)) as db:
            assert numbers(db) == [1, 3]

    def test_a_dead_process_keeps_no_lock(self, disk: Disk) -> None:
        with closing(connect(disk)) as old:
            old.execute("BEGIN EXCLUSIVE")
            disk.kill()
            with closing(connect(disk)) as new:
                new.execute("PRAGMA busy_timeout = 0")
                insert(new, 1)

    def test_a_dead_process_opens_nothing(self, disk: Disk) -> None:
        directory = disk.directory
        disk.freeze()
        with pytest.raises(sqlite3.OperationalError), closing(sqlite3.connect(directory / "db")):
            pass
        assert list(directory.iterdir()) == []

    def test_one_that_is_to_die_at_an_operation_does_no_more(self, disk: Disk) -> None:
        deaths = []
        with closing(connect(disk)) as db:
            disk.die_in(3, lambda: deaths.append(disk.operations))
            wanted = disk.operations + 3
            with pytest.raises(sqlite3.OperationalError):
                insert(db, 1)
        assert deaths == [wanted]
        assert disk.is_frozen
        disk.kill()
        with closing(connect(disk)) as db:
            assert numbers(db) == []


class TestPower:
    @pytest.mark.parametrize(("mode", "seeds"), [("WAL", 20), ("DELETE", 8), ("TRUNCATE", 8)])
    def test_no_moment_damages_a_database_or_loses_what_was_synced(
        self, tmp_path: Path, mode: str, seeds: int
    ) -> None:
        assert sum(is_cut_short(tmp_path, mode, seed) for seed in range(seeds))

    def test_what_was_not_synced_may_be_lost(self, tmp_path: Path) -> None:
        counts = set()
        for seed in range(20):
            (tmp_path / str(seed)).mkdir()
            disk = Disk(tmp_path / str(seed), Random(seed))
            with disk.mounted():
                with closing(connect(disk, "NORMAL", checkpoint=1000)) as db:
                    db.execute("PRAGMA wal_checkpoint").fetchall()
                    for number in range(4):
                        insert(db, number)
                    disk.lose_power()
                with closing(connect(disk)) as db:
                    found = numbers(db)
            assert found == list(range(len(found)))  # in their order
            counts.add(len(found))
        assert {0, 4} <= counts

    def test_a_kill_syncs_nothing(self, tmp_path: Path) -> None:
        counts = set()
        for seed in range(20):
            (tmp_path / str(seed)).mkdir()
            disk = Disk(tmp_path / str(seed), Random(seed))
            with disk.mounted():
                with closing(connect(disk)) as db:
                    db.execute("PRAGMA synchronous = NORMAL")
                    insert(db, 1)
                    disk.kill()
                disk.lose_power()
                with closing(connect(disk)) as db:
                    counts.add(len(numbers(db)))
        assert counts == {0, 1}

    def test_a_file_that_python_syncs_is_there(self, disk: Disk) -> None:
        with closing(sqlite3.connect(disk.directory / "part")) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE t (number INTEGER)")
        for name in ("part", "."):
            descriptor = os.open(disk.directory / name, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        (disk.directory / "part").rename(disk.directory / "whole")
        disk.lose_power()
        with closing(sqlite3.connect(disk.directory / "whole")) as db:
            assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)

    def test_the_same_seed_leaves_the_same(self, tmp_path: Path) -> None:
        left = []
        for number in range(2):
            (tmp_path / str(number)).mkdir()
            disk = Disk(tmp_path / str(number), Random(7))
            with disk.mounted():
                with closing(connect(disk, "NORMAL")) as db:
                    for number in range(4):
                        insert(db, number)
                    disk.lose_power()
                left.append({it.name: it.read_bytes() for it in disk.directory.iterdir()})
        assert left[0] == left[1]


class TestFaults:
    def test_a_full_disk_takes_nothing_more_and_keeps_what_it_has(self, disk: Disk) -> None:
        with closing(connect(disk)) as db:
            insert(db, 1)
            disk.is_full = True
            with pytest.raises(sqlite3.OperationalError, match="disk is full"):
                insert(db, 2)
            db.execute("ROLLBACK") if db.in_transaction else None
            assert disk.failures
            disk.is_full = False
            insert(db, 3)
            assert numbers(db) == [1, 3]

    @pytest.mark.parametrize(
        ("faults", "code"),
        [
            (DiskFaults(write=1.0), "SQLITE_IOERR_WRITE"),
            (DiskFaults(sync=1.0), "SQLITE_IOERR_FSYNC"),
        ],
    )
    def test_what_fails_is_told_by_its_code(
        self, disk: Disk, faults: DiskFaults, code: str
    ) -> None:
        told: list[str] = []
        disk.on_failure = told.append
        with closing(connect(disk)) as db:
            disk.faults = faults
            with pytest.raises(sqlite3.OperationalError) as caught:
                insert(db, 1)
            assert caught.value.sqlite_errorname == code
            disk.faults = DiskFaults()
            assert len(told) == disk.failures > 0

    def test_a_page_that_cannot_be_read_fails_who_asks(self, disk: Disk) -> None:
        with closing(connect(disk)) as db:
            insert(db, 1)
        with closing(sqlite3.connect(disk.directory / "db")) as db:
            disk.faults = DiskFaults(read=1.0)
            with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
                db.execute("SELECT * FROM t").fetchall()
            disk.faults = DiskFaults()
            assert numbers(db) == [1]

    def test_one_operation_may_fail(self, disk: Disk) -> None:
        with closing(connect(disk)) as db:
            disk.fail_in(2)
            with pytest.raises(sqlite3.OperationalError):
                insert(db, 1)
            if db.in_transaction:
                db.execute("ROLLBACK")
            insert(db, 2)
            assert numbers(db) == [2]
        assert disk.failures == 1

    def test_what_a_failed_sync_has_not_written_is_read_and_lost(self, tmp_path: Path) -> None:
        outcomes = set()
        for seed in range(20):
            (tmp_path / str(seed)).mkdir()
            disk = Disk(tmp_path / str(seed), Random(seed))
            with disk.mounted():
                with closing(connect(disk, "NORMAL")) as db:
                    db.execute("PRAGMA wal_checkpoint").fetchall()
                    insert(db, 1)
                    disk.faults = DiskFaults(sync=1.0)
                    with pytest.raises(sqlite3.OperationalError):
                        db.execute("PRAGMA wal_checkpoint").fetchall()
                    disk.faults = DiskFaults()
                    assert numbers(db) == [1]
                    db.execute("PRAGMA synchronous = FULL")
                    insert(db, 2)
                    disk.lose_power()
                with closing(connect(disk)) as db:
                    outcomes.add(tuple(numbers(db)))
        assert outcomes == {(), (1, 2)}

    def test_a_slow_disk_is_owed_its_time(self, disk: Disk) -> None:
        disk.seconds = 0.5
        with closing(connect(disk)) as db:
            disk.owed()
            for number in range(50):
                insert(db, number)
            assert 10 < disk.owed() < 60
            assert disk.owed() == 0.0


class TestBounds:
    def test_other_files_are_not_touched(
        self, disk: Disk, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        before = disk.operations
        disk.is_full, disk.faults = True, DiskFaults(1.0, 1.0, 1.0)
        with closing(sqlite3.connect(elsewhere / "db")) as db:
            db.execute("CREATE TABLE t (number INTEGER)")
        assert disk.operations == before

    def test_it_is_gone_after_the_block(self, tmp_path: Path) -> None:
        disk = Disk(tmp_path, Random(1))
        with disk.mounted():
            db = connect(disk)
        before = disk.operations
        insert(db, 1)  # this one was opened on it
        assert disk.operations > before
        db.close()
        before = disk.operations
        with closing(connect(disk)) as db:
            insert(db, 2)
        assert disk.operations == before

    def test_a_bug_in_the_disk_is_an_io_error_and_is_told(self, tmp_path: Path) -> None:
        class Bug(Exception):
            pass

        def crash(what: str) -> None:
            raise Bug(what)

        def use(disk: Disk) -> None:
            with disk.mounted(), closing(connect(disk)) as db:
                disk.on_failure, disk.is_full = crash, True
                with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
                    insert(db, 1)

        with pytest.raises(Bug):
            use(Disk(tmp_path, Random(1)))
