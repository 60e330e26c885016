"""What was entered, kept between runs: a file that only grows at its end, one line an entry.

Laws:

* No password is kept (`secrets`), nor what begins with a space; the file is the user's alone.
* Several clients may keep into it at once: each entry is one write at the end.
* A disk that is full or broken is told of once, and hinders nobody in typing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs
from prompt_toolkit.history import History

from trio_chat.client.screen.secrets import may_hold_secret
from trio_chat.client.text import typed

MOST_ENTRIES = 5_000
"""Entries that are remembered: years of talk, and copied for each new line in 2 ms."""

MOST_BYTES = 1_000_000
"""Of the file, and as much of the one before it: more than so many entries usually are."""

LONGEST_ENTRY = 10_000
"""Characters of an entry that is kept: what is longer was pasted."""

_STALE = 60.0
"""Seconds after which whoever was putting the file aside must have died of it."""


def entered_path() -> Path:
    """Where it is kept."""
    return platformdirs.user_data_path("trio-chat", appauthor=False) / "entered"


class Entered(History):
    """The entries of a person; without a `path` they are remembered until the end of the run."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self._path = path
        self._told = False
        self.where: Callable[[], str] = lambda: ""
        """The conversation that is typed in: with a service, any line may hold a password."""
        self.tell: Callable[[str], None] = lambda text: None
        """What to do with a complaint."""

    def load_history_strings(self) -> Iterable[str]:
        """The latest first."""
        if self._path is None:
            return []
        entries: list[str] = []
        for path in (_older(self._path), self._path):
            try:
                entries += _read(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._complain(error)
        return list(dict.fromkeys(reversed(entries)))[:MOST_ENTRIES]

    def append_string(self, string: str) -> None:
        """Remember an entry, and keep it, unless it is not to be."""
        if string.startswith(" ") or may_hold_secret(string, self.where()):
            return
        super().append_string(string)
        del self._loaded_strings[MOST_ENTRIES:]

    def store_string(self, string: str) -> None:
        """Add an entry to the file; an error is told, and never raised."""
        if self._path is None or len(string) > LONGEST_ENTRY:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _put_aside(self._path)
            _append(self._path, json.dumps(string))
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            self.tell(f"what you enter is not kept for the next time: {error}")


def _older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _append(path: Path, line: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    descriptor = os.open(path, flags, 0o600)
    try:
        # A line end first as well: another's entry may have been cut off by a full disk.
        os.write(descriptor, f"\n{line}\n".encode())
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[str]:
    """The entries in a file; what is none, or was cut off, is passed over."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - 2 * MOST_BYTES, 0))
        lines = file.read(2 * MOST_BYTES).split(b"\n")
    return [entry for line in lines if line and (entry := _entry(line))]


def _entry(line: bytes) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return ""
    return typed(found)[:LONGEST_ENTRY] if isinstance(found, str) else ""


def _put_aside(path: Path) -> None:
    """Begin the file anew when it is long; of several clients only one does."""
    if not _is_long(path):
        return
    lock = path.with_name(f"{path.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if time.time() - lock.stat().st_mtime > _STALE:
            lock.unlink()  # the next entry tries again
        return
    try:
        if _is_long(path):
            os.replace(path, _older(path))
    finally:
        lock.unlink()


def _is_long(path: Path) -> bool:
    try:
        return path.stat().st_size > MOST_BYTES
    except FileNotFoundError:
        return False
