"""The database: made, opened again, and left as it is when it is not ours to touch."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from trio_chat.store import accounts, database
from trio_chat.store.database import APPLICATION_ID, FILE_NAME, READERS, Store, StoreError


def test_the_directory_is_made_and_closed_to_others(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "data"
    with Store(directory) as store:
        assert store.path == directory / FILE_NAME
        assert store.path.exists()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_every_start_has_a_number_of_its_own(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        first = store.start_boot(1.0)
        second = store.start_boot(1.0)
    with Store(tmp_path) as store:
        third = store.start_boot(0.5)  # a clock set back changes nothing
    assert len({first, second, third}) == 3


def test_two_servers_on_one_directory_do_not_share_a_number(tmp_path: Path) -> None:
    with Store(tmp_path) as one, Store(tmp_path) as other:
        assert one.start_boot(1.0) != other.start_boot(1.0)


def test_a_new_file_has_the_present_schema_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.start_boot(1.0)
    with closing(sqlite3.connect(store.path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        boots = connection.execute("SELECT id, started FROM boots").fetchall()
    assert version == len(database._MIGRATIONS)
    assert mode == "wal"
    assert boots == [(1, 1.0)]


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path) as store:
        store.start_boot(1.0)
    later = (*database._MIGRATIONS, "CREATE TABLE later (id INTEGER PRIMARY KEY)")
    monkeypatch.setattr(database, "_MIGRATIONS", later)
    with Store(tmp_path) as store:
        assert store.start_boot(2.0) == 2
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(later),)


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path) as store:
        store.start_boot(1.0)
    known = database._MIGRATIONS
    broken = (*known, "CREATE TABLE later (id)", "CREATE NONSENSE")
    monkeypatch.setattr(database, "_MIGRATIONS", broken)
    with pytest.raises(StoreError, match=r"cannot use .*NONSENSE"):
        Store(tmp_path)
    monkeypatch.setattr(database, "_MIGRATIONS", known)
    with Store(tmp_path) as store:
        assert store.start_boot(2.0) == 2
    with closing(sqlite3.connect(store.path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert "later" not in tables


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE future (x)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"later version of trio-chat \(schema 999"):
        Store(tmp_path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"these are my notes, and no database at all\n" * 20)
    with pytest.raises(StoreError, match=FILE_NAME):
        Store(tmp_path)
    assert path.read_bytes().startswith(b"these are my notes")


def test_a_directory_that_cannot_be_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="file"):
        Store(tmp_path / "file")


@pytest.mark.parametrize(
    "mark", ["CREATE TABLE boots (size, colour)", "CREATE TABLE t (x)", "PRAGMA user_version = 1"]
)
def test_a_file_of_another_program_is_left_alone(tmp_path: Path, mark: str) -> None:
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(mark)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="no database of trio-chat"):
        Store(tmp_path)
    assert path.read_bytes() == before


# -- before it changes, it is copied


V1 = 1
"""The first schema that was released."""


def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of the first schema, as its version has left it."""
    with monkeypatch.context() as patch:
        patch.setattr(database, "_MIGRATIONS", database._MIGRATIONS[:V1])
        with Store(tmp_path) as store:
            store.start_boot(1.0)
            return store.path


def boots_in(path: Path) -> list[tuple[int, float]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT id, started FROM boots").fetchall()


def test_a_file_of_an_earlier_schema_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = older(tmp_path, monkeypatch)
    with Store(tmp_path) as store, store.writing() as db:
        accounts.add(db, "alice", "alice", 2.0)
    copy = tmp_path / f"{FILE_NAME}.before-2"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert boots_in(copy) == boots_in(path) == [(1, 1.0)]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (V1,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert "accounts" not in tables
    before = copy.read_bytes()
    with Store(tmp_path):  # it is as it should be: nothing to copy
        pass
    assert copy.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_the_copy_can_be_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = older(tmp_path, monkeypatch)
    with Store(tmp_path):
        pass
    for leftover in (path, path.with_name(f"{FILE_NAME}-wal"), path.with_name(f"{FILE_NAME}-shm")):
        leftover.unlink(missing_ok=True)
    (tmp_path / f"{FILE_NAME}.before-2").rename(path)
    with Store(tmp_path) as store:
        assert store.start_boot(2.0) == 2


def test_a_new_file_is_not_copied(tmp_path: Path) -> None:
    with Store(tmp_path):
        pass
    assert not list(tmp_path.glob("*before*"))


def test_without_a_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = older(tmp_path, monkeypatch)
    in_the_way = tmp_path / f"{FILE_NAME}.before-2"
    (in_the_way / "deep").mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot use"):
        Store(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (V1,)
    (in_the_way / "deep").rmdir()
    in_the_way.rmdir()
    (tmp_path / f"{FILE_NAME}.before-2.part").write_text("of a copy that was broken off")
    with Store(tmp_path):
        assert boots_in(in_the_way) == [(1, 1.0)]


def test_the_file_is_closed_to_others_where_the_directory_is_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with Store(tmp_path) as store:
        store.start_boot(1.0)
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


# -- at once


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(store: Store, statement: str) -> None:
        with store.writing() as db:
            accounts.add(db, "alice", "alice", 1.0)
            db.execute(statement)

    with Store(tmp_path) as store:
        # The second is what SQLite does by itself when the disk is full.
        for statement in ("NONSENSE", "ROLLBACK"):
            with pytest.raises(sqlite3.Error):
                fail(store, statement)
        with store.writing() as db:
            accounts.add(db, "alice", "alice", 1.0)
        with store.reading() as db:
            assert accounts.find(db, "alice") is not None


def test_writers_in_two_processes_and_many_threads_take_turns(tmp_path: Path) -> None:
    stores = [Store(tmp_path), Store(tmp_path)]

    def write(number: int) -> None:
        for turn in range(10):
            with stores[number % 2].writing() as db:
                accounts.add(db, f"a{number}-{turn}", f"a{number}-{turn}", 1.0)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].reading() as db:
        assert len(accounts.changed_since(db, -1)) == 60
        assert accounts.revision(db) == 60
    for store in stores:
        store.close()


def test_who_reads_sees_one_state_whoever_writes(tmp_path: Path) -> None:
    with Store(tmp_path) as one, Store(tmp_path) as other:
        with one.reading() as db:
            assert accounts.revision(db) == 0
            with other.writing() as writing:
                accounts.add(writing, "alice", "alice", 1.0)
            assert accounts.changed_since(db, -1) == []
        with one.reading() as db:
            assert accounts.revision(db) == 1


def test_of_two_servers_that_start_on_an_older_file_one_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(tmp_path, monkeypatch)
    check = Store._check
    late: list[Store] = []

    def meanwhile(self: Store, db: sqlite3.Connection) -> int:
        version = check(self, db)
        if version == V1 and not late:
            late.append(self)
            Store(tmp_path).close()
        return version

    monkeypatch.setattr(Store, "_check", meanwhile)
    with Store(tmp_path) as store:
        assert store.start_boot(2.0) == 2


# -- readers


def test_who_reads_a_snapshot_waits_for_no_writer_and_cannot_write(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.writing() as db, store.snapshot() as snapshot:
            accounts.add(db, "alice", "alice", 1.0)
            assert accounts.find(snapshot, "alice") is None
        with store.snapshot() as snapshot:
            assert accounts.find(snapshot, "alice") is not None
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                accounts.add(snapshot, "bob", "bob", 1.0)


def test_who_has_read_a_snapshot_goes_on_though_another_thread_writes(tmp_path: Path) -> None:
    with Store(tmp_path) as store:

        def read() -> None:
            with store.snapshot() as snapshot:
                accounts.find(snapshot, "alice")

        reader = threading.Thread(target=read, daemon=True)
        with store.writing():  # to a disk that hangs, say
            reader.start()
            reader.join(timeout=10)
            assert not reader.is_alive()


def test_a_store_in_memory_has_snapshots_too() -> None:
    with Store(None) as store:
        with store.writing() as db:
            accounts.add(db, "alice", "alice", 1.0)
        with store.snapshot() as snapshot:
            assert accounts.find(snapshot, "alice") is not None


def test_as_many_may_read_as_want_to_and_some_connections_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with ExitStack() as stack:
        for _ in range(READERS + 2):
            stack.enter_context(store.snapshot())
    assert len(store._readers) == READERS
    with store.snapshot() as snapshot:
        store.close()
        assert accounts.revision(snapshot) == 0
    assert not store._readers
    with pytest.raises(sqlite3.ProgrammingError):
        accounts.revision(snapshot)


# -- a disk that has failed


def break_off(store: Store) -> None:
    """Have a transaction fail as it does when the disk could not sync it."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    def fail() -> None:
        with store.writing() as db:
            accounts.add(db, "lost", "lost", 1.0)
            raise error

    with pytest.raises(sqlite3.OperationalError):
        fail()


def log_of(store: Store) -> int:
    return store.path.with_name(f"{FILE_NAME}-wal").stat().st_size


def test_after_an_error_of_the_disk_another_log_is_begun(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for number in range(20):
            with store.writing() as db:
                accounts.add(db, f"a{number}", f"a{number}", 1.0)
        long = log_of(store)
        break_off(store)
        with store.writing() as db:
            accounts.add(db, "next", "next", 1.0)
        short = log_of(store)
        assert short < long / 4
        with store.writing() as db:
            accounts.add(db, "last", "last", 1.0)
        assert log_of(store) > short  # once
        with store.reading() as db:
            assert len(accounts.changed_since(db, -1)) == 22


def test_nothing_is_written_until_there_is_another_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with Store(tmp_path) as store:
        with store.snapshot() as reader:
            assert reader.execute("SELECT count(*) FROM boots").fetchone() == (0,)
            store.start_boot(1.0)
            break_off(store)
            with pytest.raises(sqlite3.OperationalError, match="others are reading"):
                store.start_boot(2.0)
        assert store.start_boot(3.0) == 2


def test_a_server_begins_another_log_when_it_starts_unless_somebody_reads_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    killed = tmp_path / "killed"
    with Store(tmp_path / "data") as store:
        store.start_boot(1.0)
        shutil.copytree(tmp_path / "data", killed)
    with Store(killed) as other:
        with other.snapshot() as reader:
            assert reader.execute("SELECT count(*) FROM boots").fetchone() == (1,)
            with Store(killed, checked=True) as store:
                assert log_of(store) > 0
                assert store.start_boot(2.0) == 2
        with Store(killed, checked=True) as store:
            assert log_of(store) == 0
            assert store.start_boot(3.0) == 3
