"""A disk: a directory of real files under SQLite, which fails and loses what was not synced.

Laws:

* Each life of the process that uses it has a directory of its own, with files of its own. What is
  left of an earlier life, such as a connection that is still to be closed, can reach nothing of the
  next one: neither its files, nor SQLite's locks on them, nor the index of its log.
* What a file holds is what SQLite has written; on the platter is what was synced (`platter.File`).
  The entries of a directory come and go in their order, as file systems with a journal have it, and
  stay for certain once the directory was synced.
* What is done to files without SQLite is on the platter at once: made, renamed or deleted. Only
  what SQLite has written, or `os.pwrite` to such a file, waits for a sync; `os.fsync` is one, too.
* Everything is drawn from the one `Random`, in the order of what is done to the disk.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from trio_chat.testing.disk.platter import File
from trio_chat.testing.disk.sqlite import OK, shim

_Inode = tuple[int, int]

_INDEX = "-shm"
"""How the names end of what SQLite makes anew whenever nobody else has it open: the index of a log,
which is no file to it, but memory (SQLite, "WAL-mode File Format", section 2)."""


@dataclass(frozen=True, slots=True)
class DiskFaults:
    """How often something fails, from 0 to 1."""

    read: float = 0.0
    write: float = 0.0
    """Of all that changes a file or a directory; a part of the data may have been written."""
    sync: float = 0.0
    """Of what was to be synced some is lost with the power, though it can be read until then."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What has changed in a directory, and is not certain to stay."""

    path: str
    """Within the directory of the life."""
    file: File
    is_new: bool
    """Whether it was made, and not deleted."""


@dataclass(slots=True, eq=False)
class _Life:
    """What a process sees of the disk, until it dies."""

    directory: Path
    files: dict[_Inode, File] = field(default_factory=dict)
    """Those that SQLite has opened."""
    entries: list[_Entry] = field(default_factory=list)
    is_over: bool = False

    def name_of(self, path: str) -> str:
        return os.path.relpath(path, self.directory)


@dataclass(slots=True, eq=False)
class _Handle:
    """A file that SQLite has open."""

    file: File
    life: _Life
    syncs_directory: bool
    """Whether its first sync is one of its directory, too."""


class Disk:
    """A disk below `directory`, which should be empty; `mounted` it is there for SQLite.

    `random` is what all that is drawn is drawn from.
    """

    def __init__(self, directory: Path, random: Random) -> None:
        self.random = random
        self.is_full = False
        """Nothing gets any longer: SQLITE_FULL."""
        self._faults = DiskFaults()
        self.seconds = 0.0
        """How long a sync takes, on the average; nobody waits for it here: see `owed`."""
        self.operations = 0
        """How much was done to it: reads do not count."""
        self.failures = 0
        """How often it has failed since it is there."""
        self.on_failure: Callable[[str], None] = lambda what: None
        """Called with what has failed, as it does."""
        self._root = directory.resolve()
        self._prefix = f"{self._root}{os.sep}"
        self._lives = 0
        self._life = self._begin()
        self._owed = 0.0
        self._fails_at = 0
        self._dies_at = 0
        self._death: Callable[[], None] = lambda: None

    @property
    def directory(self) -> Path:
        """The directory of the present life; each has another one, with what is left."""
        return self._life.directory

    @property
    def faults(self) -> DiskFaults:
        """How often it fails: never, at first."""
        return self._faults

    @faults.setter
    def faults(self, faults: DiskFaults) -> None:
        self._faults = faults
        shim().watch_reads()

    @property
    def is_frozen(self) -> bool:
        """Whether its process is dead."""
        return self._life.is_over

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Have it under every SQLite connection to its directory that is opened in this block.

        Raises `Unsupported` where that is not possible, and at the end whatever has failed of this
        disk itself.
        """
        # A stream of its own: how much SQLite draws is its own affair, and no plan's.
        with shim().under(self, Random(self.random.getrandbits(64))), ExitStack() as undo:
            real_fsync, real_pwrite = os.fsync, os.pwrite

            def fsync(file: Any) -> None:
                if not self._sync_descriptor(file if isinstance(file, int) else file.fileno()):
                    real_fsync(file)

            def pwrite(descriptor: int, data: bytes, offset: int) -> int:
                self._write_descriptor(descriptor, data, offset)
                return real_pwrite(descriptor, data, offset)

            undo.callback(setattr, os, "fsync", real_fsync)
            undo.callback(setattr, os, "pwrite", real_pwrite)
            vars(os).update(fsync=fsync, pwrite=pwrite)
            yield

    def put(self, name: str, content: bytes) -> None:
        """Have a file on the platter; SQLite must not have opened one of that name."""
        (self.directory / name).write_bytes(content)

    def owed(self) -> float:
        """Seconds that it has taken since this was asked last."""
        owed, self._owed = self._owed, 0.0
        return owed

    # -- what happens to it

    def fail_in(self, operations: int) -> None:
        """Let one operation fail: the next one with 1, the one after it with 2."""
        self._fails_at = self.operations + operations

    def die_in(self, operations: int, death: Callable[[], None]) -> None:
        """Let its process die at one of the next operations: the next one with 1.

        It is not done, nor is any after it. `death` is called at that moment, in the thread that
        uses the disk: there the rest of the process is to be cut off.
        """
        self._dies_at, self._death = self.operations + operations, death

    def mend(self) -> None:
        """Have it neither full nor failing, and take back what is to fail or to die later."""
        self.is_full = False
        self.faults = DiskFaults()
        self._fails_at = self._dies_at = 0

    def freeze(self) -> None:
        """Its process is dead: whatever is left of that can change nothing any more."""
        self._life.is_over = True
        self._dies_at = 0

    def kill(self) -> None:
        """Its process dies, and the machine does not: all that was written is there."""
        self.freeze()
        old, self._life = self._life, self._begin()
        self._life.entries = old.entries
        for name, inode in _files_below(old.directory):
            new = self._life.directory / name
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(old.directory / name, new)
            if inode in old.files:
                self._life.files[_inode_of(new)] = old.files[inode]
        shutil.rmtree(old.directory, ignore_errors=True)

    def lose_power(self) -> None:
        """The machine stops: of what was not synced something is there, or all or nothing."""
        self.freeze()
        left: dict[str, File | bytes] = {}
        for name, inode in _files_below(self.directory):
            known = self._life.files.get(inode)
            left[name] = (self.directory / name).read_bytes() if known is None else known
        entries = self._life.entries
        for entry in reversed(entries[self.random.randint(0, len(entries)) :]):
            if not entry.is_new:
                left[entry.path] = entry.file
            elif left.get(entry.path) is entry.file:  # else it has got another name since
                del left[entry.path]
        old, self._life = self._life, self._begin()
        for name in sorted(left):
            found = left[name]
            new = self._life.directory / name
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(found.left(self.random) if isinstance(found, File) else found)
        shutil.rmtree(old.directory, ignore_errors=True)

    def _begin(self) -> _Life:
        self._lives += 1
        directory = self._root / str(self._lives)
        directory.mkdir(mode=0o700)
        return _Life(directory)

    def _failing(self, life: _Life, chance: float, code: int, what: str) -> int:
        """Whether the operation that is to begin fails: by which code, or `OK`."""
        if life.is_over:
            return code
        self.operations += 1
        if self.operations == self._dies_at:
            self.freeze()
            self._death()
            return code
        if self.operations == self._fails_at or (chance and self.random.random() < chance):
            self._tell(what)
            return code
        return OK

    def _tell(self, what: str) -> None:
        self.failures += 1
        self.on_failure(what)

    # -- what SQLite does (`sqlite.Volume`)

    @property
    def watches_reads(self) -> bool:
        return self._faults.read > 0

    def holds(self, path: str) -> bool:
        return path.startswith(self._prefix)

    def opening(self, path: str, is_new: bool) -> int:
        if self.is_frozen or not path.startswith(f"{self.directory}{os.sep}"):
            return sqlite3.SQLITE_CANTOPEN  # by what is left of a process that is dead
        if not is_new:
            return OK
        return self._failing(self._life, self.faults.write, sqlite3.SQLITE_CANTOPEN, "a new file")

    def opened(
        self, path: str, is_new: bool, syncs_directory: bool, content: Callable[[], bytes]
    ) -> _Handle:
        life, inode = self._life, _inode_of(Path(path))
        found = content()
        file = life.files.get(inode)
        # Another one may have its number by now, if it was deleted without SQLite.
        if file is None or is_new or file.size != len(found):
            file = life.files[inode] = File.holding(found)
        if is_new:
            life.entries.append(_Entry(life.name_of(path), file, True))
        return _Handle(file, life, syncs_directory)

    def reading(self, handle: _Handle, offset: int, size: int) -> int:
        chance = self.faults.read
        if not chance or handle.life.is_over or self.random.random() >= chance:
            return OK
        self._tell("a read")
        return sqlite3.SQLITE_IOERR_READ

    def writing(self, handle: _Handle, offset: int, data: bytes) -> tuple[int, int]:
        code = self._failing(handle.life, self.faults.write, sqlite3.SQLITE_IOERR_WRITE, "a write")
        if code:
            return code, 0 if handle.life.is_over else self.random.randint(0, len(data))
        if self.is_full and offset + len(data) > handle.file.size:
            self._tell("a write, for want of room")
            return sqlite3.SQLITE_FULL, 0
        return OK, len(data)

    def wrote(self, handle: _Handle, offset: int, data: bytes) -> None:
        handle.file.write(offset, data)

    def truncate(self, handle: _Handle, size: int, act: Callable[[], int]) -> int:
        code = self._failing(
            handle.life, self.faults.write, sqlite3.SQLITE_IOERR_TRUNCATE, "a truncation"
        )
        code = code or act()
        if not code:
            handle.file.truncate(size)
        return code

    def syncing(self, handle: _Handle) -> int:
        code = self._sync(handle.life, handle.file)
        if not code and handle.syncs_directory:
            handle.syncs_directory = False
            handle.life.entries.clear()
        return code

    def delete(self, path: str, is_synced: bool, act: Callable[[], int]) -> int:
        life = self._life
        if not path.startswith(f"{life.directory}{os.sep}"):
            return sqlite3.SQLITE_IOERR_DELETE  # of an earlier life
        code = self._failing(life, self.faults.write, sqlite3.SQLITE_IOERR_DELETE, "a deletion")
        if code:
            return code
        file = life.files.get(_inode_of(Path(path))) if os.path.exists(path) else None
        code = act()
        if not code and file is not None:
            life.entries.append(_Entry(life.name_of(path), file, False))
            if is_synced:
                life.entries.clear()
        return code

    # -- what Python does

    def _sync_descriptor(self, descriptor: int) -> bool:
        """Sync a file or the directory, if it is one of those SQLite writes; whether it is.

        Raises `OSError` as fsync(2).
        """
        life, status = self._life, os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            is_ours = _inode_of(life.directory) == (status.st_dev, status.st_ino)
            if is_ours and not life.is_over:
                life.entries.clear()
            return is_ours
        file = life.files.get((status.st_dev, status.st_ino))
        if file is None:
            return False
        if self._sync(life, file):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return True

    def _write_descriptor(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write to a file, if it is one of those SQLite writes. Raises `OSError` as pwrite(2)."""
        life, status = self._life, os.fstat(descriptor)
        file = life.files.get((status.st_dev, status.st_ino))
        if file is None:
            return
        if self._failing(life, self.faults.write, errno.EIO, "a write"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        file.write(offset, data)

    def _sync(self, life: _Life, file: File) -> int:
        failures = self.failures
        code = self._failing(life, self.faults.sync, sqlite3.SQLITE_IOERR_FSYNC, "a sync")
        if not code:
            file.sync()
        elif self.failures != failures:
            file.fail_to_sync(self.random)
        if self.seconds and not life.is_over:
            self._owed += self.random.expovariate(1 / self.seconds)
        return code


def _inode_of(path: Path) -> _Inode:
    status = path.stat()
    return status.st_dev, status.st_ino


def _files_below(directory: Path) -> list[tuple[str, _Inode]]:
    """The files of a directory that are to outlive the process, by name, in the order of those."""
    return [
        (str(path.relative_to(directory)), _inode_of(path))
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.name.endswith(_INDEX)
    ]
