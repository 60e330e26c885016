"""Files and directories made so that they last: whole or not at all, on the disk, closed to others.

Law: what a directory says is on the disk once the directory was written, too, and not with the file
(fsync(2)). SQLite sees to that for what it makes itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from trio_chat.store.damage import QUICK_CHECK, damaged, first_fault, read_only, told

CHUNK_BYTES = 1024 * 1024
"""Bytes of a file that are in memory at a time."""


def make_directory(directory: Path) -> None:
    """Have a directory, with those it is in. Raises `OSError`."""
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    # Chats are private: nobody else on the machine may look in.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        write_through(each.parent)


def write_through(path: Path) -> None:
    """Have what a file holds, or a directory, on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_again(path: Path) -> None:
    """Have on the disk what is read of a file, though an fsync of it has failed before.

    The system takes what it could not write for written, and writes it no more (fsync(2), "EIO").
    Nobody must change the file meanwhile. Raises `OSError`.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        place = 0
        while data := os.pread(descriptor, CHUNK_BYTES, place):
            place += os.pwrite(descriptor, data, place)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, which is on the disk in the place of `path` when the block ends.

    If an exception ends it, all is as before. Raises `OSError`.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    try:
        yield part
        write_through(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    write_through(path.parent)


@contextmanager
def claiming(path: Path) -> Iterator[None]:
    """Have this name for a new file; it is free again if an exception ends the block.

    Raises `FileExistsError` if there is something of that name, and other `OSError`.
    """
    path.touch(mode=0o600, exist_ok=False)
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, whoever writes to it meanwhile, over `target`.

    Raises `StoreError` if it cannot be read, or is damaged; `OSError` and `sqlite3.Error` if the
    copy cannot be written. Nothing is left of a copy that has failed.
    """
    with replacing(target) as part:
        with closing(_opened(source)) as original, closing(sqlite3.connect(part)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # it is written through in the end
            original.backup(copy)
            # One file: whoever looks at it would make a log beside it otherwise.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
            fault = first_fault(copy, [QUICK_CHECK])
        if fault:
            raise damaged(source, fault)


def _opened(source: Path) -> sqlite3.Connection:
    db = read_only(source)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except sqlite3.Error as error:
        db.close()
        raise told(source, error) from error
    return db
