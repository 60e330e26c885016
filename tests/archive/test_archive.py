"""The archive: what it restores, what it tells of changes, and other case mappings."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from trio_chat.archive.keeping import RESTORED
from trio_chat.core.account_questions import (
    DisableAccount,
    EraseAccount,
    SetNicks,
    SetPassword,
)
from trio_chat.core.records import (
    AlertRecord,
    AuditRecord,
    BanLifted,
    BanRecord,
    Entry,
    MarkerRecord,
    Record,
    ReportRecord,
    ResidentForgotten,
    ResidentRecord,
    RoomForgotten,
    RoomRecord,
)
from trio_chat.names import case_mapping
from trio_chat.store.database import Store, StoreError

from .office import Office

ROOM = RoomRecord(
    "#Tea",
    "alice",
    registered=10.0,
    created=5.0,
    topic="tea \x02and\x02 talk '; DROP TABLE rooms; --",
    topic_by="bob",
    topic_at=7.5,
    flags="nt",
    key="sesame",
    limit=12,
    forward="#den",
    lists=(("b", (Entry("*!*@192.0.2.1", "alice", 3.0), Entry("~a:bob", "bob", 4.0))), ("e", ())),
    ranks=(("alice", "q"), ("bob", "o")),
)
BAN = BanRecord("address", "192.0.2.0/24", "spam \N{PILE OF POO}", "root", 10.0, 2e9)
AUDIT = AuditRecord("boot-1", 11.0, "root", "ban", "192.0.2.0/24")
REPORT = ReportRecord("boot-2", 12.0, "alice", "bob", "rude", "test-1", "root", 13.0)
ALERT = AlertRecord(3, "root", 14.0)
ALL: tuple[Record, ...] = (ROOM, BAN, AUDIT, REPORT, ALERT)


# -- records


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        Office(store).archive.write(ALL)
    with Store(tmp_path) as store:
        assert Office(store).archive.restore(15.0).records == ALL


def test_a_later_record_takes_the_place_of_an_earlier_one(office: Office) -> None:
    office.archive.write(ALL)
    later = (
        replace(ROOM, name="#TEA", topic="none"),
        replace(BAN, reason="more spam"),
        replace(REPORT, closed_by="", closed_at=0.0),
        replace(ALERT, level=5),
    )
    office.archive.write(later)
    assert office.archive.restore(15.0).records == (*later[:2], AUDIT, *later[2:])
    office.archive.write([RoomForgotten("#tea"), BanLifted(BAN.kind, BAN.mask), BanLifted("x", "")])
    assert office.archive.restore(15.0).records == (AUDIT, *later[2:])


def test_all_of_a_batch_is_written_or_none(office: Office) -> None:
    wrong = replace(AUDIT, id="boot-9", at="no time")  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        office.archive.write([BAN, replace(wrong, text=object())])  # type: ignore[arg-type]
    assert office.archive.restore(15.0).records == ()
    office.archive.write([BAN])
    assert office.archive.restore(15.0).records == (BAN,)


def test_a_ban_that_is_over_is_not_restored(office: Office) -> None:
    for_good = BanRecord("user", "*!*@spam", "spam", "root", 10.0)
    office.archive.write([replace(BAN, expires=20.0), for_good])
    assert len(office.archive.restore(19.0).records) == 2
    assert office.archive.restore(20.0).records == (for_good,)


def test_of_a_long_log_the_end_is_restored(office: Office) -> None:
    office.archive.write([replace(AUDIT, id=f"{n:05}", at=float(n)) for n in range(RESTORED + 5)])
    restored = office.archive.restore(15.0).records
    assert len(restored) == RESTORED
    assert restored[-1] == replace(AUDIT, id=f"{RESTORED + 4:05}", at=float(RESTORED + 4))


def test_the_secret_is_the_same_in_all_runs_and_another_for_each_server(tmp_path: Path) -> None:
    secrets = []
    for directory in ("one", "one", "other"):
        with Store(tmp_path / directory) as store:
            secrets.append(Office(store).archive.restore(1.0).secret)
    assert secrets[0] == secrets[1] != secrets[2]
    assert len(secrets[0]) >= 32


# -- read markers

READ = "2026-01-02T03:04:05.678Z"


def test_how_far_an_account_has_read_is_kept_as_long_as_the_account(office: Office) -> None:
    office.have("Alice")
    office.have("bob")
    nobody = MarkerRecord("carol", "#tea", READ)
    office.archive.write([MarkerRecord("alice", "#tea", "2025"), MarkerRecord("bob", "#tea", READ)])
    office.archive.write([MarkerRecord("ALICE", "#tea", READ), nobody])
    office.archive.write([MarkerRecord("Alice", "bob", READ), MarkerRecord("Alice", "#a", "2027")])
    of_alice = tuple(
        MarkerRecord("Alice", target, at)
        for target, at in (("#tea", READ), ("bob", READ), ("#a", "2027"))
    )
    assert office.archive.restore(15.0).records == (*of_alice, MarkerRecord("bob", "#tea", READ))
    office.archive.write([MarkerRecord("Alice", "bob", "*"), MarkerRecord("bob", "#a", "*")])
    left = (of_alice[0], of_alice[2], MarkerRecord("bob", "#tea", READ))
    assert office.archive.restore(15.0).records == left
    office.ask(EraseAccount("alice"))
    office.have("alice")
    assert office.archive.restore(15.0).records == (MarkerRecord("bob", "#tea", READ),)


# -- residents

RESIDENT = ResidentRecord(
    "Alice",
    "alice_",
    "~alice",
    "Alice's 💩",
    "host",
    "192.0.2.1",
    "Bi",
    "Lunch",
    12.5,
    (("#Tea", "qo"), ("#den", "")),
    (("url", "x y"),),
    (("", 13.0), ("phone", 14.5)),
)


def test_who_stays_is_kept_as_long_as_the_account(office: Office) -> None:
    office.have("Alice")
    office.have("bob")
    bob = replace(RESIDENT, account="bob")
    office.archive.write([replace(RESIDENT, nick="x"), bob, replace(bob, account="carol")])
    office.archive.write([replace(RESIDENT, account="ALICE")])
    assert office.archive.restore(15.0).records == (RESIDENT, bob)
    office.archive.write([ResidentForgotten("BOB"), ResidentForgotten("carol")])
    assert office.archive.restore(15.0).records == (RESIDENT,)
    office.ask(EraseAccount("alice"))
    office.have("alice")
    assert office.archive.restore(15.0).records == ()


# -- changes


@pytest.fixture
def both(tmp_path: Path) -> tuple[Office, Office]:
    """A server, and a command line beside it."""
    return Office(Store(tmp_path)), Office(Store(tmp_path))


def told(office: Office) -> tuple[list[str], list[str]]:
    changed = office.archive.changes(office.at)
    if changed is None:
        return [], []
    return [each.name for each in changed.changed], list(changed.deleted)


def test_the_chat_is_told_of_what_others_change_twice_and_then_no_more(
    both: tuple[Office, Office],
) -> None:
    server, console = both
    assert told(server) == ([], [])
    console.have("alice")
    console.have("bob")
    assert told(server) == (["alice", "bob"], [])
    console.ask(DisableAccount("bob"))
    changed = server.archive.changes(7.0)
    assert changed is not None
    assert [(each.name, each.disabled) for each in changed.changed] == [
        ("alice", False),
        ("bob", True),
    ]
    assert changed.at == 7.0
    assert told(server) == (["bob"], [])
    assert told(server) == ([], [])
    console.ask(SetPassword("alice", "which the chat need not know"))
    assert told(server) == ([], [])
    console.ask(SetNicks("alice", ("al",)))
    console.ask(EraseAccount("bob"))
    assert told(server) == (["alice"], ["bob"])
    assert told(server) == (["alice"], ["bob"])
    assert told(server) == ([], [])


def test_the_chat_is_told_again_of_what_it_has_done_itself(office: Office) -> None:
    # Its client may have gone before the answer came.
    office.have("alice")
    assert told(office) == (["alice"], [])
    office.ask(EraseAccount("alice"))
    assert told(office) == ([], ["alice"])
    assert told(office) == ([], ["alice"])
    assert told(office) == ([], [])


def test_who_has_the_name_of_a_deleted_account_is_not_taken_for_it(
    both: tuple[Office, Office],
) -> None:
    server, console = both
    console.have("alice")
    told(server)
    console.ask(EraseAccount("alice"))
    console.have("alice")
    assert told(server) == (["alice"], ["alice"])  # once, for who is logged in to the old one
    assert told(server) == (["alice"], [])
    assert told(server) == ([], [])


def test_what_was_made_and_deleted_in_between_is_nobodys_business(
    both: tuple[Office, Office],
) -> None:
    server, console = both
    console.have("alice")
    console.ask(EraseAccount("alice"))
    assert told(server) == ([], [])


def test_what_a_server_starts_with_is_no_change(both: tuple[Office, Office]) -> None:
    server, console = both
    console.have("alice")
    assert [each.name for each in server.archive.restore(1.0).accounts] == ["alice"]
    assert told(server) == ([], [])


# -- case mappings


def test_another_case_mapping_finds_the_same_accounts_and_rooms(office: Office) -> None:
    office.have("Alice[1]")
    office.archive.write([replace(ROOM, name="#Tea[1]")])
    other = Office(office.store, names=case_mapping("rfc1459"))
    assert other.login("alice{1}") == ""
    other.archive.write([RoomForgotten("#tea{1}")])
    assert other.archive.restore(1.0).records == ()
    assert Office(office.store).login("alice{1}") == "wrong"


def test_a_case_mapping_that_makes_names_the_same_is_refused_with_them(office: Office) -> None:
    for name in ("Tom[1]", "tom{1}", "ann"):
        office.have(name)
    office.ask(SetNicks("ann", ("x|",)))
    office.ask(SetNicks("tom{1}", ("x\\",)))
    office.archive.write([replace(ROOM, name=name) for name in ("#a]", "#A}", "#b")])
    with pytest.raises(StoreError, match="casemapping rfc1459") as refused:
        Office(office.store, names=case_mapping("rfc1459"))
    for pair in (r"Tom[1] and tom{1}", r"x\ and x|", "#A} and #a]"):
        one, _, two = pair.partition(" and ")
        assert pair in str(refused.value) or f"{two} and {one}" in str(refused.value)
    again = Office(office.store)
    assert (again.login("TOM[1]"), again.login("TOM{1}")) == ("", "")
    assert len(again.archive.restore(1.0).records) == 3
