"""Histories as they leave the archive: line by line, whoever writes meanwhile.

Laws:

* What leaves is of one moment for each place, in the order of its sequences; no more of it is in
  memory than `AT_ONCE` lines of a table, and what is not filed.
* It is read by connections that cannot write, and keeps no server from anything.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from trio_chat.archive.fresh import Fresh, since
from trio_chat.archive.lines import Line, decode, lines_of_rows
from trio_chat.core.history import Place
from trio_chat.store import accounts, history, journal, places
from trio_chat.store.database import Store
from trio_chat.store.history import Table
from trio_chat.store.places import PlaceRow

AT_ONCE = 1_000
"""Lines that are read at once: some 5 ms."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The history of one place; `ended` is when it did (a Unix time), None for one that goes on.

    `names` are the name of a room, or the two accounts of a conversation.
    """

    row: PlaceRow
    place: Place
    names: tuple[str, ...]
    ended: float | None


def unfiled(store: Store) -> Fresh:
    """What a server that may be running has written and not filed."""
    fresh = Fresh()
    with store.snapshot() as db:
        for lines in journal.all_lines(db):
            fresh.add(decode(lines))
    return fresh


def shelves(store: Store, fresh: Fresh) -> list[Shelf]:
    """All histories there are: of rooms, those that have ended among them, and of accounts."""
    found: list[Shelf] = []
    with store.snapshot() as db:
        ended = places.ended(db)
        by_number = accounts.own_names(db)
        rows = places.all_places(db)
    known: set[Place] = set()
    for row in rows:
        if row.one is None or row.other is None:
            # One that has ended goes by a name that no room can have.
            place: Place = row.folded or f" {row.id}"
            found.append(Shelf(row, place, (row.name,), ended.get(row.id)))
        elif row.one in by_number and row.other in by_number:
            one, other = sorted((by_number[row.one], by_number[row.other]))
            place = (one[0], other[0])
            found.append(Shelf(row, place, (one[1], other[1]), None))
        else:
            continue
        known.add(place)
    for place in fresh.places():
        if place not in known:  # nothing of it is filed yet
            first = fresh.of(place)[0]
            name = first.params[0] if first.params else str(place)
            names = (name,) if isinstance(place, str) else place
            found.append(Shelf(PlaceRow(0, None, name, None, None, False), place, names, None))
    return found


def lines_of(
    store: Store, shelf: Shelf, fresh: Fresh, after: int | None = None, before: int | None = None
) -> Iterator[Line]:
    """What was said and done at a place within two times (in ms, ends included)."""
    its = fresh.of(shelf.place)
    with store.snapshot() as db:
        its = since(its, journal.oldest(db))
        tables: tuple[Table, ...] = ("messages", "events")
        filed = [_filed(db, table, shelf, after, before) for table in tables]
        for line in heapq.merge(*filed, key=_sequence):
            yield line
    for line in its:
        if (after is None or line.at >= after) and (before is None or line.at <= before):
            yield line


def _filed(
    db: sqlite3.Connection, table: Table, shelf: Shelf, after: int | None, before: int | None
) -> Iterator[Line]:
    number, name = shelf.row.id, shelf.row.name
    low: int | None = 0
    high: int | None = journal.LAST
    if after is not None:
        low = history.first_since(db, table, number, after)
    if before is not None:
        high = history.first_since(db, table, number, before + 1)
    while low is not None:
        text = history.read(
            db, table, number, low, journal.LAST if high is None else high, AT_ONCE, latest=False
        )
        lines = lines_of_rows(text, shelf.place, name)
        yield from lines
        if len(lines) < AT_ONCE:
            return
        low = lines[-1].sequence + 1


def _sequence(line: Line) -> int:
    return line.sequence
