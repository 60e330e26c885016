"""A server's archive, opened as its configuration says.

Law: argon2, SCRAM and the rest are imported with it: a server without accounts starts without them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from trio_chat.archive.archive import SqliteArchive
from trio_chat.config import Config
from trio_chat.names import case_mapping
from trio_chat.store.damage import told
from trio_chat.store.database import Store
from trio_chat.store.lock import locked
from trio_chat.wire.casemapping import CaseMapping


@contextmanager
def archive_of_server(
    config: Config, directory: Path, *, clock: Callable[[], float] = time.time
) -> Iterator[SqliteArchive]:
    """The archive in a data directory, for the one server there is on it.

    `clock` tells the Unix time. Raises `StoreError` if there is another one, or the archive cannot
    be used.
    """
    with locked(directory), Store(directory, checked=True) as store:
        try:
            archive = open_archive(config, store, clock=clock)
        except sqlite3.Error as error:
            raise told(store.path, error) from error
        yield archive


def open_archive(
    config: Config,
    store: Store,
    *,
    names: CaseMapping | None = None,
    clock: Callable[[], float] = time.time,
) -> SqliteArchive:
    """The archive in a store. Raises `StoreError` if its names clash under the case mapping.

    `names` takes the place of the configuration's case mapping.
    """
    return SqliteArchive(
        store,
        names or case_mapping(config.settings.casemapping),
        nick_length=config.settings.limits.nick_length,
        network=config.settings.network,
        passwords=config.passwords,
        tokens=config.tokens,
        mail=config.mail,
        history=config.history,
        clock=clock,
    )
