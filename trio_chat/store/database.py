"""The database file of a server: opened, checked, brought to the present schema.

Laws:

* A file of an unknown kind or of a later version is left as it is; every change of the schema is
  one step of `schema`, all that are due applied in one transaction, after the file was copied.
* One connection for all threads of a process, under a lock.
* Who writes takes SQLite's lock first (BEGIN IMMEDIATE): a transaction that read before it writes
  could not be sure of what it has read, or would fail when it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType

from trio_chat.store.schema import MIGRATIONS

FILE_NAME = "trio-chat.sqlite3"

APPLICATION_ID = int.from_bytes(b"trio")
"""What SQLite's header says whose file it is (SQLite, "PRAGMA application_id")."""

BUSY_SECONDS = 5.0
"""How long to wait for another process that writes: none of ours takes more than some ms."""

_MIGRATIONS = MIGRATIONS


class StoreError(Exception):
    """The data directory cannot be used; the text says which, and why."""


class Store:
    """What a server keeps between its runs, in `<directory>/trio-chat.sqlite3`.

    A `directory` of None stands for memory: what ends with the process. Raises `StoreError` if the
    directory or the file cannot be used.
    """

    def __init__(self, directory: Path | None) -> None:
        self.path = Path(":memory:") if directory is None else directory / FILE_NAME
        self._lock = RLock()
        try:
            if directory is not None:
                # Chats are private: nobody else on the machine may look in.
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not self.path.exists():  # in a directory that was there and is open to others
                    self.path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open {self.path}: {error}") from error
        try:
            self._check()  # first: even a change of the journal mode would be written to the file
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            # What is erased is overwritten, and not only forgotten where it stands.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            self._connection.close()
            raise StoreError(f"cannot use {self.path}: {error}") from error
        except StoreError:
            self._connection.close()
            raise

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
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is on disk when the block ends or, by an exception, none.

        Raises `sqlite3.Error` if the disk is full, or others write for too long.
        """
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # some errors have rolled it back by themselves
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database to look at, as it was when the block began, whoever writes meanwhile."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def wipe(self) -> None:
        """Have what was erased leave the write-ahead log too, if nobody is reading in it."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def start_boot(self, at: float) -> int:
        """Enter a start of the server, at this Unix time; a number no other start has."""
        with self.writing() as db:
            cursor = db.execute("INSERT INTO boots (started) VALUES (?)", (at,))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _ask(self, question: str) -> int:
        (answer,) = self._connection.execute(question).fetchone()
        assert isinstance(answer, int)
        return answer

    def _check(self) -> int:
        """The version of the file's schema, 0 for a new file; raises `StoreError` if not ours."""
        version = self._ask("PRAGMA user_version")
        if self._ask("PRAGMA application_id") != APPLICATION_ID and (
            version or self._ask("SELECT count(*) FROM sqlite_schema")
        ):
            raise StoreError(f"{self.path} is no database of trio-chat; it was left as it is")
        if version > len(_MIGRATIONS):
            raise StoreError(
                f"{self.path} was written by a later version of trio-chat (schema {version}, "
                f"this one knows {len(_MIGRATIONS)}); it was left as it is"
            )
        return version

    def _migrate(self) -> None:
        if self._check() == len(_MIGRATIONS):  # nothing to do: a running server keeps the lock
            return
        with self.writing() as db:  # two servers may start on one directory at once
            version = self._check()
            if 0 < version < len(_MIGRATIONS):
                self._back_up(self.path.with_name(f"{FILE_NAME}.before-{version + 1}"))
            for step in _MIGRATIONS[version:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    def _back_up(self, path: Path) -> None:
        """Copy the file as it was before this transaction; `path` is whole, or is not there."""
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        # By another connection, which sees nothing of what this one has not committed.
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(path)
