"""Bringing in what was said elsewhere, or here before: into the past of the places it names.

Laws:

* What is brought in is before all that this server's runs have said: it is of run 0, its number
  there made of its time. So it lies in order, whichever file came first; and what is not before
  the first that was said at its place is left out, or times would go back in its history.
* What is there already is not taken again: by its msgid, or, of what has come from elsewhere, by
  its place, time, sender and text. So many times as it is in a file, it is in the history.
* All of a lot is there, or none. Who joined and left is not brought in.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from trio_chat.archive import filing
from trio_chat.archive.amending import find_place
from trio_chat.archive.lines import SAID, Line
from trio_chat.core.history import Place, msgid_of, sequence_of
from trio_chat.store import accounts, history
from trio_chat.store.database import Store
from trio_chat.store.places import PlaceRow

FIRST_RUN = sequence_of("1-0")
"""The sequence with which begins what was said here."""

ORIGIN = 567_993_600_000
"""The time of the first number, in milliseconds: 1988, the year of the first chat of this kind."""

STEP = 2
"""Milliseconds for a number: so the 2^40 of a run last until 2057."""

CROWD = 30_000
"""Numbers among which those of one time are looked for: a minute of them. Of what is known to the
second or the minute alone, all have one time, and the numbers that follow it."""

LOT = 500
"""Lines that are filed in one transaction: some 20 ms."""

REMEMBERED = 100_000
"""Msgids of a file of which it is remembered what they are now, so that answers find what they
answer: 20 MB."""

_ABOUT = ("+draft/reply", "+reply")
"""The tags that name a message."""


@dataclass(slots=True)
class Counts:
    """What has become of the lines of a file."""

    taken: int = 0
    known: int = 0
    """There already."""
    late: int = 0
    """Not before the first that was said at their place."""
    done: int = 0
    """Not said, but done."""
    nobodys: int = 0
    """Between two of whom one has no account."""


class Importing:
    """Takes lines in, while no server runs. `fold` folds names.

    The lines of one place should be in the order of their times.
    """

    def __init__(self, store: Store, fold: Callable[[str], str]) -> None:
        self.counts = Counts()
        self._store = store
        self._fold = fold
        self._renamed: OrderedDict[str, str] = OrderedDict()
        self._moment: tuple[Place, int] | None = None
        self._there: dict[tuple[str, str, str], int] = {}
        self._chain = (0, 0)
        self._given: set[int] = set()

    def take(self, lines: Iterable[Line]) -> None:
        """Take these in. Raises `sqlite3.Error`; then all lots before are there."""
        lot: list[Line] = []
        for line in lines:
            if line.command not in SAID:
                self.counts.done += 1
                continue
            lot.append(line)
            if len(lot) == LOT:
                self._take_lot(lot)
                lot = []
        self._take_lot(lot)

    def _take_lot(self, lot: list[Line]) -> None:
        counts = self.counts
        with self._store.writing() as db:
            places = {line.place: find_place(db, line.place) for line in lot}
            begins = {
                place: history.first_said_at(db, row.id, FIRST_RUN)
                for place, row in places.items()
                if row is not None
            }
            chosen: list[Line] = []
            for line in lot:
                row = places[line.place]
                begin = begins.get(line.place)
                if isinstance(line.place, tuple) and len(accounts.numbers(db, line.place)) < len(
                    set(line.place)
                ):
                    counts.nobodys += 1
                elif row is not None and self._is_there(db, row.id, line):
                    counts.known += 1
                elif begin is not None and line.at >= begin:
                    counts.late += 1
                else:
                    chosen.append(self._fitted(db, row, line))
            filing.put(db, chosen, self._fold)
        self._given.clear()
        counts.taken += len(chosen)

    def _is_there(self, db: sqlite3.Connection, place: int, line: Line) -> bool:
        """Whether this very message is there, or as many like it as the file has had by now."""
        text = line.params[1]
        if history.has_message(db, place, line.sequence, line.at, text):
            return True
        if self._moment != (line.place, line.at):
            self._moment = (line.place, line.at)
            low = _number(line.at)
            self._there = history.count_alike(db, place, low, low + CROWD, line.at)
        its = (line.command, line.source, text)
        left = self._there.get(its, 0)
        self._there[its] = left - 1
        return left > 0

    def _fitted(self, db: sqlite3.Connection, row: PlaceRow | None, line: Line) -> Line:
        """A line with the number that is its own from now on, as its place is known here."""
        number = self._free(db, _number(line.at))
        msgid = msgid_of(number)
        tags = {**line.tags, "msgid": msgid}
        for key in _ABOUT:
            if key in tags:
                tags[key] = self._renamed.get(tags[key], tags[key])
        if old := line.tags.get("msgid"):
            self._renamed[old] = msgid
            if len(self._renamed) > REMEMBERED:
                self._renamed.popitem(last=False)
        params, is_closed = line.params, isinstance(line.place, tuple)
        if row is not None and row.folded is not None:
            is_closed = bool(row.is_closed)
            if self._fold(params[0]) == row.folded:
                params = (row.name, *params[1:])
        return msgspec.structs.replace(
            line, sequence=number, tags=tags, params=params, is_closed=is_closed
        )

    def _free(self, db: sqlite3.Connection, number: int) -> int:
        """The first number from this one on that no message has."""
        begin, end = self._chain
        if not begin <= number < end:
            begin = end = number
        free = history.free_number(db, end)
        while free in self._given:  # and not filed yet
            free = history.free_number(db, free + 1)
        self._given.add(free)
        self._chain = (begin, free + 1)
        return free


def _number(at: int) -> int:
    """The number that a time stands for."""
    return min(max(1, (at - ORIGIN) // STEP), FIRST_RUN - 1)
