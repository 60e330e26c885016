"""`trio-chat backup`: a copy that is whole, closed to others, and in nobody's way."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from trio_chat.cli import main
from trio_chat.own_certificate import own_certificate
from trio_chat.store import accounts, files
from trio_chat.store.database import FILE_NAME, Store

from .store.damaging import spoil_page

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of a server that knows alice."""
    with Store(tmp_path / "data") as store, store.writing() as db:
        accounts.add(db, "alice", "alice", 1.0)
    return tmp_path / "data"


def backup(data: Path, target: Path) -> int:
    return main(["backup", str(target), "--data", str(data)])


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM accounts")]


def test_a_backup_of_a_running_server_is_one_file_for_nobody_else(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "copies" / "monday.sqlite3"
    target.parent.mkdir()
    with Store(data) as running:
        with running.writing() as db:
            accounts.add(db, "bob", "bob", 1.0)  # in the log as yet, and not in the file
        assert backup(data, target) == 0
        with running.writing() as db:
            accounts.add(db, "late", "late", 1.0)
    assert capsys.readouterr().out == f"copied {FILE_NAME} (0.2 MB) to {target}\n"
    assert names_in(target) == ["alice", "bob"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert os.listdir(target.parent) == [target.name]


def test_a_backup_is_made_while_somebody_writes(data: Path, tmp_path: Path) -> None:
    with Store(data) as running, running.writing() as db:
        accounts.add(db, "bob", "bob", 1.0)
        assert backup(data, tmp_path / "copy") == 0
    assert names_in(tmp_path / "copy") == ["alice"]


def test_a_backup_put_back_is_what_a_server_starts_with(data: Path, tmp_path: Path) -> None:
    assert backup(data, tmp_path / "copy") == 0
    data.rename(tmp_path / "away")
    data.mkdir()
    (tmp_path / "copy").rename(data / FILE_NAME)
    with Store(data, checked=True) as store, store.reading() as db:
        assert accounts.find(db, "alice") is not None


def test_the_certificate_that_clients_know_the_server_by_is_copied_with_it(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    certificate = Path(own_certificate(data).cert)
    target, beside = tmp_path / "copy", tmp_path / "copy.pem"
    assert backup(data, target) == 0
    assert f"and the server's own certificate to {beside}\n" in capsys.readouterr().out
    assert beside.read_bytes() == certificate.read_bytes()
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["copy", "copy.pem"])
def test_nothing_is_overwritten(data: Path, tmp_path: Path, there: str, capsys: Captured) -> None:
    own_certificate(data)
    (tmp_path / there).write_text("mine")
    assert backup(data, tmp_path / "copy") == 1
    said = capsys.readouterr().err
    assert said == f"trio-chat: {tmp_path / there} is there already; it was left as it is\n"
    assert (tmp_path / there).read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == sorted(["data", there])


def test_where_nothing_can_be_written_is_named(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "none" / "copy"
    assert backup(data, target) == 1
    assert capsys.readouterr().err == (
        f"trio-chat: cannot write {target}: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full"),
    ],
)
def test_nothing_is_left_of_a_backup_for_which_there_is_no_room(
    data: Path,
    tmp_path: Path,
    fault: Exception,
    why: str,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own_certificate(data)

    def fail(*args: object) -> str:
        raise fault

    monkeypatch.setattr(files, "first_fault", fail)
    assert backup(data, tmp_path / "copy") == 1
    assert capsys.readouterr().err == f"trio-chat: cannot write {tmp_path / 'copy'}: {why}\n"
    assert os.listdir(tmp_path) == ["data"]


def test_a_database_that_is_damaged_is_not_taken_for_a_backup(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = data / FILE_NAME
    spoil_page(path, 9)
    assert backup(data, tmp_path / "copy") == 1
    assert capsys.readouterr().err.startswith(f"trio-chat: {path} is damaged (")
    path.write_text("Dear diary\n" * 1000)
    assert backup(data, tmp_path / "copy") == 1
    assert capsys.readouterr().err.startswith(
        f"trio-chat: {path} is damaged (file is not a database)"
    )
    assert os.listdir(tmp_path) == ["data"]


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path, capsys: Captured) -> None:
    assert backup(tmp_path / "nowhere", tmp_path / "copy") == 1
    assert f"there is no {FILE_NAME} in {tmp_path / 'nowhere'}" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []
