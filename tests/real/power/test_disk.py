"""The disk of these tests loses what a disk loses, and nothing else."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from errno import EIO, ENOSPC, EROFS

import pytest

from ..programs import needs
from .disk import Disk

pytestmark = [pytest.mark.slow, needs("gcc")]

SECTOR = 512


def run(disk: Disk, code: str, *words: str) -> list[str]:
    """Run a program in the disk's directory until it kills itself, or is killed; what it said."""
    start = f"import os, sys, signal\nos.chdir({str(disk.root)!r})\n"
    end = "\nos.kill(os.getpid(), signal.SIGKILL)\n"
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code) + end, *words],
        env={**os.environ, **disk.environment},
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    return done.stdout.decode().splitlines()


def left(disk: Disk, seed: int | None = None) -> dict[str, bytes]:
    disk.lose_power(seed)
    return {
        str(path.relative_to(disk.root)): path.read_bytes()
        for path in sorted(disk.root.rglob("*"))
        if path.is_file()
    }


SYNC_NAME = "os.fsync(os.open('.', os.O_RDONLY))"


def test_what_is_not_synced_is_lost(disk: Disk) -> None:
    run(
        disk,
        f"""
        file = open('kept', 'wb', buffering=0)
        {SYNC_NAME}
        file.write(b'one')
        os.fsync(file.fileno())
        file.write(b'two')
        open('lost', 'wb').close()
        """,
    )
    assert left(disk) == {"kept": b"one"}


def test_a_name_is_there_once_its_directory_was_synced(disk: Disk) -> None:
    code = """
        file = open('file', 'wb', buffering=0)
        file.write(b'one')
        os.fsync(file.fileno())
        """
    run(disk, code)
    assert left(disk) == {}
    run(disk, code + SYNC_NAME)
    assert left(disk) == {"file": b"one"}


def test_what_was_there_before_stays(disk: Disk) -> None:
    (disk.root / "old").write_bytes(b"0123456789")
    disk.settle()
    run(
        disk,
        """
        file = open('old', 'r+b', buffering=0)
        file.seek(3)
        file.write(b'---')
        os.truncate(file.fileno(), 5)
        """,
    )
    assert left(disk) == {"old": b"0123456789"}


def test_renamed_and_unlinked_is_what_a_synced_directory_says_is(disk: Disk) -> None:
    (disk.root / "one").write_bytes(b"1")
    (disk.root / "other").write_bytes(b"2")
    disk.settle()
    code = "os.rename('one', 'new'); os.unlink('other')"
    run(disk, code)
    assert left(disk) == {"one": b"1", "other": b"2"}
    run(disk, f"{code}; {SYNC_NAME}")
    assert left(disk) == {"new": b"1"}


def test_a_directory_is_lost_with_all_that_is_in_it_until_the_one_above_is_synced(
    disk: Disk,
) -> None:
    code = """
        os.mkdir('deep')
        file = open('deep/file', 'wb', buffering=0)
        file.write(b'one')
        os.fsync(file.fileno())
        os.fsync(os.open('deep', os.O_RDONLY))
        """
    run(disk, code)
    assert left(disk) == {}
    run(disk, code + SYNC_NAME)
    assert left(disk) == {"deep/file": b"one"}


def test_what_could_not_be_synced_is_lost_though_the_next_time_nothing_fails(disk: Disk) -> None:
    (disk.root / "file").write_bytes(b"0123456789")
    disk.settle()
    disk.sync_error = EIO
    said = run(
        disk,
        """
        file = os.open('file', os.O_RDWR)
        os.pwrite(file, b'lost', 0)
        try:
            os.fsync(file)
        except OSError as error:
            print(error.errno)
        control = os.open(os.environ['TEST_DISK_CONTROL'], os.O_RDWR)
        os.pwrite(control, bytes(16), 0)
        os.pwrite(file, b'kept', 5)
        os.fsync(file)
        print(os.pread(file, 10, 0).decode(), flush=True)
        """,
    )
    assert said == [str(EIO), "lost4kept9"]
    assert left(disk) == {"file": b"01234kept9"}


def test_of_what_was_not_synced_any_sectors_may_be_there(disk: Disk) -> None:
    old, new = b"o" * 16 * SECTOR, b"n" * 16 * SECTOR
    seen = set()
    for seed in range(20):
        (disk.root / "file").write_bytes(old)
        disk.settle()
        run(disk, f"os.write(os.open('file', os.O_RDWR), {new!r})")
        content = left(disk, seed)["file"]
        sectors = [content[start : start + SECTOR] for start in range(0, len(content), SECTOR)]
        assert set(sectors) <= {old[:SECTOR], new[:SECTOR]}
        seen.add(tuple(sectors))
    assert len(seen) > 10


def test_a_seed_leaves_the_same_again(disk: Disk) -> None:
    found = []
    for _ in range(2):
        (disk.root / "file").write_bytes(b"o" * 50 * SECTOR)
        disk.settle()
        run(disk, f"os.write(os.open('file', os.O_RDWR), {b'n' * 50 * SECTOR!r})")
        found.append(left(disk, 7))
    assert found[0] == found[1]


def test_a_program_dies_at_the_operation_it_is_told(disk: Disk) -> None:
    disk.dies_at = 3  # the file is made by the first
    said = run(
        disk,
        """
        file = open('file', 'wb', buffering=0)
        for number in range(5):
            file.write(b'x')
            print(number, flush=True)
        """,
    )
    assert said == ["0"]
    assert (disk.root / "file").read_bytes() == b"x"


@pytest.mark.parametrize("fault", [ENOSPC, EIO, EROFS])
def test_what_fails_does_so_with_the_error_that_was_asked_for(disk: Disk, fault: int) -> None:
    (disk.root / "old").write_bytes(b"0123456789")
    if fault == ENOSPC:
        disk.grow_error = fault
    else:
        disk.write_error = fault
    said = run(
        disk,
        """
        def tried(deed):
            try:
                deed()
                print(0)
            except OSError as error:
                print(error.errno)
            sys.stdout.flush()
        tried(lambda: os.open('new', os.O_CREAT | os.O_RDWR))
        tried(lambda: os.mkdir('deep'))
        tried(lambda: os.open('old', os.O_RDWR))
        old = os.open('old', os.O_RDONLY)
        tried(lambda: os.pwrite(os.open('old', os.O_RDWR), b'x', 0))
        tried(lambda: os.pwrite(os.open('old', os.O_RDWR), b'x', 10))
        tried(lambda: os.fsync(old))
        """,
    )
    fails = str(fault)
    expected = {
        ENOSPC: [fails, fails, "0", "0", fails, "0"],
        EIO: [fails, fails, "0", fails, fails, fails],
        EROFS: [fails, fails, fails, fails, fails, "0"],
    }
    assert said == expected[fault]


# -- SQLite on it

COMMITTING = """
    import sqlite3
    db = sqlite3.connect('words.db', isolation_level=None)
    journal, synchronous = sys.argv[1:]
    db.execute(f'PRAGMA journal_mode = {journal}')
    db.execute(f'PRAGMA synchronous = {synchronous}')
    if synchronous != 'NORMAL':  # that loses nothing of what was brought into the file
        db.execute('PRAGMA wal_autocheckpoint = 10')
    db.execute('CREATE TABLE IF NOT EXISTS words (word)')
    print('ready', flush=True)
    for number in range(30):
        db.execute('INSERT INTO words VALUES (?)', (str(number) * 1000,))
        print(number, flush=True)
    """


def committed(disk: Disk, journal: str, synchronous: str, seed: int | None = None) -> bool:
    """Whether all that a program has committed is there after a power loss."""
    told = [each for each in run(disk, COMMITTING, journal, synchronous) if each != "ready"]
    disk.lose_power(seed)
    path = disk.root / "words.db"
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path)) as db:
            if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return False
            found = [word for (word,) in db.execute("SELECT word FROM words ORDER BY rowid")]
    except sqlite3.DatabaseError:
        return False
    return found[: len(told)] == [number * 1000 for number in told]


# SQLite, "PRAGMA synchronous": without a log, it is EXTRA that syncs the directory when the journal
# was deleted; with FULL the last transaction may be undone.
@pytest.mark.parametrize(("journal", "synchronous"), [("WAL", "FULL"), ("DELETE", "EXTRA")])
def test_sqlite_loses_nothing_that_it_syncs(disk: Disk, journal: str, synchronous: str) -> None:
    for seed in (None, *range(8)):
        for path in disk.root.iterdir():
            path.unlink()
        disk.settle()
        disk.dies_at = 0 if seed is None else 40 + 17 * seed
        assert committed(disk, journal, synchronous, seed), seed


@pytest.mark.parametrize(
    ("journal", "synchronous"),
    [("WAL", "NORMAL"), ("WAL", "OFF"), ("DELETE", "FULL"), ("DELETE", "OFF")],
)
def test_sqlite_loses_what_it_does_not_sync(disk: Disk, journal: str, synchronous: str) -> None:
    assert not committed(disk, journal, synchronous)
