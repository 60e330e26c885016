"""History: written, filed and read again, the same whether it was filed or not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from trio_chat.archive.history import LINES_PER_ROW
from trio_chat.core.effects import Conclude
from trio_chat.core.history import sequence_of
from trio_chat.core.records import RoomRecord
from trio_chat.names import case_mapping
from trio_chat.store.database import Store
from trio_chat.testing.chat import EPOCH

from .chronicle import RUN, Scribe, shown
from .office import Office

TALK = ("alice", "bob")


@pytest.fixture
def scribe(tmp_path: Path) -> Scribe:
    office = Office(Store(tmp_path))
    for name in ("Alice", "Bob", "carol"):
        office.have(name)
    return Scribe(office)


@pytest.fixture(params=["fresh", "filed", "half"])
def ten(request: pytest.FixtureRequest, scribe: Scribe) -> tuple[Scribe, list[str]]:
    """Messages 0 to 9 in a room, others elsewhere, all of it filed, none, or the first half."""
    ids = []
    for number in range(10):
        ids += scribe.say("#tea", str(number))
        scribe.say("#den", "elsewhere")
        if request.param == "half" and number == 4:
            scribe.file()
    if request.param == "filed":
        scribe.file()
    return scribe, ids


def test_the_latest_is_read(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    assert scribe.read("#tea") == "0 1 2 3 4 5 6 7 8 9"
    assert scribe.read("#tea", limit=3) == "7 8 9"
    assert scribe.read("#tea", limit=7) == "3 4 5 6 7 8 9"
    assert scribe.read("#tea", "latest", ids[7], limit=5) == "8 9"
    assert scribe.read("#tea", "latest", ids[1], limit=5) == "5 6 7 8 9"
    assert scribe.read("#nowhere") == ""


def test_what_is_before_and_after_a_message_is_read(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    assert scribe.read("#tea", "before", ids[6], limit=4) == "2 3 4 5"
    assert scribe.read("#tea", "before", ids[2], limit=4) == "0 1"
    assert scribe.read("#tea", "before", ids[0], limit=4) == ""
    assert scribe.read("#tea", "after", ids[2], limit=4) == "3 4 5 6"
    assert scribe.read("#tea", "after", ids[7], limit=4) == "8 9"
    assert scribe.read("#tea", "after", ids[9], limit=4) == ""


def test_what_is_around_a_message_is_read_with_it(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    assert scribe.read("#tea", "around", ids[5], limit=4) == "3 4 5 6"
    assert scribe.read("#tea", "around", ids[5], limit=5) == "3 4 5 6 7"
    assert scribe.read("#tea", "around", ids[5], limit=1) == "5"
    assert scribe.read("#tea", "around", ids[0], limit=4) == "0 1 2 3"
    assert scribe.read("#tea", "around", ids[9], limit=4) == "6 7 8 9"
    assert scribe.read("#tea", "around", ids[5], limit=50) == "0 1 2 3 4 5 6 7 8 9"
    assert scribe.read("#tea", "around", EPOCH - 9, limit=3) == "0 1 2"
    assert scribe.read("#tea", "around", EPOCH + 99, limit=3) == "7 8 9"


def test_what_is_between_two_messages_is_read_from_the_first_on(
    ten: tuple[Scribe, list[str]],
) -> None:
    scribe, ids = ten
    assert scribe.read("#tea", "between", ids[2], ids[6]) == "3 4 5"
    assert scribe.read("#tea", "between", ids[6], ids[2]) == "3 4 5"
    assert scribe.read("#tea", "between", ids[1], ids[8], limit=3) == "2 3 4"
    assert scribe.read("#tea", "between", ids[8], ids[1], limit=3) == "5 6 7"
    assert scribe.read("#tea", "between", ids[3], ids[4]) == ""
    assert scribe.read("#tea", "between", ids[3], ids[3]) == ""


def time_of(scribe: Scribe, msgid: str) -> float:
    (kept,) = scribe.find("#tea", msgid).kept
    return kept.at


def test_a_time_stands_for_the_place_where_it_would_be(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    two, six = (time_of(scribe, ids[number]) for number in (2, 6))
    assert scribe.read("#tea", "before", six, limit=4) == "2 3 4 5"
    assert scribe.read("#tea", "before", six + 0.001, limit=4) == "3 4 5 6"
    assert scribe.read("#tea", "after", two, limit=4) == "3 4 5 6"
    assert scribe.read("#tea", "after", two - 0.001, limit=4) == "2 3 4 5"
    assert scribe.read("#tea", "latest", six) == "7 8 9"
    assert scribe.read("#tea", "around", six, limit=2) == "5 6"
    assert scribe.read("#tea", "between", two, six) == "3 4 5"
    assert scribe.read("#tea", "between", six, two, limit=2) == "4 5"
    assert scribe.read("#tea", "between", ids[2], six) == "3 4 5"
    assert scribe.read("#tea", "between", six, ids[2]) == "3 4 5"
    assert scribe.read("#tea", "before", 0.0) == scribe.read("#tea", "after", 1e11) == ""


def test_a_msgid_of_another_place_stands_where_it_would_be_and_nonsense_nowhere(
    ten: tuple[Scribe, list[str]],
) -> None:
    scribe, _ = ten
    (elsewhere,) = scribe.say("#den", "x")
    assert scribe.read("#tea", "before", elsewhere, limit=2) == "8 9"
    assert scribe.read("#tea", "before", "nonsense") == ""
    assert scribe.read("#tea", "between", "1-1", "nonsense") == ""
    assert scribe.find("#tea", elsewhere).kept == scribe.find("#tea", "nonsense").kept == ()


def test_a_message_comes_back_as_it_was_handed_on(scribe: Scribe) -> None:
    tags = {"bot": "", "draft/oper": "", "+draft/reply": "1-1", "+x": 'a;"\\\n'}
    lines = [
        scribe.line("#tea", "one\ntwo\rthree", account="Alice", tags=tags, at=EPOCH + 0.2999999),
        scribe.line("#tea", "@#tea", "to operators", command="NOTICE"),
        scribe.line("#tea", '\x01ACTION says "\N{PILE OF POO}"\x01', by="bob"),
        scribe.line(TALK, "psst", account="Alice"),
    ]
    scribe.keep(*lines)
    for _ in "unfiled", "filed":
        pages = [scribe.page("#tea", "latest"), scribe.page(TALK, "latest")]
        kept = [each for page in pages for each in page.kept]
        assert [each.message for each in kept] == [each.message for each in lines]
        assert [each.at for each in kept] == [EPOCH + 0.3, *(EPOCH + n for n in (2, 3, 4))]
        scribe.file()


def test_what_was_done_comes_with_what_was_said(scribe: Scribe) -> None:
    for _ in range(2):
        scribe.do("#tea", "JOIN", "#tea")
        scribe.say("#tea", "1")
        scribe.do("#tea", "TOPIC", "#tea", "tea")
        scribe.say("#tea", "2")
        scribe.do("#tea", "NICK", "alicia")
        assert scribe.read("#tea", events=True, limit=4) == "JOIN 1 TOPIC 2 NICK"
        assert scribe.read("#tea", limit=4) == "1 2"
        assert scribe.read("#tea", events=True, limit=1) == "2 NICK"
        scribe.file()
        assert scribe.read("#tea", events=True, limit=4) == "JOIN 1 TOPIC 2 NICK"
        assert scribe.read("#tea", events=True, limit=1) == "2 NICK"
        scribe.keep(Conclude("#tea"))


def test_what_a_message_got_later_follows_it_out_of_its_order(scribe: Scribe) -> None:
    for _ in range(2):
        one, _, three, _ = scribe.say("#tea", "1", "2", "3", "4")
        for parent, key in ((one, "+reply"), (three, "+draft/reply")):
            scribe.do("#tea", "TAGMSG", "#tea", tags={key: parent, "+draft/react": ":)"})
        scribe.say("#tea", "5")
        for _ in "unfiled", "filed":
            read = scribe.read("#tea", "before", three, limit=9, events=True)
            assert read == "1 (TAGMSG) 2"
            assert scribe.read("#tea", "after", one, limit=2, events=True) == "2 3 (TAGMSG)"
            assert scribe.read("#tea", limit=9, events=True) == "1 2 3 4 TAGMSG TAGMSG 5"
            assert scribe.read("#tea", limit=9) == "1 2 3 4 5"
            scribe.file()
        scribe.keep(Conclude("#tea"))


@pytest.mark.parametrize(
    ("select", "references", "texts"),
    [
        ("latest", (), "789"),
        ("before", (8,), "567"),
        ("after", (2,), "345"),
        ("around", (5,), "45"),
        ("between", (1, 9), "234"),
        ("between", (9, 1), "678"),
    ],
)
def test_no_more_is_shown_at_once_than_a_client_can_be_sent(
    scribe: Scribe, select: str, references: tuple[int, ...], texts: str
) -> None:
    for _ in range(2):
        ids = scribe.say("#tea", *(str(number) * 10 + "\n" * 740 for number in range(10)))
        page = scribe.page("#tea", select, *(ids[each] for each in references), limit=9)
        assert "".join(each.message.params[1][0] for each in page.kept) == texts
        scribe.file()
        scribe.keep(Conclude("#tea"))


def test_no_message_brings_more_with_it_than_a_client_can_be_sent(scribe: Scribe) -> None:
    one, two = scribe.say("#tea", "1", "2")
    for _ in range(50):
        tags = {"+reply": one, "+big": "x" * 4000}
        scribe.do("#tea", "TAGMSG", "#tea", tags=tags)
    page = scribe.page("#tea", "before", two, events=True)
    assert shown(page) == ["1", *["(TAGMSG)"] * 29]


# -- amending


def test_a_message_that_was_taken_back_is_gone(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    scribe.do("#tea", "REDACT", "#tea", ids[8], "typo")
    assert scribe.read("#tea", limit=3) == "6 7 9"
    assert scribe.read("#tea", limit=2, events=True) == "7 9 REDACT"
    assert scribe.find("#tea", ids[8]).kept == ()
    scribe.say("#tea", "10")
    assert scribe.read("#tea", limit=3) == "7 9 10"


def test_a_message_and_its_end_may_be_in_one_batch(scribe: Scribe) -> None:
    one, two = scribe.line("#tea", "1"), scribe.line("#tea", "2")
    msgid = one.message.tags["msgid"]
    redact = scribe.line("#tea", "#tea", msgid, command="REDACT")
    scribe.keep(one, two, redact, scribe.line("#tea", "3"))
    assert scribe.read("#tea") == "2 3"


def test_a_history_follows_its_room_to_another_name(ten: tuple[Scribe, list[str]]) -> None:
    scribe, _ = ten
    scribe.do("#tea", "JOIN", "#tea")
    scribe.say("#Coffee", "of another room")
    scribe.do("#tea", "RENAME", "#tea", "#Coffee")
    scribe.say("#coffee", "hot")
    page = scribe.page("#coffee", "latest", limit=2, events=True)
    assert shown(page) == ["9", "JOIN", "RENAME", "hot"]
    assert [each.message.params for each in page.kept[:3]] == [
        ("#Coffee", "9"),
        ("#Coffee",),
        ("#tea", "#Coffee"),
    ]
    assert scribe.read("#tea") == ""
    scribe.do("#coffee", "RENAME", "#coffee", "#COFFEE")
    assert scribe.read("#coffee", limit=2) == "9 hot"


def test_a_history_that_has_ended_is_read_no_more(ten: tuple[Scribe, list[str]]) -> None:
    scribe, _ = ten
    scribe.keep(scribe.line("#tea", "bye"), Conclude("#tea"), scribe.line("#tea", "anew"))
    scribe.keep(Conclude("#tea2"))
    assert scribe.read("#tea") == "anew"
    scribe.file()
    assert scribe.read("#tea") == "anew"
    assert scribe.read("#den", limit=1) == "elsewhere"


def test_a_batch_that_fails_leaves_nothing(ten: tuple[Scribe, list[str]]) -> None:
    scribe, ids = ten
    wrong = scribe.line("#tea", "no text", account="alice", tags={"+x": object()})  # type: ignore[dict-item]
    nameless = scribe.line("#tea", "no msgid", tags={"msgid": "x"})
    redact = scribe.line("#tea", "#tea", ids[0], command="REDACT")
    for bad in (wrong, nameless):
        for batch in ([scribe.line("#tea", "x"), bad], [redact, bad], [bad]):
            with pytest.raises((TypeError, ValueError, sqlite3.Error)):
                scribe.keep(*batch)
    assert scribe.read("#tea") == "0 1 2 3 4 5 6 7 8 9"
    scribe.say("#tea", "10")
    assert scribe.read("#tea", limit=3) == "8 9 10"
    scribe.file()
    assert scribe.read("#tea", limit=3) == "8 9 10"


def test_who_leaves_many_rooms_leaves_each_of_them_once(scribe: Scribe) -> None:
    rooms = [f"#{number}" for number in range(2 * LINES_PER_ROW + 20)]
    scribe.keep(*(scribe.line(room, "hi") for room in rooms))
    lines = [scribe.line(room, "bye", command="QUIT") for room in rooms]
    tags = lines[0].message.tags  # it is one message
    scribe.keep(*(replace(each, message=replace(each.message, tags=tags)) for each in lines))
    scribe.number = sequence_of(tags["msgid"]) - RUN
    scribe.say("#0", "back")
    left = scribe.archive.file()
    assert left
    while left:
        assert [scribe.read(room, events=True) for room in rooms[1::100]] == ["hi QUIT"] * 6
        left = scribe.archive.file()
    assert scribe.read("#0", events=True) == "hi QUIT back"


def test_what_follows_under_the_same_msgid_is_kept_too(scribe: Scribe) -> None:
    first, second = scribe.line("#tea", "bye", command="QUIT"), scribe.line("#den", "hi")
    scribe.keep(first)
    scribe.keep(replace(second, message=replace(second.message, tags=first.message.tags)))
    for _ in "unfiled", "filed":
        assert (scribe.read("#tea", events=True), scribe.read("#den")) == ("QUIT", "hi")
        scribe.file()


def test_a_private_message_to_an_account_that_is_gone_may_be_taken_back(scribe: Scribe) -> None:
    (msgid,) = scribe.say(("alice", "nobody"), "hi", account="Alice")
    scribe.do(("alice", "nobody"), "REDACT", "nobody", msgid, account="Alice")
    assert scribe.read(("alice", "nobody"), events=True) == ""


def test_what_comes_out_of_its_order_is_filed_in_it(scribe: Scribe) -> None:
    late, early = scribe.line("#tea", "1"), scribe.line("#tea", "2")
    scribe.keep(early)
    scribe.keep(late)
    scribe.say("#tea", "3")
    assert scribe.read("#tea") == "1 2 3"


@pytest.mark.parametrize(
    "msgid", ["6fffff-ffffffffff", "7fffff-ffffffffff", "800000-0", "ffffff-ffffffffff", "1-0g", ""]
)
def test_no_msgid_that_somebody_makes_up_stops_the_filing_or_the_reading(
    scribe: Scribe, msgid: str
) -> None:
    scribe.say("#tea", "1")
    scribe.do("#tea", "TAGMSG", "#tea", tags={"+reply": msgid, "+draft/reply": msgid})
    scribe.do("#tea", "REDACT", "#tea", msgid)
    scribe.say("#tea", "2", tags={"+reply": msgid})
    for _ in "unfiled", "filed":
        assert scribe.find("#tea", msgid).kept == ()
        for select in ("latest", "before", "after", "around"):
            scribe.page("#tea", select, msgid, events=True)
        scribe.page("#tea", "between", msgid, msgid, events=True)
        assert scribe.read("#tea", events=True) == "1 TAGMSG REDACT 2"
        scribe.file()


@pytest.mark.parametrize("command", ["PRIVMSG", "REDACT", "RENAME"])
def test_what_could_not_be_filed_is_not_taken(scribe: Scribe, command: str) -> None:
    bad = scribe.line("#tea", "#tea", "x", command=command)
    with pytest.raises(ValueError, match=command):
        scribe.keep(replace(bad, message=replace(bad.message, params=("#tea",))))
    scribe.say("#tea", "1")
    assert scribe.read("#tea", events=True) == "1"


# -- at once


def test_who_reads_while_others_write_file_and_take_back_sees_all_of_one_moment(
    scribe: Scribe,
) -> None:
    done = threading.Event()
    faults: list[str] = []

    def read() -> None:
        least = 0
        while not done.is_set():
            seen = [int(word) for word in scribe.read("#tea", limit=5000).split()]
            odd = [number for number in seen if number % 2]
            if odd != list(range(1, 2 * len(odd), 2)) or len(odd) < least:
                faults.append(f"{least} {seen}")
                return
            # What is even is taken back, one after the other.
            even = [number for number in seen if not number % 2]
            if even and even != list(range(even[0], even[-1] + 1, 2)):
                faults.append(f"even {seen}")
                return
            least = len(odd)

    def file() -> None:
        while not done.is_set():
            scribe.archive.file()

    threads = [threading.Thread(target=each) for each in (read, read, file)]
    for thread in threads:
        thread.start()
    ids = []
    for number in range(0, 120, 2):
        (msgid, _) = scribe.say("#tea", str(number), str(number + 1))
        ids.append(msgid)
        if number % 12 == 10:
            scribe.do("#tea", "REDACT", "#tea", ids.pop(0))
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []


def test_an_answer_is_of_one_moment_whenever_it_is_filed(
    scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Store.snapshot

    @contextmanager
    def late(store: Store) -> Iterator[sqlite3.Connection]:
        """All is filed between what is copied from memory and what is read."""
        scribe.file()
        with snapshot(store) as db:
            scribe.say("#tea", "later")
            yield db

    for number in range(3):
        scribe.say("#tea", str(number))
    monkeypatch.setattr(Store, "snapshot", late)
    assert scribe.read("#tea") == "0 1 2"
    assert scribe.buffers(["#tea"])[0].name == "#tea"
    monkeypatch.undo()
    assert scribe.read("#tea") == "0 1 2 later later"


# -- conversations


def test_what_two_have_said_is_theirs(scribe: Scribe) -> None:
    scribe.say(TALK, "hi", by="alice", account="Alice")
    scribe.say(("bob", "carol"), "who", by="carol", account="carol")
    scribe.say(TALK, "hello", by="bob", account="Bob")
    for _ in "unfiled", "filed":
        assert scribe.read(TALK) == "hi hello"
        assert scribe.read(("bob", "carol")) == "who"
        assert scribe.read(("alice", "carol")) == scribe.read(("alice", "nobody")) == ""
        scribe.file()


def test_what_was_said_to_an_account_that_is_gone_is_not_filed(scribe: Scribe) -> None:
    scribe.say(("alice", "nobody"), "hi", account="Alice")
    scribe.say("#tea", "by nobody", account="nobody")
    scribe.file()
    scribe.office.have("nobody")
    assert scribe.read(("alice", "nobody")) == ""
    (kept,) = scribe.page("#tea", "latest").kept
    assert "account" not in kept.message.tags


# -- buffers


def test_places_are_listed_by_their_latest_message(scribe: Scribe) -> None:
    scribe.keep(scribe.line("#tea", "#Tea", "1"))
    scribe.say(TALK, "2", account="Alice")
    scribe.say("#den", "3", "4")
    scribe.say(("alice", "carol"), "5", account="carol", by="carol")
    scribe.say(("bob", "carol"), "6", account="carol", by="carol")
    scribe.do("#tea", "JOIN", "#Tea")
    for turn in range(2):
        found = scribe.buffers(["#tea", "#den", "#none"], "alice")
        names = [(each.name, each.at - EPOCH, each.is_room) for each in found]
        assert names == [
            ("#Tea", 1, True),
            ("Bob", 2, False),
            ("#den", 4, True),
            ("carol", 5, False),
        ]
        assert [each.name for each in scribe.buffers(["#den"], "bob")] == ["Alice", "#den", "carol"]
        backwards = scribe.buffers(["#tea", "#den"], "alice", EPOCH + 5, EPOCH + 1)
        assert [each.name for each in backwards] == ["#den", "Bob"]
        assert [each.name for each in scribe.buffers(["#tea", "#den"], limit=1)] == ["#Tea"]
        assert scribe.buffers([], "nobody") == scribe.buffers() == []
        if not turn:
            scribe.file()
    scribe.say("#tea", "latest")
    assert [each.name for each in scribe.buffers(["#tea", "#den"])] == ["#den", "#tea"]


# -- at the start


def reopened(scribe: Scribe, **options: object) -> Scribe:
    """The same after a restart, without a word of goodbye."""
    again = Scribe(Office(Store(scribe.office.store.path.parent), **options))
    again.number = scribe.number
    return again


def test_all_that_was_written_is_there_after_a_restart(ten: tuple[Scribe, list[str]]) -> None:
    scribe, _ = ten
    again = reopened(scribe)
    assert again.read("#tea") == "0 1 2 3 4 5 6 7 8 9"
    assert again.archive.restore(EPOCH).latest == EPOCH + 20
    assert not again.archive.file()


def test_a_closed_room_has_ended_with_its_server_unless_it_is_registered(scribe: Scribe) -> None:
    scribe.archive.write([RoomRecord("#Den", "alice", 1.0, 1.0)])
    for room in ("#den", "#tea", "#open"):
        scribe.say(room, "1", is_closed=room != "#open")
    scribe.say(TALK, "1", account="Alice")
    again = reopened(scribe)
    places = ("#den", "#tea", "#open", TALK)
    assert [again.read(place) for place in places] == ["1", "", "1", "1"]
    again.say("#tea", "2")
    again.say("#tea", "3", is_closed=True)
    again.say("#tea", "4")
    assert reopened(again).read("#tea") == "2 3 4"


def test_another_case_mapping_finds_the_same_history(scribe: Scribe) -> None:
    scribe.say("#a[1]", "older")
    scribe.say("#A{1}".lower(), "newer")
    scribe.say("#b]", "filed later")
    again = reopened(scribe, names=case_mapping("rfc1459"))
    assert again.read("#a{1}") == "newer"
    assert again.read("#b}") == "filed later"
    assert again.read("#b]") == ""
    back = reopened(again)
    assert back.read("#a{1}") == "newer"
    assert back.read("#b]") == "filed later"


# -- durability


@pytest.mark.parametrize(("durability", "level"), [("disk", 2), ("os", 1), ("memory", 1)])
def test_history_is_synced_as_it_is_set_and_records_always(
    tmp_path: Path, durability: str, level: int
) -> None:
    from trio_chat.archive.settings import HistorySettings

    store = Store(tmp_path)
    scribe = Scribe(Office(store, history=HistorySettings(durability)))  # type: ignore[arg-type]

    def synchronous() -> int:
        (found,) = store._connection.execute("PRAGMA synchronous").fetchone()
        return int(found)

    scribe.say("#tea", "1")
    assert synchronous() == level
    scribe.file()
    assert synchronous() == 1
    scribe.archive.write([RoomRecord("#Den", "alice", 1.0, 1.0)], [scribe.line("#tea", "2")])
    assert synchronous() == 2
