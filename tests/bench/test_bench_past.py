"""The history the bench makes up: what the server finds in it, and when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from benchmarks import past
from trio_chat.archive.archive import SqliteArchive
from trio_chat.core.history import Kept, Page, ReadHistory, SearchHistory, SearchResult
from trio_chat.store.database import FILE_NAME, Store

MESSAGES = 3 * past.ROOMS


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with three messages to a room."""
    data = tmp_path_factory.mktemp("past") / "data"
    past.fill(data, MESSAGES)
    return data


@pytest.fixture
def archive(made: Path) -> Iterator[SqliteArchive]:
    """As a server has it that starts with that directory."""
    with Store(made, checked=True) as store:
        yield SqliteArchive(store)


def latest(archive: SqliteArchive, room: str, count: int) -> Page:
    page = archive.reading[ReadHistory](ReadHistory(room, "latest", count))
    assert isinstance(page, Page)
    return page


def texts(messages: Iterable[Kept]) -> list[str]:
    return [kept.message.params[1] for kept in messages]


def test_the_server_reads_the_latest_of_a_room_in_the_order_they_were_said(
    archive: SqliteArchive,
) -> None:
    talk = past.Talk(MESSAGES, 0)
    said = [talk.row(number).text for number in (7, 1007, 2007)]
    assert texts(latest(archive, "#room7", 100).kept) == said
    assert texts(latest(archive, "#room7", 2).kept) == said[1:]


def test_the_server_finds_a_message_by_a_word_of_it(archive: SqliteArchive) -> None:
    text = past.Talk(MESSAGES, 0).row(1042).text
    rarest = max(text.split(), key=len)
    result = archive.reading[SearchHistory](SearchHistory(("#room42",), "", 100, text=rarest))
    assert isinstance(result, SearchResult)
    assert text in texts(kept for _, kept in result.found)


def test_the_words_of_a_room_were_said_there(archive: SqliteArchive) -> None:
    said = " ".join(texts(latest(archive, "#room7", 100).kept)).split()
    words = past.words_by_room()
    assert set(words[b"#room7"]) <= set(said)
    assert len(words) == past.ROOMS


def test_the_server_goes_on_from_the_latest_message(archive: SqliteArchive) -> None:
    (last,) = latest(archive, "#room999", 1).kept
    assert archive.restore(last.at + 60).latest == last.at


def test_as_many_messages_are_always_the_same() -> None:
    one, other = past.Talk(MESSAGES, 0), past.Talk(MESSAGES, 0)
    assert [one.row(n) for n in range(50)] == [other.row(n) for n in range(50)]


def test_times_grow_through_a_year() -> None:
    year = 365 * 86_400_000
    times = [row.at for row in past.Talk(MESSAGES, year).in_order()]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, year - year // MESSAGES)


def test_by_room_they_are_the_same_messages() -> None:
    talk = past.Talk(2 * past.ROOMS, 0)
    by_room = list(talk.by_room())
    assert sorted(by_room, key=lambda row: row.sequence) == list(talk.in_order())
    assert [(row.place, row.sequence) for row in by_room] == sorted(
        (row.place, row.sequence) for row in by_room
    )


def test_frequent_words_are_told_from_all_others() -> None:
    assert len({past.word(rank) for rank in range(30_000)}) == 30_000


def test_it_is_made_once_and_copied_for_each_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(past.CACHE, str(tmp_path / "cache"))
    told: list[float] = []
    made = past.directory(past.ROOMS, told.append)
    assert told[-1] == 1.0
    past.copy(past.ROOMS, tmp_path, lambda share: pytest.fail("made anew"))
    assert (tmp_path / FILE_NAME).read_bytes() == (made / FILE_NAME).read_bytes()
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [made.name]


def test_what_was_made_for_other_tables_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(past.CACHE, str(tmp_path))
    (tmp_path / f"history-{past.ROOMS}-0123456789ab").mkdir()
    made = past.directory(past.ROOMS)
    assert list(tmp_path.iterdir()) == [made]
