"""Searching history: by words, sender and time, in the places where somebody may read.

Laws:

* What is in memory and not filed yet is looked through one by one, as the index would find it.
* What was found is looked at once more, whole: whether it is of that time, and whether the words of
  a phrase stand together.
* Times grow with the sequences, within what this server's runs have said; what was brought in from
  elsewhere has its sequences by its times, before all of them (see `importing`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from trio_chat.archive.aside import aside
from trio_chat.archive.fresh import Fresh
from trio_chat.archive.lines import SAID, Line, lines_of_rows, milliseconds
from trio_chat.core.history import Place, SearchHistory, SearchResult, sequence_of
from trio_chat.core.playback import PAGE_BYTES, size_of
from trio_chat.core.questions import Question
from trio_chat.store import accounts, history, journal, places
from trio_chat.store.database import Store
from trio_chat.store.search import Wanted, find, first_since
from trio_chat.store.wording import Phrase, matches, nick_word, phrases_of

FIRST_RUN = sequence_of("1-0")
"""The sequence with which begins what was said here; before it is what was said elsewhere."""

SLACK = 60_000
"""Milliseconds by which what is looked through goes beyond the times that are wanted: of what came
from elsewhere, many messages of one second follow each other as if a millisecond apart."""

AT_ONCE = 50
"""Messages that are read at once, to be looked at."""

LOOKED_AT = 100_000
"""Filed messages that one search looks at, some 3 s of work: then it is content with what it has.
Words that everybody says, as a phrase that nobody has said, would be looked for in all of history,
by two who do so with both of the threads that search."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What makes a message one of those that are looked for. Times are in milliseconds."""

    phrases: tuple[Phrase, ...]
    sender: str
    folded: str
    after: int | None
    before: int | None
    fold: Callable[[str], str]

    def finds(self, line: Line) -> bool:
        if line.command not in SAID:
            return False
        if self.after is not None and line.at < self.after:
            return False
        if self.before is not None and line.at > self.before:
            return False
        if self.sender and not self._is_by(line):
            return False
        return matches(self.phrases, line.params[1])  # the slowest, so the last

    def _is_by(self, line: Line) -> bool:
        nick = line.source.partition("!")[0]
        account = line.tags.get("account")
        return nick_word(nick) == nick_word(self.sender) or (
            account is not None and self.fold(account) == self.folded
        )


class Searching:
    """Answers what the chat looks for. `fold` folds the names of accounts."""

    def __init__(self, store: Store, fresh: Fresh, fold: Callable[[str], str]) -> None:
        self._store = store
        self._fresh = fresh
        self._fold = fold
        self.answerers: Mapping[type[Question], Callable[[Any], object]] = {
            SearchHistory: self._search_aside
        }

    def _search_aside(self, question: SearchHistory) -> SearchResult:
        # 10 to 40 ms of work: with equal rights the lobby's p99 is 1.46 times what it is without.
        return aside(partial(self.search, question))

    def search(self, question: SearchHistory) -> SearchResult:
        phrases = phrases_of(question.text)
        if question.text and not phrases:
            return SearchResult(())  # nothing in it is a word
        look = _Look(
            phrases,
            question.sender,
            self._fold(question.sender),
            None if question.after is None else milliseconds(question.after),
            None if question.before is None else milliseconds(question.before),
            self._fold,
        )
        fresh = self._fresh_lines(question)
        with self._store.snapshot() as db:
            begin = journal.oldest(db)
            new = [line for line in fresh if line.sequence >= begin and look.finds(line)]
            new.sort(key=_sequence)
            found = _fitting(_take(db, question, look, new), latest=question.after is None)
        return SearchResult(tuple((line.place, line.kept()) for line in found))

    def _fresh_lines(self, question: SearchHistory) -> list[Line]:
        lines = [line for room in question.rooms for line in self._fresh.of(room)]
        if question.account:
            talks = self._fresh.with_account(question.account)
            for other, its in talks.items():
                if not question.other or other == question.other:
                    lines += its
        return lines


def _take(
    db: sqlite3.Connection, question: SearchHistory, look: _Look, new: list[Line]
) -> list[Line]:
    """As much as was asked for, in the order of time; `new` is what was found in memory, all of it
    later than what is filed."""
    latest = question.after is None
    found = new[-question.limit :] if latest else []
    found += islice(_filed(db, question, look, latest), question.limit - len(found))
    if not latest:
        found += new[: question.limit - len(found)]
    found.sort(key=_sequence)
    return found


def _fitting(found: list[Line], *, latest: bool) -> list[Line]:
    """As much of what was found as is shown at once."""
    count = size = 0
    for line in reversed(found) if latest else found:
        size += size_of(line.kept().message)
        if size > PAGE_BYTES:
            break
        count += 1
    return found[len(found) - count :] if latest else found[:count]


def _filed(
    db: sqlite3.Connection, question: SearchHistory, look: _Look, latest: bool
) -> Iterator[Line]:
    """What is filed of what is looked for, from the latest back or from the first on."""
    its = _places(db, question)
    if not its:
        return
    number = accounts.numbers(db, [look.folded]).get(look.folded) if look.sender else None
    wanted = Wanted(frozenset(its), look.phrases, look.sender, number)
    left = LOOKED_AT
    runs = [(0, FIRST_RUN), (FIRST_RUN, journal.LAST)]
    for low, high in reversed(runs) if latest else runs:
        if look.after is not None:
            low = first_since(db, low, high, look.after - SLACK)
        if look.before is not None:
            high = first_since(db, low, high, look.before + SLACK + 1)
        found = find(db, wanted, low, high, latest=latest)
        while rows := list(islice(found, min(left, AT_ONCE))):
            left -= len(rows)
            lines = _read(db, its, rows)
            yield from (line for line in lines[:: -1 if latest else 1] if look.finds(line))


def _read(
    db: sqlite3.Connection, its: Mapping[int, tuple[Place, str]], rows: list[tuple[int, int]]
) -> list[Line]:
    """Messages by sequence and place, in the order of their sequence."""
    by_place: dict[int, list[int]] = {}
    for sequence, place in rows:
        by_place.setdefault(place, []).append(sequence)
    lines = [
        line
        for place, sequences in by_place.items()
        for line in lines_of_rows(history.read_these(db, place, sequences), *its[place])
    ]
    lines.sort(key=_sequence)
    return lines


def _places(db: sqlite3.Connection, question: SearchHistory) -> dict[int, tuple[Place, str]]:
    """Where it is looked, with the names of rooms."""
    rooms = places.find_rooms(db, question.rooms)
    found: dict[int, tuple[Place, str]] = {
        row.id: (folded, row.name) for folded, row in rooms.items()
    }
    number = accounts.numbers(db, [question.account]).get(question.account)
    if number is None:
        return found
    for place, other in places.names_of_others(db, number).items():
        if not question.other or other == question.other:
            one, two = sorted((question.account, other))
            found[place] = ((one, two), "")
    return found


def _sequence(line: Line) -> int:
    return line.sequence
