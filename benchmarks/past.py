"""A history to ask about: a year of talk in many rooms, made up, in the tables of our server.

Laws: as many messages are always the same messages, but for their times; what is stored is what the
server stores, by its own functions; it is made once, and kept outside the repository for as long as
the tables stay as they are.

Words are used as people use them, the n-th most frequent one 1/n as often as the first (Zipf): a
search meets words that everybody says, and words that hardly anybody does.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache as remembered
from itertools import accumulate, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from platformdirs import user_cache_path

from trio_chat.core.history import sequence_of
from trio_chat.store import facts, places
from trio_chat.store.database import FILE_NAME, Store
from trio_chat.store.history import MessageRow
from trio_chat.store.rows import insert
from trio_chat.store.schema import MIGRATIONS
from trio_chat.store.words import index

ROOMS = 1000
"""Rooms that have a history, `#room0` and on; they are talked in in turn."""

CACHE = "TRIO_CHAT_BENCH_CACHE"
"""The environment variable that says where histories are kept; else in the user's cache."""

_FORMAT = 1
"""Raised with every change of what is made."""

_STEP = 3
"""The step of the schema that history came with: later ones are applied to what was made."""

_YEAR = 365 * 86_400_000
_WORDS = 30_000
_STREAM = 1 << 20
"""Words of the long talk that every message is a piece of."""

_SHORTEST, _LONGEST = 3, 18
_PEOPLE = 4096
_REGULARS = 64
"""People who talk in one room."""

_FIRST = sequence_of("1-1")
"""The first message of the first run of a server."""

_AT_ONCE = 6400
"""Messages between two reports of progress."""

_SYLLABLES = (
    *("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu"),
    *("ra", "se", "ti", "vo", "wu", "za", "che", "dra", "ste", "lo"),
)

Progress = Callable[[float], None]


def word(rank: int) -> str:
    """The word that is used `rank`-th most often, from 0."""
    syllables = []
    rank += len(_SYLLABLES)
    while rank:
        rank, syllable = divmod(rank, len(_SYLLABLES))
        syllables.append(_SYLLABLES[syllable])
    return "".join(syllables)


def some_words(dice: random.Random, count: int) -> list[str]:
    """Words as they are used."""
    weights = list(accumulate(1 / (rank + 1) for rank in range(_WORDS)))
    return [word(rank) for rank in dice.choices(range(_WORDS), cum_weights=weights, k=count)]


@remembered
def _stream() -> list[str]:
    return some_words(random.Random("talk"), _STREAM + _LONGEST)


class Talk:
    """The messages, by their number: any of them at any time, the same each time."""

    def __init__(self, messages: int, until: int) -> None:
        """`until` is the Unix time, in ms, at which the year ends."""
        self.messages = messages
        self._until = until
        self._stream = _stream()
        self._sources = [f"u{n}!u{n}@{n:04x}.example" for n in range(_PEOPLE)]

    def row(self, number: int) -> MessageRow:
        """A message as it is stored."""
        chance = number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF  # Knuth's multiplicative hashing
        room = number % ROOMS
        start = chance >> 44
        length = _SHORTEST + (chance >> 24) % (_LONGEST - _SHORTEST + 1)
        regular = (chance >> 34) % _REGULARS
        return MessageRow(
            room + 1,
            _FIRST + number,
            self._until - (self.messages - number) * _YEAR // self.messages,
            "PRIVMSG",
            self._sources[(room * 61 + regular) % _PEOPLE],
            None,
            None,
            " ".join(self._stream[start : start + length]),
            None,
        )

    def in_order(self) -> Iterator[MessageRow]:
        """As they were said."""
        return map(self.row, range(self.messages))

    def by_room(self) -> Iterator[MessageRow]:
        """One room after the other."""
        for room in range(ROOMS):
            yield from map(self.row, range(room, self.messages, ROOMS))


def words_by_room() -> dict[bytes, list[str]]:
    """Some words that were said in each room: those of its first message."""
    rows = Talk(ROOMS, 0).in_order()
    return {b"#room%d" % number: row.text.split() for number, row in enumerate(rows)}


def directory(messages: int, progress: Progress = lambda share: None) -> Path:
    """A data directory with that many messages; made, which takes minutes, if there is none yet.

    It is not to be written to: a server is given a copy.
    """
    key = hashlib.sha256(f"{_FORMAT}{MIGRATIONS[:_STEP]}".encode()).hexdigest()[:12]
    found = cache() / f"history-{messages}-{key}"
    if not found.exists():
        found.parent.mkdir(parents=True, exist_ok=True)
        for old in found.parent.glob(f"history-{messages}-*"):
            shutil.rmtree(old)
        with TemporaryDirectory(dir=found.parent, prefix="making-") as name:
            fill(Path(name, "data"), messages, progress)
            Path(name, "data").rename(found)
    with Store(found):
        pass  # brought to the present tables once, and not by each server
    for before in found.glob(f"{FILE_NAME}.*"):  # the copy that was made for it
        before.unlink()
    return found


def cache() -> Path:
    """Where histories are kept."""
    named = os.environ.get(CACHE)
    return Path(named) if named else user_cache_path("trio-chat-bench")


def copy(messages: int, to: Path, progress: Progress = lambda share: None) -> None:
    """Give a server's data directory that history, on the disk before the server starts."""
    with (
        (directory(messages, progress) / FILE_NAME).open("rb") as kept,
        (to / FILE_NAME).open("wb") as its_own,
    ):
        shutil.copyfileobj(kept, its_own, 1 << 22)
        its_own.flush()
        os.fsync(its_own.fileno())  # else the kernel would write it while we measure


def fill(data: Path, messages: int, progress: Progress = lambda share: None) -> None:
    """Make a data directory with that many messages."""
    talk = Talk(messages, time.time_ns() // 1_000_000)
    with Store(data) as store, store.writing() as db:
        db.execute("INSERT INTO boots (started) VALUES (?)", (time.time() - _YEAR / 1000,))
        for room in range(ROOMS):
            places.add_room(db, f"#room{room}", f"#room{room}", False)
        facts.put(db, "latest_message", str(talk.row(messages - 1).at))
    with closing(sqlite3.connect(data / FILE_NAME, isolation_level=None)) as db:
        # Whoever is interrupted begins anew: nothing here need last before the end.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
            db.execute(f"PRAGMA {setting}")
        db.execute("BEGIN")
        _add_messages(db, talk, lambda share: progress(share * 0.3))
        _add_words(db, talk, lambda share: progress(0.3 + share * 0.6))
        db.execute("COMMIT")
    progress(1.0)


def _add_messages(db: sqlite3.Connection, talk: Talk, progress: Progress) -> None:
    """By room, as they lie; what is ordered otherwise is sorted afterwards, and not row by row."""
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'messages' "
        "AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    rows, done = talk.by_room(), 0
    while part := list(islice(rows, _AT_ONCE)):
        insert(db, f"INSERT INTO messages ({', '.join(MessageRow._fields)})", part)
        done += len(part)
        progress(done / talk.messages)
    for _, statement in indexes:
        db.execute(statement)


def _add_words(db: sqlite3.Connection, talk: Talk, progress: Progress) -> None:
    """In the order in which they were said: FTS5 writes to the disk whenever that is left."""
    rows, done = talk.in_order(), 0
    while part := list(islice(rows, _AT_ONCE)):
        index(db, [row.words for row in part])
        done += len(part)
        progress(done / talk.messages)
