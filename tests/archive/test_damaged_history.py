"""A page of the history that cannot be read: whoever asks for what stands there gets no answer, and
all else goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from trio_chat.store import damage
from trio_chat.store.database import FILE_NAME, Store

from ..store.damaging import spoil_page
from .chronicle import Scribe
from .office import Office

LONG = "word " * 60


def spoil_first_page_of(path: Path, table: str) -> None:
    """Spoil the first leaf of a table that has several."""
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)
        ).fetchone()
    with path.open("rb") as file:
        file.seek((root - 1) * 4096)
        page = file.read(4096)
    # SQLite, "B-tree Pages": 2 is an interior page of an index, as a table WITHOUT ROWID is one; at
    # 12 the places of its cells begin, and each cell with the number of the page below.
    assert page[0] == 2, "it has but one page"
    cell = int.from_bytes(page[12:14])
    spoil_page(path, int.from_bytes(page[cell : cell + 4]))


def test_a_page_of_the_history_that_is_damaged_fails_who_asks_for_it_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path) as store:
        scribe = Scribe(Office(store))
        first = scribe.say("#a", *(f"{LONG}{number}" for number in range(100)))
        scribe.say("#z", *(f"{LONG}{number}" for number in range(100)))
        scribe.file()
    monkeypatch.setattr(damage, "CHECKED_BYTES", 0)
    spoil_first_page_of(tmp_path / FILE_NAME, "messages")
    with Store(tmp_path, checked=True) as store:
        late = Scribe(Office(store))
        late.number = scribe.number
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            late.find("#a", first[0])
        late.say("#a", "still here")
        late.say("#z", "and here")
        late.file()
        assert late.read("#z", limit=1) == "and here"
        assert late.read("#a", limit=1) == "still here"
