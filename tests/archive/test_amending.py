"""What changes a history that is kept: messages edited and pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from trio_chat.archive.settings import HistorySettings
from trio_chat.core.effects import Conclude
from trio_chat.core.history import EDIT_TEXT, TARGET_MSGID, Pins, Place, ReadPins
from trio_chat.store.database import Store

from .chronicle import Scribe
from .office import Office

TALK = ("alice", "bob")


@pytest.fixture
def scribe(tmp_path: Path) -> Scribe:
    office = Office(Store(tmp_path), history=HistorySettings("os"))
    for name in ("Alice", "Bob"):
        office.have(name)
    return Scribe(office)


def edit(scribe: Scribe, place: Place, msgid: str, text: str) -> str:
    tags = {TARGET_MSGID: msgid, EDIT_TEXT: text}
    target = place if isinstance(place, str) else "bob"
    return scribe.do(place, "EDIT", target, tags=tags, account="alice")


def pins(scribe: Scribe, place: Place = "#tea", msgid: str = "") -> Pins:
    answer = scribe.archive.reading[ReadPins](ReadPins(place, msgid))
    assert isinstance(answer, Pins)
    return answer


def pinned(scribe: Scribe, place: Place = "#tea") -> str:
    """The texts of what is pinned, in one line."""
    return " ".join(each.message.params[-1] for each in pins(scribe, place).pinned)


def in_the_files(scribe: Scribe, text: str) -> bool:
    """Whether a text is in the database, or in its log."""
    directory = scribe.office.store.path
    assert directory is not None
    files = [each for each in directory.parent.iterdir() if each.is_file()]
    return any(text.encode() in each.read_bytes() for each in files)


# -- edits


@pytest.mark.parametrize("is_filed", [False, True])
@pytest.mark.parametrize("place", ["#tea", TALK])
def test_an_edited_message_has_its_new_text_and_all_else_it_had(
    scribe: Scribe, place: Place, is_filed: bool
) -> None:
    _, msgid, _ = scribe.say(place, "1", "two", "3", account="Alice", tags={"+x": "y"})
    (before,) = scribe.find(place, msgid).kept
    if is_filed:
        scribe.file()
    edit(scribe, place, msgid, "2")
    assert scribe.read(place) == "1 2 3"
    (after,) = scribe.find(place, msgid).kept
    assert (after.at, after.message.source) == (before.at, before.message.source)
    assert after.message.tags == before.message.tags
    assert after.message.params == (before.message.params[0], "2")


def test_a_message_and_its_edit_may_be_in_one_batch(scribe: Scribe) -> None:
    one = scribe.line("#tea", "1")
    tags = {TARGET_MSGID: one.message.tags["msgid"], EDIT_TEXT: "one"}
    edited = scribe.line("#tea", "#tea", command="EDIT", tags=tags)
    scribe.keep(one, edited, scribe.line("#tea", "2"))
    assert scribe.read("#tea") == "one 2"


def test_it_is_found_by_its_new_words_alone(scribe: Scribe) -> None:
    (msgid,) = scribe.say("#tea", "green leaves")
    scribe.say("#tea", "brown leaves")
    edit(scribe, "#tea", msgid, "black leaves")
    assert scribe.search("green") == ""
    assert scribe.search("black") == "black leaves"
    assert scribe.search("leaves") == "black leaves brown leaves"
    assert scribe.search("leaves", sender="alice") == "black leaves brown leaves"


def test_that_it_was_edited_is_told_with_it_the_last_time_alone(scribe: Scribe) -> None:
    (msgid,) = scribe.say("#tea", "1")
    edit(scribe, "#tea", msgid, "one")
    scribe.say("#tea", "2", "3")
    last = edit(scribe, "#tea", msgid, "first")
    page = scribe.page("#tea", "before", last, limit=1, events=True)
    assert [each.message.params[-1] for each in page.kept] == ["3"]
    assert scribe.read("#tea", events=True) == "first 2 3 EDIT"
    page = scribe.page("#tea", "before", page.kept[0].message.tags["msgid"], events=True)
    edits = [each for each in page.kept if each.message.command == "EDIT"]
    assert [each.message.tags for each in edits] == [
        {"account": "Alice", "msgid": last, TARGET_MSGID: msgid, EDIT_TEXT: "first"}
    ]
    assert edits[0].is_context
    assert edits[0].message.params == ("#tea",)


def test_nothing_is_left_of_the_text_that_was_nor_of_an_edit_that_was_taken_back(
    scribe: Scribe,
) -> None:
    (msgid,) = scribe.say("#tea", "zymurgy")
    scribe.file()
    edit(scribe, "#tea", msgid, "quixotry")
    edit(scribe, "#tea", msgid, "syzygies")
    scribe.office.at += 1e6
    scribe.archive.history.sweep()
    assert not in_the_files(scribe, "zymurgy")
    assert not in_the_files(scribe, "quixotry")
    assert in_the_files(scribe, "syzygies")
    scribe.do("#tea", "REDACT", "#tea", msgid)
    scribe.office.at += 1e6
    scribe.archive.history.sweep()
    assert scribe.read("#tea", events=True) == "REDACT"
    assert not in_the_files(scribe, "syzygies")


def test_of_what_is_not_kept_no_edit_is_kept(scribe: Scribe) -> None:
    scribe.say("#tea", "1")
    for place in ("#tea", "#nowhere"):
        edit(scribe, place, "1-ff", "off the record")
        assert "EDIT" not in scribe.read(place, events=True)
    assert not in_the_files(scribe, "off the record")


def test_an_edit_without_what_it_says_is_not_taken(scribe: Scribe) -> None:
    line = scribe.line("#tea", "#tea", command="EDIT", tags={TARGET_MSGID: "1-1"})
    with pytest.raises(ValueError, match="no EDIT"):
        scribe.keep(line)
    scribe.say("#tea", "1")
    scribe.file()
    assert scribe.read("#tea") == "1"


# -- pins


def test_what_is_pinned_is_read_in_the_order_it_was_said(scribe: Scribe) -> None:
    ids = scribe.say("#tea", "1", "2", "3")
    assert pins(scribe, "#tea", ids[0]).found is not None
    assert pins(scribe, "#den", ids[0]) == Pins(())
    for msgid in (ids[2], ids[0], ids[2]):
        scribe.do("#tea", "PIN", "#tea", msgid)
    assert pinned(scribe) == "1 3"
    assert pinned(scribe, "#den") == ""
    scribe.do("#tea", "UNPIN", "#tea", ids[0])
    scribe.do("#tea", "UNPIN", "#tea", ids[1])
    assert pinned(scribe) == "3"


def test_pins_outlast_a_restart(tmp_path: Path) -> None:
    first = Scribe(Office(Store(tmp_path)))
    (msgid,) = first.say("#tea", "1")
    first.do("#tea", "PIN", "#tea", msgid)
    first.office.store.close()
    assert pinned(Scribe(Office(Store(tmp_path)))) == "1"


def test_what_is_not_there_is_not_pinned(scribe: Scribe) -> None:
    scribe.say("#tea", "1")
    (elsewhere,) = scribe.say("#den", "2")
    scribe.do("#tea", "PIN", "#tea", elsewhere)
    assert pinned(scribe) == pinned(scribe, "#den") == ""


def test_a_pin_goes_with_its_message(scribe: Scribe) -> None:
    one, two, three = scribe.say("#tea", "1", "2", "3")
    for msgid in (one, two, three):
        scribe.do("#tea", "PIN", "#tea", msgid)
    edit(scribe, "#tea", two, "zwei")
    scribe.do("#tea", "REDACT", "#tea", one)
    assert pinned(scribe) == "zwei 3"
    with scribe.office.store.reading() as db:
        assert db.execute("SELECT count(*) FROM pins").fetchone() == (2,)


def test_a_pin_does_not_keep_what_is_too_old(tmp_path: Path) -> None:
    scribe = Scribe(Office(Store(tmp_path), history=HistorySettings(days=1)))
    (msgid,) = scribe.say("#tea", "1")
    scribe.do("#tea", "PIN", "#tea", msgid)
    scribe.office.at += 2 * 86_400
    scribe.archive.history.sweep()
    assert pinned(scribe) == ""


def test_pins_follow_their_room_and_end_with_its_history(scribe: Scribe) -> None:
    (msgid,) = scribe.say("#tea", "1")
    scribe.do("#tea", "PIN", "#tea", msgid)
    scribe.do("#tea", "RENAME", "#tea", "#coffee")
    assert (pinned(scribe), pinned(scribe, "#coffee")) == ("", "1")
    scribe.keep(Conclude("#coffee"))
    assert pinned(scribe, "#coffee") == ""
