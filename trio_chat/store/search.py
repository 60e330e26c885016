"""Finding messages by their words and their sender, in the places where somebody may look.

Laws:

* Only what was said at the wanted places is found, whatever is looked for.
* The order is that of the sequences: of the commonest word no more is read than is taken.

With 10 million messages in 1,000 rooms FTS5 finds a word in one room within 1 to 5 ms, so a few
rooms are looked through one by one. With 100 rooms in one question it took up to 440 ms, since it
goes through all that was said there: it is faster to look for the word alone, and to leave out the
other places, which takes 1 us for each message.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from trio_chat.store.wording import Phrase, nick_word
from trio_chat.store.words import account_word, place_word

FEW_PLACES = 16
"""Places that are looked through one by one."""

EVERYWHERE = (250, 1_000, 4_000)
"""So many messages are looked at, one lot after the other, for the words alone. Whoever is in many
rooms takes part in much: 100 of the first 5,000 are theirs if they see 1 of 50 messages."""

SAMPLE = 50
"""Messages by which it is found out how rare a word is: in 0.1 ms."""

AT_PLACES = 50
"""Messages found at once where they are wanted, and then four times as many each time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: all phrases, by this nick or this account (by neither of them: by
    anybody)."""

    places: frozenset[int]
    phrases: tuple[Phrase, ...] = ()
    nick: str = ""
    account: int | None = None


def find(
    db: sqlite3.Connection, wanted: Wanted, low: int, high: int, *, latest: bool
) -> Iterator[tuple[int, int]]:
    """Sequence and place of the messages from `low` to before `high`, from the latest back, or from
    the first on.

    Whoever takes them looks whether they are meant: at the wanted places it is only found out that
    the rarest of all words is there.
    """
    places = wanted.places
    is_few = len(places) <= FEW_PLACES
    match = " AND ".join(_parts(wanted))
    for size in _lots(len(places)):
        rows = _rows(db, match, low, high, size, latest)
        yield from (row for row in rows if row[1] in places)
        if len(rows) < size:
            return
        low, high = _rest(rows, low, high, latest)
    one_by_one = is_few or not match
    lots = [(place,) for place in sorted(places)] if one_by_one else [tuple(sorted(places))]
    found = [_find_at(db, wanted, lot, low, high, latest) for lot in lots]
    yield from heapq.merge(*found, reverse=latest)


def _find_at(
    db: sqlite3.Connection,
    wanted: Wanted,
    places: tuple[int, ...],
    low: int,
    high: int,
    latest: bool,
) -> Iterator[tuple[int, int]]:
    match = _match_at(db, wanted, places, high)
    size = AT_PLACES
    while True:
        rows = (
            _rows(db, match, low, high, size, latest)
            if match
            else _all_rows(db, places[0], low, high, size, latest)
        )
        # An index that is at odds with the messages must not show what is said elsewhere.
        yield from (row for row in rows if row[1] in places)
        if len(rows) < size:
            return
        low, high = _rest(rows, low, high, latest)
        size *= 4


def _lots(places: int) -> tuple[int, ...]:
    """How many messages are looked at for the words alone before it is asked for the places."""
    if places == 1:
        return ()
    return EVERYWHERE[:1] if places <= FEW_PLACES else EVERYWHERE


def _rest(rows: list[tuple[int, int]], low: int, high: int, latest: bool) -> tuple[int, int]:
    """What is still to be looked through after these."""
    last = rows[-1][0]
    return (low, last) if latest else (last + 1, high)


def _parts(wanted: Wanted) -> list[str]:
    """What is looked for, as questions to FTS5 that must all be true; none for all there is. Every
    word in them is letters and digits, and in quotes but for those we make (see `wording`)."""
    parts = [f'text : "{" ".join(phrase)}"' for phrase in wanted.phrases]
    senders = [nick_word(wanted.nick)] if wanted.nick else []
    if wanted.account is not None:
        senders.append(account_word(wanted.account))
    if senders:
        parts.append(f"sender : ({' OR '.join(senders)})")
    return parts


def _match_at(db: sqlite3.Connection, wanted: Wanted, places: tuple[int, ...], high: int) -> str:
    """A question to FTS5 for what may be meant at these places: for the rarest word, or the sender.

    Of a room's 10,000 messages those with one word are found in 0.5 ms where few have it; another
    word in the same question took 10 ms more, if many have that. A phrase of common words that
    never meet would be looked for through all of history.
    """
    parts = [f'text : "{word}"' for word in dict.fromkeys(chain(*wanted.phrases))]
    parts += _parts(wanted)[len(wanted.phrases) :]
    if not parts:
        return ""
    rarest = max(parts, key=lambda part: _distance(db, part, high)) if len(parts) > 1 else parts[0]
    return f"place : ({' OR '.join(place_word(place) for place in places)}) AND {rarest}"


def _distance(db: sqlite3.Connection, match: str, high: int) -> int:
    """How far back the last few messages go that FTS5 finds: the further, the rarer they are."""
    found = db.execute(
        "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? "
        f"ORDER BY rowid DESC LIMIT 1 OFFSET {SAMPLE}",
        (match, high),
    ).fetchone()
    return high if found is None else high - int(found[0])


def _rows(
    db: sqlite3.Connection, match: str, low: int, high: int, size: int, latest: bool
) -> list[tuple[int, int]]:
    """Sequence and place of the first messages that FTS5 finds."""
    order = "DESC" if latest else "ASC"
    if not match:
        return db.execute(
            "SELECT sequence, place FROM messages INDEXED BY messages_by_sequence "
            f"WHERE sequence >= ? AND sequence < ? ORDER BY sequence {order} LIMIT ?",
            (low, high, size),
        ).fetchall()
    rows = db.execute(
        "SELECT w.rowid, m.place FROM (SELECT rowid FROM words WHERE words MATCH ? "
        f"AND rowid >= ? AND rowid < ? ORDER BY rowid {order} LIMIT ?) AS w "
        "LEFT JOIN messages AS m INDEXED BY messages_by_sequence ON m.sequence = w.rowid",
        (match, low, high, size),
    ).fetchall()
    rows.sort(reverse=latest)
    return rows


def _all_rows(
    db: sqlite3.Connection, place: int, low: int, high: int, size: int, latest: bool
) -> list[tuple[int, int]]:
    """Sequence and place of the first messages of a place."""
    order = "DESC" if latest else "ASC"
    return db.execute(
        "SELECT sequence, place FROM messages WHERE place = ? AND sequence >= ? AND sequence < ? "
        f"ORDER BY sequence {order} LIMIT ?",
        (place, low, high, size),
    ).fetchall()


def first_since(db: sqlite3.Connection, low: int, high: int, at: int) -> int:
    """Of all messages from `low` to before `high` the sequence of the first that is not before a
    time (in ms), if times grow with the sequences; `high` if all are.

    By halves: some 40 looks, of 10 us each.
    """
    while low < high:
        middle = (low + high) // 2
        found = db.execute(
            "SELECT sequence, at FROM messages INDEXED BY messages_by_sequence "
            "WHERE sequence >= ? AND sequence < ? ORDER BY sequence LIMIT 1",
            (middle, high),
        ).fetchone()
        if found is None or found[1] >= at:
            high = middle
        else:
            low = found[0] + 1
    return high
