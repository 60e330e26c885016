"""One server on a data directory, and whatever else beside it."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from trio_chat.cli import main
from trio_chat.config import Config
from trio_chat.opening import archive_of_server
from trio_chat.store.damage import StoreError
from trio_chat.store.lock import LOCK_NAME, locked


def test_a_second_server_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    with (
        archive_of_server(Config(), tmp_path),
        pytest.raises(StoreError) as refused,
        archive_of_server(Config(), tmp_path),
    ):
        pass  # pragma: no cover
    assert str(refused.value) == (
        f"another server (process {os.getpid()}) is running with its data in {tmp_path}: stop it "
        "first, or give this one another --data"
    )
    with archive_of_server(Config(), tmp_path):
        pass


def test_the_lock_ends_with_the_process(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom trio_chat.store.lock import locked\n"
        "locked(Path(sys.argv[1])).__enter__()\nos._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    assert done.returncode == 9
    assert (tmp_path / LOCK_NAME).read_text().isdecimal()
    with locked(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == str(os.getpid())


def test_whoever_cannot_be_named_is_another_server_all_the_same(tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / LOCK_NAME).write_text("")
        with pytest.raises(StoreError, match=r"^another server is running"), locked(tmp_path):
            pass  # pragma: no cover


def test_the_commands_work_beside_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with archive_of_server(Config(), tmp_path / "data"):
        for command in (["account", "list"], ["invite"], ["backup", str(tmp_path / "copy")]):
            assert main([*command, "--data", str(tmp_path / "data")]) == 0
            assert capsys.readouterr().err == ""


def test_it_is_closed_to_others(tmp_path: Path) -> None:
    with locked(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data" / LOCK_NAME).stat().st_mode) == 0o600


def test_a_directory_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StoreError, match=r"cannot use .*file.*File exists"),
        locked(tmp_path / "file"),
    ):
        pass  # pragma: no cover


def test_a_disk_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(StoreError, match="No locks available"), locked(tmp_path):
        pass  # pragma: no cover
