"""The database file of a server: opened, checked, brought to the present schema.

Laws:

* A file of an unknown kind, of a later version, or that is damaged is left as it is: it is looked
  at by a connection that cannot write before there is one that can.
* Every change of the schema is one step of `schema`, all that are due applied in one transaction,
  after the file was copied.
* One connection that writes for all threads of a process, under a lock, and a few that only read,
  which wait for nobody.
* Who writes takes SQLite's lock first (BEGIN IMMEDIATE): a transaction that read before it writes
  could not be sure of what it has read, or would fail when it does.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType

from trio_chat.store.damage import StoreError as StoreError
from trio_chat.store.damage import check_files, check_pages, read_only, size, told
from trio_chat.store.files import copy_database, make_directory, write_again
from trio_chat.store.schema import MIGRATIONS

FILE_NAME = "trio-chat.sqlite3"

APPLICATION_ID = int.from_bytes(b"trio")
"""What SQLite's header says whose file it is (SQLite, "PRAGMA application_id")."""

BUSY_SECONDS = 5.0
"""How long to wait for another process that writes: none of ours takes more than some ms."""

CHECKPOINT_PAGES = 1000
"""Pages of the log beyond which SQLite brings it into the file: 4 MB, as SQLite has it."""

LOG_BYTES = 4 * CHECKPOINT_PAGES * 1024
"""Size of the log beyond which every transaction is synced, until the log is begun anew."""

READERS = 4
"""Connections that are kept for reading: as many as read at once, and each has 2 MB of pages."""

_MIGRATIONS = MIGRATIONS


class Store:
    """What a server keeps between its runs, in `<directory>/trio-chat.sqlite3`.

    A `directory` of None stands for memory: what ends with the process. With `checked`, damage is
    looked for first (`damage.check_pages`). Raises `StoreError` if the directory or the file cannot
    be used; then the file is as it was.
    """

    def __init__(self, directory: Path | None, *, checked: bool = False) -> None:
        self.path = Path(":memory:") if directory is None else directory / FILE_NAME
        self._log = self.path.with_name(f"{self.path.name}-wal")
        self._lock = RLock()
        self._pool_lock = Lock()
        """Not the other: that is held by who writes, be it to a disk that hangs."""
        self._is_in_memory = directory is None
        self._is_closed = False
        self._is_synced = True
        self._is_log_whole = True
        self._readers: deque[sqlite3.Connection] = deque()
        try:
            if directory is not None:
                self._prepare(directory, checked)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise told(self.path, error) from error
        try:
            ((mode,),) = self._connection.execute("PRAGMA journal_mode = WAL").fetchall()
            if mode not in ("wal", "memory"):
                # SQLite says no more of what has failed (SQLite, "PRAGMA journal_mode"). Without
                # the log, what was committed could come undone with the power.
                raise sqlite3.OperationalError("a write-ahead log cannot be had")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").fetchall()
            # A log that is begun anew is cut to this, so that its size says how long it is.
            self._connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}").fetchall()
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            # What is erased is overwritten, and not only forgotten where it stands.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._migrate()
            if checked:
                with suppress(sqlite3.OperationalError):  # somebody may be reading, for long
                    self._renew_log()  # a disk may have failed under the server that was there
        except (OSError, sqlite3.Error) as error:
            self._connection.close()
            raise told(self.path, error) from error
        except StoreError:
            self._connection.close()
            raise

    def _prepare(self, directory: Path, checked: bool) -> None:
        """Have a file that is ours, or is to be."""
        make_directory(directory)
        check_files(self.path)
        if not self.path.exists():  # in a directory that was there and is open to others
            self.path.touch(mode=0o600)
        # Before it is opened: even a change of the journal mode would be written to the file. What
        # was broken off as the file was made, SQLite must undo before anybody can read it.
        if size(self.path) and not size(self.path.with_name(f"{FILE_NAME}-journal")):
            with closing(read_only(self.path)) as db:
                self._check(db)
                if checked:
                    check_pages(self.path, db)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._pool_lock:
            self._is_closed = True
            while self._readers:
                self._readers.pop().close()
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self, *, synced: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is on disk when the block ends or, by an exception, none.

        Without `synced` the operating system has it, and it is on disk with the next one that is.
        Raises `sqlite3.Error` if the disk is full, or others write for too long.
        """
        with self._lock:
            if not self._is_log_whole:
                self._renew_log()
            self._sync_next(synced or size(self._log) > LOG_BYTES)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR:
                    self._is_log_whole = False
                if self._connection.in_transaction:  # some errors have rolled it back by themselves
                    self._connection.execute("ROLLBACK")
                raise

    def _sync_next(self, is_synced: bool) -> None:
        """Have the next transaction synced, or not.

        The log is brought into the file by SQLite after one that is, and no other. Before that it
        syncs the log, and when this fails it tells nobody (`sqlite3WalDefaultHook`): what of it was
        not on the disk by then never would be (see `_renew_log`).
        """
        if is_synced is not self._is_synced:
            level, pages = ("FULL", CHECKPOINT_PAGES) if is_synced else ("NORMAL", 0)
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {pages}").fetchall()
            self._is_synced = is_synced

    def _renew_log(self) -> None:
        """Bring all of the log into the file, and begin another one. Raises `sqlite3.Error`.

        What an fsync has failed to write is lost with the power, though whoever reads finds it
        until then, and the next fsync succeeds (fsync(2), "EIO"). It may have been a transaction
        that was not to be synced yet; then all would be lost that is appended after it.

        All is written to the log once more before, so that it is there: else, if the power went
        while it is brought into the file, the pages there would be torn, and nowhere whole.
        """
        self._connection.execute("BEGIN IMMEDIATE")  # nobody appends to it meanwhile
        try:
            if size(self._log):
                write_again(self._log)
        except OSError as error:
            raise sqlite3.OperationalError(f"disk I/O error ({error.strerror})") from error
        finally:
            self._connection.execute("ROLLBACK")
        ((busy, *_),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            raise sqlite3.OperationalError("a disk error has left a log that others are reading")
        self._is_log_whole = True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database to look at, as it was when the block began, whoever writes meanwhile."""
        with self._lock, _looking(self._connection):
            yield self._connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """The database as it is when it is first looked at, by a connection that cannot write.

        It waits for nobody who writes, and nobody for it: the way to read for long. Only a store in
        memory has no other connection.
        """
        if self._is_in_memory:
            with self.reading() as db:
                yield db
            return
        connection = self._take_reader()
        try:
            with _looking(connection):
                yield connection
        finally:
            self._give_back(connection)

    def _take_reader(self) -> sqlite3.Connection:
        try:
            return self._readers.pop()
        except IndexError:
            return read_only(self.path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._pool_lock:
            if len(self._readers) < READERS and not self._is_closed:
                self._readers.append(connection)
                return
        connection.close()

    def wipe(self) -> None:
        """Have what was erased leave the write-ahead log too, if nobody is reading in it."""
        with self._lock:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError:
                self._is_log_whole = False
                raise

    def start_boot(self, at: float) -> int:
        """Enter a start of the server, at this Unix time; a number no other start has."""
        with self.writing() as db:
            cursor = db.execute("INSERT INTO boots (started) VALUES (?)", (at,))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _check(self, db: sqlite3.Connection) -> int:
        """The version of the file's schema, 0 for a new file; raises `StoreError` if not ours."""
        version = _ask(db, "PRAGMA user_version")
        if _ask(db, "PRAGMA application_id") != APPLICATION_ID and (
            version or _ask(db, "SELECT count(*) FROM sqlite_schema")
        ):
            raise StoreError(f"{self.path} is no database of trio-chat; it was left as it is")
        if version > len(_MIGRATIONS):
            raise StoreError(
                f"{self.path} was written by a later version of trio-chat (schema {version}, "
                f"this one knows {len(_MIGRATIONS)}); it was left as it is"
            )
        return version

    def _migrate(self) -> None:
        if self._check(self._connection) == len(_MIGRATIONS):
            return  # nothing to do: a running server keeps the lock
        with self.writing() as db:  # two servers may start on one directory at once
            version = self._check(db)
            if 0 < version < len(_MIGRATIONS):
                copy_database(self.path, self.path.with_name(f"{FILE_NAME}.before-{version + 1}"))
            for step in _MIGRATIONS[version:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


@contextmanager
def _looking(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:  # a disk error ends it by itself
            db.execute("ROLLBACK")


def _ask(db: sqlite3.Connection, question: str) -> int:
    (answer,) = db.execute(question).fetchone()
    assert isinstance(answer, int)
    return answer
