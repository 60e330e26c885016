"""The database file of a server: opened, checked, brought to the present schema.

Laws: a file of an unknown kind or of a later version is left as it is; every change of the schema
is one entry of `_MIGRATIONS`, applied in one transaction.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

FILE_NAME = "trio-chat.sqlite3"

APPLICATION_ID = int.from_bytes(b"trio")
"""What SQLite's header says whose file it is (SQLite, "PRAGMA application_id")."""

_MIGRATIONS = (
    # 1: every start of the server, so that message ids never repeat
    "CREATE TABLE boots (id INTEGER PRIMARY KEY, started REAL NOT NULL)",
)


class StoreError(Exception):
    """The data directory cannot be used; the text says which, and why."""


class Store:
    """What a server keeps between its runs, in `<directory>/trio-chat.sqlite3`.

    Raises `StoreError` if the directory or the file cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        try:
            # Chats are private: nobody else on the machine may look in.
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open {self.path}: {error}") from error
        try:
            self._check()  # first: even a change of the journal mode would be written to the file
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except sqlite3.Error as error:
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
        self._connection.close()

    def _check(self) -> int:
        """The version of the file's schema, 0 for a new file; raises `StoreError` if not ours."""

        def ask(question: str) -> int:
            (answer,) = self._connection.execute(question).fetchone()
            assert isinstance(answer, int)
            return answer

        version = ask("PRAGMA user_version")
        if ask("PRAGMA application_id") != APPLICATION_ID and (
            version or ask("SELECT count(*) FROM sqlite_schema")
        ):
            raise StoreError(f"{self.path} is no database of trio-chat; it was left as it is")
        if version > len(_MIGRATIONS):
            raise StoreError(
                f"{self.path} was written by a later version of trio-chat (schema {version}, "
                f"this one knows {len(_MIGRATIONS)}); it was left as it is"
            )
        return version

    def _migrate(self) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")  # two servers may start on one directory at once
        version = self._check()
        for statement in _MIGRATIONS[version:]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        connection.execute("COMMIT")

    def start_boot(self, at: float) -> int:
        """Enter a start of the server, at this Unix time; a number no other start has."""
        cursor = self._connection.execute("INSERT INTO boots (started) VALUES (?)", (at,))
        assert cursor.lastrowid is not None
        return cursor.lastrowid
