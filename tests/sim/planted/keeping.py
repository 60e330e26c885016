"""Planted in what is kept: when it counts as kept, and what is found of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tests.sim.planted.bug import Swap, bug
from trio_chat.archive.archive import SqliteArchive
from trio_chat.archive.fresh import since
from trio_chat.archive.history import FILED_BYTES
from trio_chat.archive.lines import Line
from trio_chat.archive.reading import Past, _Stretch
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.events import Restored
from trio_chat.core.history import Place
from trio_chat.core.records import Record
from trio_chat.net.link import Link
from trio_chat.net.recorder import Recorder
from trio_chat.store import journal
from trio_chat.store.database import Store
from trio_chat.store.history import Table


@bug("A message is acknowledged to its sender, and lost with the power.", "acknowledged is kept")
def echo_before_commit() -> tuple[Swap, ...]:
    """The echo is sent with all other deliveries, and not when the message is on the disk."""

    def hold(self: Link, since: int) -> None:
        return None

    return (Swap(Link, "hold", hold),)


@bug(
    "A message is acknowledged to its sender though the disk has refused it.",
    "acknowledged is kept",
)
def commit_unchecked() -> tuple[Swap, ...]:
    """A commit that fails is logged by the disk's owner, and the batch goes on as if written."""
    write = Recorder._try_to_write

    async def write_and_hope(
        self: Recorder, records: Sequence[Record], history: Sequence[Chronicle | Conclude]
    ) -> None:
        await write(self, records, history)

    return (Swap(Recorder, "_try_to_write", write_and_hope),)


@bug("What was said last before a restart is not in the history after it.", "acknowledged is kept")
def restart_forgets() -> tuple[Swap, ...]:
    """What an earlier run has left in the journal is taken for filed, and thrown away."""
    restore = SqliteArchive._restore

    def restore_anew(self: SqliteArchive, at: float) -> Restored:
        with self.store.writing() as db:
            while journal.take(db, FILED_BYTES):
                pass
        return restore(self, at)

    return (Swap(SqliteArchive, "_restore", restore_anew),)


@bug(
    "Two messages have the same id.",
    "one message for all",
    "one message for each id",
    "acknowledged is kept",
)
def msgid_reused() -> tuple[Swap, ...]:
    """Ids are counted from the start of the server, and every start is the first."""
    start_boot = Store.start_boot

    def start_first_boot(self: Store, at: float) -> int:
        start_boot(self, at)
        return 1

    return (Swap(Store, "start_boot", start_first_boot),)


@bug(
    "Of two pages of a history, one behind the other, both have the same message.",
    "acknowledged is kept",
)
def page_overlaps() -> tuple[Swap, ...]:
    """What is before a message ends with that message."""
    bounds = _Stretch.bounds

    def bounds_with_it(self: _Stretch, table: Table) -> tuple[int, int]:
        low, high = bounds(self, table)
        return low, high + 1 if self.high is not None and high < journal.LAST else high

    return (Swap(_Stretch, "bounds", bounds_with_it),)


@bug(
    "A message is in the history, but not while it is the first that is not filed.",
    "no hole in a page",
)
def seam_lost() -> tuple[Swap, ...]:
    """What is in memory counts from behind the number with which the journal begins."""
    look = Past.__init__

    def look_behind(self: Past, db: sqlite3.Connection, place: Place, fresh: list[Line]) -> None:
        look(self, db, place, fresh)
        oldest = journal.oldest(db)
        self._fresh = since(fresh, oldest + 1 if oldest < journal.LAST else oldest)

    return (Swap(Past, "__init__", look_behind),)
