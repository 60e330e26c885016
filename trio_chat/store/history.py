"""What was said and done, in the database: rows in, rows out.

Laws:

* A place's rows lie together, in their order: the key of both tables is place and sequence.
* Rows come out as one JSON text (see `rows`): for each, sequence, milliseconds, command, source,
  name of the account, params (null for the room's name) and tags.
* Of two rows of the same place and sequence the first counts: better one message less than that
  none after it can be filed.
* Times grow with the sequence within a place, so that a time is found by halves, without an index.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Literal, NamedTuple

from trio_chat.store import facts, pins
from trio_chat.store.rows import insert
from trio_chat.store.words import WordsRow, forget, index

ERASED = "words_to_purge"
"""The fact that says that the index has words of messages that were erased."""

Table = Literal["messages", "events"]


class MessageRow(NamedTuple):
    """A PRIVMSG or NOTICE. `target` is None for the room as such; `tags` is JSON, None for none."""

    place: int
    sequence: int
    at: int
    command: str
    source: str
    account: int | None
    target: str | None
    text: str
    tags: str | None

    @property
    def words(self) -> WordsRow:
        """What it is found by."""
        nick = self.source.partition("!")[0]
        return WordsRow(self.sequence, self.place, nick, self.account, self.text)


class EventRow(NamedTuple):
    """Anything else. `params` is a JSON array, null for the room's name; `parent` is the sequence
    of the message it is about."""

    place: int
    sequence: int
    at: int
    command: str
    source: str
    account: int | None
    params: str
    tags: str | None
    parent: int | None


def add_messages(db: sqlite3.Connection, rows: list[MessageRow]) -> None:
    """File what was said, with its words."""
    insert(db, f"INSERT OR IGNORE INTO messages ({', '.join(MessageRow._fields)})", rows)
    index(db, [row.words for row in rows])


def add_events(db: sqlite3.Connection, rows: list[EventRow]) -> None:
    """File what was done."""
    insert(db, f"INSERT OR IGNORE INTO events ({', '.join(EventRow._fields)})", rows)


def delete_messages(db: sqlite3.Connection, place: int, sequences: Iterable[int]) -> None:
    """Erase messages of a place: their words, their edits and their pins, too."""
    sequences = list(sequences)
    chosen = (place, json.dumps(sequences))
    where = "WHERE place = ? AND sequence IN (SELECT value FROM json_each(?))"
    found = db.execute(f"SELECT {', '.join(MessageRow._fields)} FROM messages {where}", chosen)
    forget(db, [MessageRow(*values).words for values in found.fetchall()])
    facts.put(db, ERASED, "1")
    db.execute(f"DELETE FROM messages {where}", chosen)
    delete_edits(db, place, sequences)
    pins.delete(db, place, sequences)


def change_text(db: sqlite3.Connection, place: int, sequence: int, text: str) -> bool:
    """Give a message another text, by which it is found from then on; whether there is one."""
    key = (place, sequence)
    found = db.execute(
        f"SELECT {', '.join(MessageRow._fields)} FROM messages WHERE place = ? AND sequence = ?",
        key,
    ).fetchone()
    if found is None:
        return False
    row = MessageRow(*found)
    forget(db, [row.words])
    facts.put(db, ERASED, "1")
    db.execute("UPDATE messages SET text = ? WHERE place = ? AND sequence = ?", (text, *key))
    index(db, [row._replace(text=text).words])
    return True


def delete_edits(db: sqlite3.Connection, place: int, sequences: Iterable[int]) -> None:
    """Erase what is kept of the edits of these messages: their texts are in it."""
    db.execute(
        "DELETE FROM events WHERE place = ? AND parent IN (SELECT value FROM json_each(?)) "
        "AND command = 'EDIT'",
        (place, json.dumps(list(sequences))),
    )


def delete_events(db: sqlite3.Connection, place: int, sequences: Iterable[int]) -> None:
    """Erase events of a place."""
    db.execute(
        "DELETE FROM events WHERE place = ? AND sequence IN (SELECT value FROM json_each(?))",
        (place, json.dumps(list(sequences))),
    )


# -- what was brought in


def first_said_at(db: sqlite3.Connection, place: int, low: int) -> int | None:
    """When the first message from a sequence on was said at a place; None if there is none."""
    found = db.execute(
        "SELECT at FROM messages WHERE place = ? AND sequence >= ? ORDER BY sequence LIMIT 1",
        (place, low),
    ).fetchone()
    return None if found is None else int(found[0])


def has_message(db: sqlite3.Connection, place: int, sequence: int, at: int, text: str) -> bool:
    """Whether a message is there as it was."""
    found = db.execute(
        "SELECT 1 FROM messages WHERE place = ? AND sequence = ? AND at = ? AND text = ?",
        (place, sequence, at, text),
    )
    return bool(found.fetchall())


def count_alike(
    db: sqlite3.Connection, place: int, low: int, high: int, at: int
) -> dict[tuple[str, str, str], int]:
    """How often each was said at a place at one time, by command, source and text, among those from
    sequence `low` to before `high`."""
    found = db.execute(
        "SELECT command, source, text, count(*) FROM messages "
        "WHERE place = ? AND sequence >= ? AND sequence < ? AND at = ? GROUP BY 1, 2, 3",
        (place, low, high, at),
    )
    return {(command, source, text): count for command, source, text, count in found.fetchall()}


def free_number(db: sqlite3.Connection, number: int) -> int:
    """The first number from this one on that is no message's."""
    (free,) = db.execute(
        "SELECT iif(EXISTS (SELECT 1 FROM messages WHERE sequence = ?1), ("
        "SELECT sequence + 1 FROM messages AS m WHERE sequence >= ?1 AND NOT EXISTS "
        "(SELECT 1 FROM messages AS n WHERE n.sequence = m.sequence + 1) "
        "ORDER BY sequence LIMIT 1), ?1)",
        (number,),
    ).fetchone()
    return int(free)


# -- what is to be erased

Key = tuple[int, int]
"""Of a row: its place and its sequence."""


def delete(db: sqlite3.Connection, table: Table, keys: Iterable[Key]) -> None:
    """Erase rows of one table."""
    by_place: dict[int, list[int]] = {}
    for place, sequence in keys:
        by_place.setdefault(place, []).append(sequence)
    for place, sequences in by_place.items():
        (delete_messages if table == "messages" else delete_events)(db, place, sequences)


def first_of(db: sqlite3.Connection, table: Table, place: int, high: int, count: int) -> list[Key]:
    """The first rows of a place, before sequence `high`."""
    found = db.execute(
        f"SELECT place, sequence FROM {table} WHERE place = ? AND sequence < ? "
        "ORDER BY sequence LIMIT ?",
        (place, high, count),
    )
    return found.fetchall()


def by_account(
    db: sqlite3.Connection, table: Table, account: int, after: Key, count: int
) -> list[Key]:
    """The first rows by an account after that of a key: all of the table is looked through."""
    found = db.execute(
        f"SELECT place, sequence FROM {table} WHERE (place, sequence) > (?, ?) AND account = ? "
        "ORDER BY place, sequence LIMIT ?",
        (*after, account, count),
    )
    return found.fetchall()


def by_account_since(
    db: sqlite3.Connection, table: Table, account: int, sequence: int
) -> list[Key]:
    """The rows by an account after a sequence."""
    found = db.execute(
        f"SELECT r.place, r.sequence FROM places AS p JOIN {table} AS r ON r.place = p.id "
        "WHERE r.sequence > ? AND r.account = ?",
        (sequence, account),
    )
    return found.fetchall()


def count_by_account(db: sqlite3.Connection, account: int) -> int:
    """How many messages are by an account: all are looked through."""
    found = db.execute("SELECT count(*) FROM messages WHERE account = ?", (account,)).fetchone()
    return int(found[0])


def from_latest(db: sqlite3.Connection, table: Table, place: int, count: int) -> int:
    """The sequence of the first of the latest so many rows of a place; 0 if there are fewer."""
    found = db.execute(
        f"SELECT sequence FROM {table} WHERE place = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?",
        (place, count - 1),
    ).fetchone()
    return 0 if found is None else int(found[0])


def latest_of_all(db: sqlite3.Connection) -> int:
    """The latest sequence of all places, 0 if there is none."""
    of_place = "coalesce((SELECT max(sequence) FROM {} WHERE place = p.id), 0)"
    found = db.execute(
        f"SELECT max(max({of_place.format('messages')}, {of_place.format('events')})) "
        "FROM places AS p"
    ).fetchone()
    return int(found[0] or 0)


# -- reading

_PARAMS = {"messages": "json_array(r.target, r.text)", "events": "json(r.params)"}


def _rows_as_json(table: Table, where: str) -> str:
    """A question for rows, as one text; `where` may have an order and a limit of its own."""
    return (
        "SELECT json_group_array(json(line)) FROM (SELECT json_array(r.sequence, r.at, r.command, "
        f"r.source, a.name, {_PARAMS[table]}, json(r.tags)) AS line "
        f"FROM {table} AS r LEFT JOIN accounts AS a ON a.id = r.account WHERE {where})"
    )


def read(
    db: sqlite3.Connection,
    table: Table,
    place: int,
    low: int,
    high: int,
    count: int,
    *,
    latest: bool,
) -> str:
    """Of the rows from sequence `low` to before `high` the first or the latest ones, as JSON."""
    where = (
        "r.place = ? AND r.sequence >= ? AND r.sequence < ? "
        f"ORDER BY r.sequence {'DESC' if latest else 'ASC'} LIMIT ?"
    )
    (text,) = db.execute(_rows_as_json(table, where), (place, low, high, count)).fetchone()
    return str(text)


def read_these(db: sqlite3.Connection, place: int, sequences: Iterable[int]) -> str:
    """These messages of a place, as JSON."""
    where = "r.place = ? AND r.sequence IN (SELECT value FROM json_each(?))"
    values = (place, json.dumps(list(sequences)))
    (text,) = db.execute(_rows_as_json("messages", where), values).fetchone()
    return str(text)


def read_about(db: sqlite3.Connection, place: int, parents: Iterable[int], count: int) -> str:
    """The events that are about these messages, the first of them, as JSON."""
    where = (
        "r.place = ? AND r.parent IN (SELECT value FROM json_each(?)) ORDER BY r.sequence LIMIT ?"
    )
    values = (place, json.dumps(list(parents)), count)
    (text,) = db.execute(_rows_as_json("events", where), values).fetchone()
    return str(text)


def first_since(db: sqlite3.Connection, table: Table, place: int, at: int) -> int | None:
    """The sequence of the first row that is not before a time; None if all are.

    By steps of half the size each, in one statement: some 30 looks at the key, of 1 us each.
    """
    # Both in one SELECT would be looked for in all rows (SQLite, "The MIN/MAX optimization").
    ends = [f"(SELECT {end}(sequence) FROM {table} WHERE place = :place)" for end in ("min", "max")]
    first, last = db.execute(f"SELECT {', '.join(ends)}", {"place": place}).fetchone()
    if first is None:
        return None
    values = {
        "place": place,
        "at": at,
        "before": first - 1,
        "step": 1 << (last - first).bit_length(),
    }
    found = db.execute(
        "WITH RECURSIVE part (before, step) AS (SELECT :before, :step UNION ALL SELECT iif(("
        f"SELECT at FROM {table} WHERE place = :place AND sequence >= before + step "
        "ORDER BY sequence LIMIT 1) < :at, before + step, before), step / 2 FROM part WHERE step) "
        f"SELECT sequence FROM {table} WHERE place = :place "
        "AND sequence > (SELECT before FROM part WHERE NOT step) ORDER BY sequence LIMIT 1",
        values,
    ).fetchone()
    return None if found is None else int(found[0])


def latest_in_rooms(db: sqlite3.Connection, folded: Iterable[str]) -> list[tuple[str, str, int]]:
    """Folded name, name, and time of the latest message, of the rooms of these folded names."""
    return _latest(
        db,
        "p.folded, p.name",
        "p.folded IN (SELECT value FROM json_each(?))",
        (json.dumps(list(folded)),),
    )


def latest_in_conversations(db: sqlite3.Connection, account: int) -> list[tuple[str, str, int]]:
    """Folded name and name of the other, and time of the latest message, of an account's
    conversations."""
    other = (
        "(SELECT {} FROM names AS n WHERE n.is_own AND n.account = iif(p.one = ?, p.other, p.one))"
    )
    return _latest(
        db,
        f"{other.format('n.folded')}, {other.format('n.name')}",
        "p.one = ? OR p.other = ?",
        (account,) * 4,
    )


def _latest(
    db: sqlite3.Connection, names: str, which: str, values: tuple[object, ...]
) -> list[tuple[str, str, int]]:
    (text,) = db.execute(
        f"SELECT json_group_array(json_array({names}, (SELECT m.at FROM messages AS m "
        "WHERE m.place = p.id ORDER BY m.sequence DESC LIMIT 1))) "
        f"FROM places AS p WHERE {which}",
        values,
    ).fetchone()
    return [
        (folded, name, at) for folded, name, at in json.loads(text) if folded and at is not None
    ]
