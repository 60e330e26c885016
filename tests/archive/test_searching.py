"""Searching history: what is found, and what is not, whether it was filed or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.archive import searching
from trio_chat.core.effects import Conclude
from trio_chat.core.history import SearchHistory, msgid_of
from trio_chat.store import search
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

from .chronicle import Scribe
from .office import Office

Say = Callable[..., list[str]]


@pytest.fixture(params=["fresh", "filed", "half"])
def scribe(request: pytest.FixtureRequest, tmp_path: Path) -> Scribe:
    """A scribe who files nothing, everything at once, or what was said first."""
    office = Office(Store(tmp_path))
    for name in ("Alice", "Bob", "carol"):
        office.have(name)
    scribe = Scribe(office)
    keep, kept = scribe.keep, []

    def keep_and_file(*history: object) -> None:
        keep(*history)  # type: ignore[arg-type]
        kept.append(history)
        if request.param == "filed" or (request.param == "half" and len(kept) == 3):
            scribe.file()

    scribe.keep = keep_and_file  # type: ignore[method-assign]
    return scribe


def test_what_has_all_the_words_is_found(scribe: Scribe) -> None:
    for text in ("green-tea", "Black_TEA", "coffee", "tea,green", "greenest tea"):
        scribe.say("#tea", text)
    assert scribe.search("tea") == "green-tea Black_TEA tea,green greenest tea"
    assert scribe.search("green tea") == "green-tea tea,green"
    assert scribe.search('"green tea"') == "green-tea"
    assert scribe.search("tea OR coffee") == ""
    assert scribe.search("!!!") == ""
    assert scribe.search("milk") == ""


def test_what_was_said_elsewhere_is_not_found(scribe: Scribe) -> None:
    scribe.say("#tea", "tea1")
    scribe.say("#den", "tea1 in the den")
    scribe.say(("alice", "bob"), "tea1 in private")
    assert scribe.search("tea1") == "tea1"
    assert scribe.search("tea1", rooms=("#den",)) == "tea1 in the den"
    assert scribe.search("tea1", rooms=("#tea", "#den")) == "tea1 tea1 in the den"
    assert scribe.search("tea1", rooms=("#nowhere",)) == ""
    assert scribe.search("tea1", rooms=()) == ""


def test_an_account_finds_its_conversations(scribe: Scribe) -> None:
    scribe.say(("alice", "bob"), "tea1")
    scribe.say(("bob", "carol"), "tea2", by="carol")
    scribe.say(("bob", "bob"), "tea3", by="bob")
    scribe.say("#tea", "tea4")
    assert scribe.search("", rooms=(), account="alice") == "tea1"
    assert scribe.search("", rooms=(), account="bob") == "tea1 tea2 tea3"
    assert scribe.search("", account="carol") == "tea2 tea4"
    assert scribe.search("", rooms=(), account="bob", other="carol") == "tea2"
    assert scribe.search("tea3", rooms=(), account="bob", other="bob") == "tea3"
    assert scribe.search("", rooms=(), account="nobody") == ""


def test_places_are_told(scribe: Scribe) -> None:
    scribe.say(("alice", "bob"), "tea1")
    scribe.say("#tea", "tea2")
    found = scribe.searched(SearchHistory(("#tea",), "bob", 9, text=""))
    assert [place for place, _ in found] == [("alice", "bob"), "#tea"]


def test_a_sender_is_found_by_nick_and_by_account(scribe: Scribe) -> None:
    scribe.say("#tea", "1", by="alice")
    scribe.say("#tea", "2", by="al", account="Alice")
    scribe.say("#tea", "3", by="Bob[away]")
    scribe.say("#tea", "4", by="bob", account="carol")
    assert scribe.search("", sender="ALICE") == "1 2"
    assert scribe.search("", sender="bob[AWAY]") == "3"
    assert scribe.search("", sender="carol") == "4"
    assert scribe.search("", sender="bob") == "4"
    assert scribe.search("2", sender="alice") == "2"
    assert scribe.search("3", sender="alice") == ""
    assert scribe.search("", sender="away") == ""


def test_the_latest_are_found_or_the_first_from_a_time_on(scribe: Scribe) -> None:
    for number in range(1, 9):
        scribe.say("#tea", f"tea-{number}")
    assert scribe.search("tea", limit=3) == "tea-6 tea-7 tea-8"
    assert scribe.search("tea", limit=3, before=EPOCH + 5) == "tea-3 tea-4 tea-5"
    assert scribe.search("tea", limit=3, after=EPOCH + 5) == "tea-5 tea-6 tea-7"
    assert scribe.search("tea", limit=3, after=EPOCH + 2, before=EPOCH + 3) == "tea-2 tea-3"
    assert scribe.search("", limit=3, after=EPOCH + 2, before=EPOCH + 3) == "tea-2 tea-3"
    assert scribe.search("", limit=2, after=EPOCH + 7.001) == "tea-8"
    assert scribe.search("tea", after=EPOCH + 9) == ""
    assert scribe.search("tea", before=EPOCH) == ""


def test_no_more_is_shown_at_once_than_a_client_can_be_sent(scribe: Scribe) -> None:
    scribe.say("#tea", *(f"{number} tea" + "\n" * 740 for number in range(9)))
    assert scribe.search("tea").replace("tea", "").split() == ["6", "7", "8"]
    assert scribe.search("tea", after=EPOCH + 3).replace("tea", "").split() == ["2", "3", "4"]


def test_not_all_of_history_is_looked_at_for_a_phrase_that_nobody_has_said(
    scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 120)
    scribe.say("#tea", "green-tea-1", *["tea-green"] * 100, "green-tea-2", *["tea-green"] * 100)
    scribe.file()
    assert scribe.search('"green tea"') == "green-tea-2"
    assert scribe.search('"green tea"', after=0.0) == "green-tea-1 green-tea-2"


def test_times_are_those_of_messages_and_not_of_places(
    scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SLACK", 0)
    for number in range(1, 9):
        scribe.say(("#tea", "#den")[number % 2], f"tea-{number}")
    assert scribe.search("tea", after=EPOCH + 2, before=EPOCH + 6) == "tea-2 tea-4 tea-6"
    both = ("#tea", "#den")
    assert scribe.search("tea", both, after=EPOCH + 2, before=EPOCH + 4) == "tea-2 tea-3 tea-4"


def test_what_was_done_is_not_found(scribe: Scribe) -> None:
    scribe.say("#tea", "tea1")
    scribe.do("#tea", "TOPIC", "#tea", "tea1")
    scribe.do("#tea", "TAGMSG", "#tea")
    scribe.say("#tea", "tea1!", command="NOTICE")
    assert scribe.search("tea1") == "tea1 tea1!"
    assert scribe.search("") == "tea1 tea1!"


def test_what_was_taken_back_is_not_found(scribe: Scribe) -> None:
    first, _ = scribe.say("#tea", "tea1", "tea2")
    scribe.do("#tea", "REDACT", "#tea", first)
    assert scribe.search("tea1") == ""
    assert scribe.search("") == "tea2"


def test_a_room_is_searched_by_its_new_name(scribe: Scribe) -> None:
    scribe.say("#tea", "tea1")
    scribe.do("#tea", "RENAME", "#tea", "#chai", "")
    assert scribe.search("tea1") == ""
    ((place, kept),) = scribe.searched(SearchHistory(("#chai",), "", 9, text="tea1"))
    assert (place, kept.message.params[0]) == ("#chai", "#chai")


def test_a_history_that_has_ended_is_not_found(scribe: Scribe) -> None:
    scribe.say("#tea", "tea1")
    scribe.keep(Conclude("#tea"))
    scribe.say("#tea", "tea2")
    assert scribe.search("") == "tea2"
    assert scribe.search("tea1") == ""


def test_a_conversation_with_an_account_that_is_gone_is_not_found(scribe: Scribe) -> None:
    scribe.say(("alice", "bob"), "tea1")
    scribe.file()
    with scribe.office.store.writing() as db:
        db.execute("DELETE FROM accounts WHERE name = 'Alice'")
    assert scribe.search("tea1", rooms=(), account="bob") == ""


def test_of_what_came_from_elsewhere_all_is_before_what_was_said_here(scribe: Scribe) -> None:
    scribe.say("#tea", "tea-3", "tea-4")
    scribe.file()
    with scribe.office.store.writing() as db:
        (place,) = db.execute("SELECT id FROM places").fetchone()
        for sequence in (1, 2):
            db.execute(
                "INSERT INTO messages VALUES (?, ?, ?, 'PRIVMSG', 'zoe', NULL, NULL, ?, NULL)",
                (place, sequence, int(EPOCH * 1000) + sequence, f"tea-{sequence}"),
            )
            db.execute(
                "INSERT INTO words (rowid, place, sender, text) VALUES (?, ?, '', ?)",
                (sequence, f"p{place}", f"tea-{sequence}"),
            )
    assert scribe.search("tea") == "tea-1 tea-2 tea-3 tea-4"
    assert scribe.search("tea", limit=3) == "tea-2 tea-3 tea-4"
    assert scribe.search("tea", limit=3, after=0.0) == "tea-1 tea-2 tea-3"
    assert scribe.search("", before=EPOCH + 0.002) == "tea-1 tea-2"


ROOMS = [f"#{letter}" for letter in "abcdefgh"]


@settings(max_examples=25, deadline=None)
@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(ROOMS),
            st.lists(st.sampled_from("xyz"), min_size=1, max_size=3),
            st.sampled_from(["alice", "bob"]),
        ),
        max_size=60,
    ),
    filed=st.integers(0, 60),
    rooms=st.lists(st.sampled_from(ROOMS), unique=True),
    text=st.sampled_from(["", "x", "x y", '"x y"', '"z x" y']),
    sender=st.sampled_from(["", "bob"]),
    limit=st.integers(1, 20),
    bounds=st.tuples(st.none() | st.integers(0, 62), st.none() | st.integers(0, 62)),
    few=st.sampled_from([1, 3, 16]),
)
def test_everything_is_found_however_it_is_looked_for(
    said: list[tuple[str, list[str], str]],
    filed: int,
    rooms: list[str],
    text: str,
    sender: str,
    limit: int,
    bounds: tuple[int | None, int | None],
    few: int,
) -> None:
    scribe = Scribe(Office())
    for number, (room, words, by) in enumerate(said):
        if number == filed:
            scribe.file()
        scribe.say(room, " ".join(words), by=by)
    after, before = (None if each is None else EPOCH + each for each in bounds)

    def is_meant(number: int, room: str, words: list[str], by: str) -> bool:
        at, whole = EPOCH + number, " ".join(words)
        wanted = [text.strip('"')] if text.count('"') == 2 and text[-1] == '"' else text.split()
        if text == '"z x" y':
            wanted = ["z x", "y"]
        return (
            room in rooms
            and all(each in whole for each in wanted)
            and (not sender or by == sender)
            and (after is None or at >= after)
            and (before is None or at <= before)
        )

    meant = [
        msgid_of(sequence)
        for number, (room, words, by) in enumerate(said, 1)
        if is_meant(number, room, words, by) and (sequence := (1 << 40) + number)
    ]
    meant = meant[-limit:] if after is None else meant[:limit]
    with pytest.MonkeyPatch.context() as patch:  # so that few messages are many
        patch.setattr(search, "FEW_PLACES", few)
        patch.setattr(search, "EVERYWHERE", (1, 2, 3))
        patch.setattr(search, "AT_PLACES", 1)
        patch.setattr(searching, "AT_ONCE", 2)
        patch.setattr(searching, "SLACK", 0)
        found = scribe.searched(
            SearchHistory(
                tuple(rooms), "", limit, text=text, sender=sender, after=after, before=before
            )
        )
    assert [kept.message.tags["msgid"] for _, kept in found] == meant


@pytest.mark.parametrize("rooms", [1, 2, 4, 8])
@pytest.mark.parametrize("text", ["", "tea", "tea green", '"green tea"'])
@pytest.mark.parametrize("latest", [True, False])
def test_many_are_found_lot_by_lot(
    rooms: int, text: str, latest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW_PLACES", 4)
    monkeypatch.setattr(search, "EVERYWHERE", (2, 3, 4))
    monkeypatch.setattr(search, "AT_PLACES", 1)
    monkeypatch.setattr(search, "SAMPLE", 3)
    monkeypatch.setattr(searching, "AT_ONCE", 2)
    scribe = Scribe(Office())
    said = []
    for number in range(80):
        room = ROOMS[number % 8]
        scribe.say(room, f"green tea x{number}" if number % 3 else f"green x{number}")
        if room in ROOMS[:rooms] and (number % 3 or not text):
            said.append(f"x{number}")
    scribe.file()
    how: dict[str, Any] = {} if latest else {"after": 0.0}
    found = scribe.search(text, ROOMS[:rooms], limit=200, **how).split()
    assert [each for each in found if each[0] == "x"] == said
