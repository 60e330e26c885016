"""The lock that says that a server runs on a data directory: one at a time.

Laws:

* It ends with the process, however that ends: there is nothing to be removed after a crash.
* The commands that work beside a running server do not take it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trio_chat.store.damage import StoreError, told
from trio_chat.store.files import make_directory

LOCK_NAME = "trio-chat.lock"
"""In the data directory: it is locked, and holds the number of the process that has locked it."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Be the only server on a data directory, until the block ends.

    Raises `StoreError` if another one is, or the directory cannot be used.
    """
    path = directory / LOCK_NAME
    try:
        make_directory(directory)
        # flock(2): a child that inherited it would hold the lock, too. Python lets none.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise told(path, error) from error
    try:
        _lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace")
        process = f" (process {owner})" if owner.isdecimal() else ""
        raise StoreError(
            f"another server{process} is running with its data in {directory}: stop it first, or "
            "give this one another --data"
        ) from error
    except OSError as error:  # a network file system without locks
        raise told(directory / LOCK_NAME, error) from error
    with suppress(OSError):  # there is no room to say whose it is; it is locked all the same
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
