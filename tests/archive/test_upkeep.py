"""What goes from a history: what is too old, and what an account has said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from trio_chat.archive import history, upkeep
from trio_chat.archive.settings import HistorySettings
from trio_chat.core.account_questions import EraseAccount, ExportAccount
from trio_chat.core.effects import Conclude
from trio_chat.core.records import RoomRecord
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

from .chronicle import Scribe
from .office import Office, opened

TALK = ("alice", "bob")
DAY = 86_400.0
HOUR = 3_600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path


def scribe_in(path: Path, **settings: float) -> Scribe:
    office = Office(Store(path), history=HistorySettings(**settings))  # type: ignore[arg-type]
    for name in ("alice", "bob"):
        if office.archive.book.look_up(name) is None:
            office.have(name)
    return Scribe(office)


def look(scribe: Scribe, seconds: float = HOUR) -> None:
    """Have it be later, and all done that is due then."""
    scribe.file()
    scribe.office.at += seconds
    scribe.archive.changes(scribe.office.at)
    scribe.file()


def test_what_is_too_old_goes(path: Path) -> None:
    scribe = scribe_in(path, days=1)
    scribe.say("#tea", *map(str, range(300)))
    scribe.do("#tea", "JOIN", "#tea")
    scribe.say(TALK, "private", account="alice")
    scribe.file()
    scribe.say("#tea", "300")
    scribe.keep(Conclude("#den"))
    look(scribe)
    assert scribe.read("#tea", limit=1000).split() == list(map(str, range(301)))
    look(scribe, DAY - HOUR + 298)  # the first is a second after the epoch
    assert scribe.read("#tea", limit=1000) == "297 298 299 300"
    assert scribe.read("#tea", limit=1000, events=True) == "297 298 299 JOIN 300"
    look(scribe, HOUR)
    assert scribe.read("#tea", events=True) == scribe.read(TALK) == ""


def test_of_a_room_less_is_kept_if_its_founder_says_so_and_never_more(path: Path) -> None:
    scribe = scribe_in(path, messages_per_room=4)
    bounds = {"#tea": (0.0, 2), "#den": (0.0, 9), "#old": (1.0, 0)}
    for room, (days, messages) in bounds.items():
        record = RoomRecord(room, "alice", 1.0, 1.0, keep_days=days, keep_messages=messages)
        scribe.archive.write([record])
        scribe.say(room, *"01234")
    look(scribe)
    assert scribe.read("#tea") == "3 4"
    assert scribe.read("#den") == scribe.read("#old") == "1 2 3 4"
    look(scribe, DAY)
    assert (scribe.read("#tea"), scribe.read("#old")) == ("3 4", "")


def test_a_room_may_have_bounds_where_the_server_has_none(path: Path) -> None:
    scribe = scribe_in(path)
    scribe.archive.write([RoomRecord("#tea", "alice", 1.0, 1.0, keep_messages=2)])
    for room in ("#tea", "#den"):
        scribe.say(room, *"01234")
    look(scribe)
    assert (scribe.read("#tea"), scribe.read("#den")) == ("3 4", "0 1 2 3 4")


def test_of_each_room_so_many_messages_are_kept(path: Path) -> None:
    scribe = scribe_in(path, messages_per_room=3)
    for room in ("#tea", "#den"):
        scribe.do(room, "JOIN", room)
        scribe.say(room, "0", "1")
        scribe.do(room, "PART", room)
        scribe.say(room, "2")
    look(scribe)
    assert scribe.read("#tea", events=True) == "0 1 PART 2"
    scribe.say("#tea", "3", "4")
    look(scribe)
    assert scribe.read("#tea", events=True) == "2 3 4"
    assert scribe.read("#den", events=True) == "0 1 PART 2"
    for _ in range(8):
        scribe.do("#tea", "JOIN", "#tea")
    look(scribe, HOUR - 1)
    assert scribe.read("#tea", events=True).split().count("JOIN") == 8
    with scribe.office.store.reading() as db:
        (count,) = db.execute("SELECT count(*) FROM events").fetchone()
    assert count == 1 + 8
    look(scribe)
    with scribe.office.store.reading() as db:
        (count,) = db.execute("SELECT count(*) FROM events").fetchone()
    assert count == 1 + 6


def test_without_a_bound_nothing_goes(path: Path) -> None:
    scribe = scribe_in(path)
    scribe.say("#tea", *map(str, range(20)))
    look(scribe, 1000 * DAY)
    assert scribe.read("#tea").split() == list(map(str, range(20)))


def test_what_goes_goes_in_small_steps_and_all_of_many_places(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ROWS_PER_STEP", 2)
    monkeypatch.setattr(history, "STEPS_PER_SWEEP", 3)
    scribe = scribe_in(path, messages_per_room=1)
    for room in range(25):
        scribe.say(f"#{room}", *map(str, range(6)))
    scribe.file()
    scribe.office.at += HOUR
    scribe.archive.changes(scribe.office.at)

    def left() -> int:
        return sum(len(scribe.read(f"#{room}").split()) for room in range(25))

    assert left() == 25 * 6 - 2 - 2 - 1
    scribe.archive.changes(scribe.office.at + 60)
    assert left() == 25 * 6 - 2 * (2 + 2 + 1)
    scribe.file()
    assert [scribe.read(f"#{room}") for room in range(25)] == ["5"] * 25


# -- what is left in the file


def bytes_of(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.iterdir()) if each.is_file())


SECRETS = [f"xyzzy{number}plugh" for number in range(40)]


@pytest.fixture(params=[True, False], ids=["filed", "fresh"])
def said(request: pytest.FixtureRequest, path: Path) -> Iterator[Scribe]:
    """Alice has said and done things among others, and in private."""
    scribe = scribe_in(path)
    for number, secret in enumerate(SECRETS):
        scribe.say("#tea", f"{secret} said", account="alice", tags={"+x": f"{secret}tag"})
        scribe.say("#tea", f"plain{number} words", account="bob", by="bob")
        scribe.do("#tea", "TOPIC", "#tea", f"{secret} topic", account="alice")
        scribe.say(TALK, f"{secret} private", account="alice")
        scribe.say(TALK, f"{secret} answer", account="bob", by="bob")
        if request.param:
            scribe.file()
    assert bytes_of(path).count(b"plugh") > 40
    yield scribe
    scribe.office.store.close()


def test_nothing_of_what_an_erased_account_has_said_is_left_in_the_file(
    said: Scribe, path: Path
) -> None:
    said.office.ask(EraseAccount("alice"))
    assert b"xyzzy" not in bytes_of(path)
    assert b"plugh" not in bytes_of(path)
    assert said.read("#tea") == " ".join(f"plain{number} words" for number in range(40))
    assert said.read("#tea", events=True) == said.read("#tea")
    said.office.have("alice")
    assert said.read(TALK) == ""
    assert said.buffers([], "alice") == said.buffers([], "bob") == []
    with said.office.store.writing() as db:
        found = db.execute("SELECT count(*) FROM words WHERE words MATCH 'words'").fetchone()
        assert found == (40,)


def test_an_account_is_erased_from_the_command_line_beside_its_server(
    said: Scribe, path: Path
) -> None:
    with Store(path) as store:
        opened(store).holdings.erase(EraseAccount("alice"))
    assert b"xyzzy" not in bytes_of(path)
    assert said.read("#tea") == " ".join(f"plain{number} words" for number in range(40))
    said.say("#tea", "anew", account="bob")
    said.file()
    assert said.read("#tea", limit=2) == "plain39 words anew"
    assert not said.archive.history.fresh.of("#tea")


def test_what_was_taken_back_leaves_the_file_within_a_day(said: Scribe, path: Path) -> None:
    said.file()
    (secret,) = said.say("#tea", "nothing happens twice")
    said.do("#tea", "REDACT", "#tea", secret)
    said.office.store.wipe()
    assert b"nothing happens" not in bytes_of(path)
    look(said)  # the words one by one may still stand in the index
    look(said, DAY)
    assert b"happens" not in bytes_of(path)
    assert not said.archive.file()


def test_an_export_says_how_much_an_account_has_said(said: Scribe) -> None:
    text = said.office.ask(ExportAccount("alice")).text
    assert json.loads(text)["messages"] == 80
    assert said.office.at == EPOCH
