"""Reading history: what the chat asks for is found in the tables, and in what is not filed yet.

Laws:

* An answer is of one moment: what is taken from memory was copied before the snapshot of the tables
  was opened, and is told from what had been filed by then (see `Fresh`).
* All that is in memory is later than all that is filed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trio_chat.archive.amending import find_place
from trio_chat.archive.fresh import Fresh, since
from trio_chat.archive.lines import SAID, Line, lines_of_rows, milliseconds
from trio_chat.core.history import (
    Buffer,
    FindKept,
    Kept,
    ListBuffers,
    Page,
    Pins,
    Place,
    ReadHistory,
    ReadPins,
    Reference,
    sequence_of,
)
from trio_chat.core.playback import PAGE_BYTES, size_of
from trio_chat.core.questions import Question
from trio_chat.store import accounts, history, journal, pins
from trio_chat.store.database import Store
from trio_chat.store.history import Table

EVENTS_PER_MESSAGE = 2
"""Events that may come with a page for each message it may have. Where more comes and goes than is
said, those at the end where it was counted from are told; as many may belong to its messages."""


class Past:
    """The history of one place, as it is in one snapshot."""

    def __init__(self, db: sqlite3.Connection, place: Place, fresh: list[Line]) -> None:
        self._db = db
        self._place = place
        self._fresh = since(fresh, journal.oldest(db))
        row = find_place(db, place)
        self._id = 0 if row is None else row.id
        self._name = "" if row is None else row.name

    def read(self, table: Table, low: int, high: int, count: int, latest: bool) -> list[Line]:
        """From sequence `low` to before `high`, the first or the latest lines, in their order."""
        fresh = [
            line
            for line in self._fresh
            if low <= line.sequence < high and (line.command in SAID) is (table == "messages")
        ]
        if latest:
            fresh = fresh[-count:] if count else []
            return [*self._filed(table, low, high, count - len(fresh), latest), *fresh]
        filed = self._filed(table, low, high, count, latest)
        return [*filed, *fresh[: count - len(filed)]]

    def _filed(self, table: Table, low: int, high: int, count: int, latest: bool) -> list[Line]:
        if not (self._id and count):
            return []
        text = history.read(self._db, table, self._id, low, high, count, latest=latest)
        return lines_of_rows(text, self._place, self._name)

    def about(self, parents: Iterable[int], count: int) -> list[Line]:
        """The events that are about these messages, the first of them."""
        wanted = set(parents)
        fresh = [line for line in self._fresh if line.command not in SAID and line.parent in wanted]
        if not self._id:
            return fresh[:count]
        text = history.read_about(self._db, self._id, wanted, count)
        return [*lines_of_rows(text, self._place, self._name), *fresh][:count]

    def find(self, msgid: str) -> Line | None:
        """What has this id, said or done."""
        sequence = sequence_of(msgid)
        tables: tuple[Table, ...] = ("messages", "events")
        for table in tables:
            if found := self.read(table, sequence, sequence + 1, 1, False):
                return found[0]
        return None

    def pinned(self) -> list[Line]:
        """The messages that are pinned: all are filed, for a pin is an amendment."""
        text = history.read_these(self._db, self._id, pins.of_place(self._db, self._id))
        return lines_of_rows(text, self._place, self._name)

    def first_since(self, table: Table, at: int) -> int:
        """The sequence of the first line that is not before a time (in ms), or a later one than any
        that is."""
        if self._id:
            found = history.first_since(self._db, table, self._id, at)
            if found is not None:
                return found
        return next((line.sequence for line in self._fresh if line.at >= at), journal.LAST)

    def before(self, reference: Reference, table: Table) -> int:
        """The sequence before which all is that is before a reference."""
        if isinstance(reference, str):
            return sequence_of(reference)
        return self.first_since(table, milliseconds(reference))

    def begin(self, reference: Reference) -> int:
        """The sequence before which all is, said or done, that is before a reference."""
        return min(self.before(reference, "messages"), self.before(reference, "events"))

    def after(self, reference: Reference, table: Table) -> int:
        """The sequence with which that begins that is after a reference."""
        if isinstance(reference, str):
            return sequence_of(reference) + 1
        return self.first_since(table, milliseconds(reference) + 1)


class Reading:
    """Answers what the chat asks about history."""

    def __init__(self, store: Store, fresh: Fresh) -> None:
        self._store = store
        self._fresh = fresh
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            ReadHistory: self.read,
            FindKept: self.find,
            ReadPins: self.pins,
            ListBuffers: self.list_buffers,
        }

    def find(self, question: FindKept) -> Page:
        fresh = self._fresh.of(question.place)
        with self._store.snapshot() as db:
            found = Past(db, question.place, fresh).find(question.msgid)
        return Page(() if found is None else (found.kept(),))

    def pins(self, question: ReadPins) -> Pins:
        fresh = self._fresh.of(question.place)
        with self._store.snapshot() as db:
            past = Past(db, question.place, fresh)
            pinned = tuple(line.kept() for line in past.pinned())
            found = past.find(question.msgid)
        return Pins(pinned, None if found is None else found.kept())

    def read(self, question: ReadHistory) -> Page:
        references = (question.first, question.second)
        if any(isinstance(each, str) and not sequence_of(each) for each in references):
            return Page(())
        fresh = self._fresh.of(question.place)
        with self._store.snapshot() as db:
            return _page(Past(db, question.place, fresh), question)

    def list_buffers(self, question: ListBuffers) -> tuple[Buffer, ...]:
        fresh_rooms = {room: self._fresh.of(room) for room in question.rooms}
        fresh_talks = self._fresh.with_account(question.account) if question.account else {}
        with self._store.snapshot() as db:
            begin = journal.oldest(db)
            rooms = history.latest_in_rooms(db, question.rooms)
            number = accounts.numbers(db, [question.account]).get(question.account)
            talks = history.latest_in_conversations(db, number) if number is not None else []
            others = accounts.names(db, fresh_talks)
        buffers = [
            *_buffers(rooms, fresh_rooms, begin, None),
            *_buffers(talks, fresh_talks, begin, others),
        ]
        first, second = milliseconds(question.first), milliseconds(question.second)
        early, late = min(first, second), max(first, second)
        between = [each for each in buffers if early < milliseconds(each.at) < late]
        between.sort(key=lambda each: each.at, reverse=first > second)
        return tuple(between[: question.limit])


def _buffers(
    filed: Iterable[tuple[str, str, int]],
    fresh: Mapping[str, list[Line]],
    begin: int,
    names: Mapping[str, str] | None,
) -> Iterator[Buffer]:
    """Places with the time of their latest message; `names` are those of accounts, None for rooms.

    What is in memory counts from the sequence `begin`.
    """
    latest = {folded: (name, at) for folded, name, at in filed}
    for folded, lines in fresh.items():
        for line in reversed(since(lines, begin)):
            if line.command in SAID:
                name = line.params[0] if names is None else names.get(folded, folded)
                latest[folded] = (name, line.at)
                break
    for name, at in latest.values():
        yield Buffer(name, at / 1000, names is None)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Of what lies between two references, `count` messages, the first or the latest."""

    past: Past
    count: int
    latest: bool
    low: Reference | None = None
    high: Reference | None = None
    has_low: bool = False
    """Whether what `low` stands for is part of it."""

    def bounds(self, table: Table) -> tuple[int, int]:
        low, high = 0, journal.LAST
        if self.low is not None:
            ask = self.past.before if self.has_low else self.past.after
            low = ask(self.low, table)
        if self.high is not None:
            high = self.past.before(self.high, table)
        return low, high

    def messages(self) -> list[Line]:
        return self.past.read("messages", *self.bounds("messages"), self.count, self.latest)

    def events(self, messages: list[Line]) -> list[Line]:
        """The events among these messages; where they end because there are no more, all others."""
        low, high = self.bounds("events")
        if len(messages) == self.count:
            if self.latest:
                low = max(low, messages[0].sequence)
            else:
                high = min(high, messages[-1].sequence)
        return self.past.read("events", low, high, EVENTS_PER_MESSAGE * self.count, self.latest)


def _page(past: Past, question: ReadHistory) -> Page:
    """The page, or as much of it as is shown at once: of each stretch what is next to where it is
    counted from."""
    stretches = _stretches(past, question)
    lines: list[list[Line]] = []
    for stretch in stretches:
        found = stretch.messages()
        if question.events:
            found = sorted([*found, *stretch.events(found)], key=_sequence)
        lines.append(found)
    context = _context(past, question, [each for some in lines for each in some])
    kept: list[Kept] = []
    for stretch, some in zip(stretches, lines, strict=True):
        groups = [(line.kept(), *context.get(line.sequence, ())) for line in some]
        for group in _fitting(groups, PAGE_BYTES // len(stretches), latest=stretch.latest):
            kept += group
    return Page(tuple(kept))


def _context(past: Past, question: ReadHistory, lines: list[Line]) -> dict[int, list[Kept]]:
    """What belongs to these lines and is none of them, by the sequence of what it belongs to."""
    context: dict[int, list[Kept]] = {}
    if not question.events:
        return context
    told = {line.sequence for line in lines}
    left = PAGE_BYTES // 4  # so that a message does not have so much of it that nothing fits
    said = (line.sequence for line in lines if line.command in SAID)
    for line in past.about(said, EVENTS_PER_MESSAGE * question.limit):
        if line.sequence not in told:
            kept = line.kept(is_context=True)
            left -= size_of(kept.message)
            if left < 0:
                break
            context.setdefault(line.parent, []).append(kept)
    return context


def _fitting(groups: list[tuple[Kept, ...]], most: int, *, latest: bool) -> list[tuple[Kept, ...]]:
    """The first or the latest of these that make so many bytes together, but one at least."""
    count = size = 0
    for group in reversed(groups) if latest else groups:
        size += sum(size_of(each.message) for each in group)
        if count and size > most:
            break
        count += 1
    return groups[len(groups) - count :] if latest else groups[:count]


def _stretches(past: Past, question: ReadHistory) -> list[_Stretch]:
    """What a question asks for, in the order of time."""
    first, second, limit = question.first, question.second, question.limit
    match question.select:
        case "latest":
            return [_Stretch(past, limit, True, low=first)]
        case "before":
            return [_Stretch(past, limit, True, high=first)]
        case "after":
            return [_Stretch(past, limit, False, low=first)]
        case "between":
            if _is_earlier(past, first, second):
                return [_Stretch(past, limit, False, low=first, high=second)]
            return [_Stretch(past, limit, True, low=second, high=first)]
        case _:  # around
            return _around(past, first, limit)


def _is_earlier(past: Past, one: Reference | None, other: Reference | None) -> bool:
    assert one is not None
    assert other is not None
    if not (isinstance(one, str) or isinstance(other, str)):
        return one <= other
    return past.begin(one) <= past.begin(other)


def _around(past: Past, reference: Reference | None, limit: int) -> list[_Stretch]:
    """Half before a reference, half from it on; where there is less of the one, more of the
    other."""
    early = _Stretch(past, limit, True, high=reference)
    late = _Stretch(past, limit, False, low=reference, has_low=True)
    before, after = len(early.messages()), len(late.messages())
    count = min(after, max(limit - limit // 2, limit - before))
    halves = [replace(early, count=limit - count), replace(late, count=count)]
    return [each for each in halves if each.count]


def _sequence(line: Line) -> int:
    return line.sequence
