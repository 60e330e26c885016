"""The database: made, opened again, and left as it is when it is not ours to touch."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from trio_chat.store import database
from trio_chat.store.database import APPLICATION_ID, FILE_NAME, Store, StoreError


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
