"""What somebody does with an account: another password, nicks, and its end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from trio_chat.archive.passwords import Passwords
from trio_chat.core.account_questions import (
    AddCertificate,
    DisableAccount,
    EraseAccount,
    ExportAccount,
    Invite,
    RemoveCertificate,
    SetAlwaysOn,
    SetHistory,
    SetNicks,
    SetPassword,
    StartSecondFactor,
    Verdict,
)
from trio_chat.core.records import ResidentRecord, RoomForgotten, RoomRecord
from trio_chat.store.accounts import Secrets
from trio_chat.store.database import FILE_NAME, Store

from .office import PASSWORD, Office
from .test_logins import PRINT, scram_login

OTHER = "something else"


def test_another_password_takes_the_place_of_the_old_one(office: Office) -> None:
    office.have("alice")
    assert office.ask(SetPassword("alice", OTHER, old="guess")) == Verdict("wrong")
    assert office.ask(SetPassword("alice", "weak", old=PASSWORD)).why == "weak"
    assert office.ask(SetPassword("bob", OTHER, old=PASSWORD)) == Verdict("wrong")
    assert office.ask(SetPassword("bob", OTHER)) == Verdict("wrong")
    assert office.login("alice") == ""
    assert office.ask(SetPassword("ALICE", OTHER, old=PASSWORD)).why == ""
    assert (office.login("alice"), office.login("alice", OTHER)) == ("wrong", "")
    assert scram_login(office, "alice", OTHER).why == ""
    assert office.ask(SetPassword("alice", "by an operator")).why == ""
    assert office.login("alice", "by an operator") == ""


@pytest.mark.parametrize("meanwhile", ["changed", "deleted", "deleted and made anew"])
def test_what_happens_while_a_password_is_hashed_counts(
    office: Office, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    office.have("alice")
    keep = Passwords.keep

    def slowly(self: Passwords, password: str, name: str = "", email: str = "") -> Secrets:
        monkeypatch.setattr(Passwords, "keep", keep)
        if meanwhile == "changed":
            office.ask(SetPassword("alice", OTHER))
        else:
            office.ask(EraseAccount("alice"))
        if "anew" in meanwhile:
            office.have("alice", OTHER)
        return keep(self, password, name, email)

    monkeypatch.setattr(Passwords, "keep", slowly)
    assert office.ask(SetPassword("alice", "a third one", old=PASSWORD)) == Verdict("wrong")
    assert office.login("alice", "a third one") == "wrong"


def test_an_account_erased_while_its_password_is_checked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.have("alice")
    is_right = Passwords.is_right

    def slowly(self: Passwords, secrets: Secrets | None, password: str) -> bool:
        monkeypatch.setattr(Passwords, "is_right", is_right)
        office.ask(EraseAccount("alice"))
        office.have("alice", OTHER)
        return is_right(self, secrets, password)

    monkeypatch.setattr(Passwords, "is_right", slowly)
    assert office.ask(EraseAccount("alice", PASSWORD)) == Verdict("wrong")
    assert office.login("alice", OTHER) == ""


# -- nicks


def test_nicks_are_held_until_others_are(office: Office) -> None:
    office.have("alice")
    office.have("bob")
    verdict = office.ask(SetNicks("Alice", ("Al", "ally", "AL", "ALICE")))
    assert verdict.account is not None
    assert verdict.account.nicks == ("AL", "ally")
    assert office.ask(SetNicks("bob", ("robert", "Ally"))) == Verdict("taken", text="Ally")
    assert office.ask(SetNicks("bob", ("alice",))) == Verdict("taken", text="alice")
    bob = office.account("bob")
    assert bob is not None
    assert bob.nicks == ()  # all or none
    assert office.ask(SetNicks("alice", ())).why == ""
    assert office.ask(SetNicks("bob", ("ally",))).why == ""
    for nick in ("two words", "a\x00", "", "x" * 33):
        assert office.ask(SetNicks("bob", (nick,))).why == "wrong"
    assert office.ask(SetNicks("carol", ("c",))) == Verdict("wrong")


# -- accounts that are none


def test_what_is_asked_of_nobodys_account_is_wrong(office: Office) -> None:
    for question in (
        RemoveCertificate("nobody", PRINT),
        ExportAccount("nobody"),
        EraseAccount("nobody"),
        EraseAccount("nobody", PASSWORD),
        DisableAccount("nobody"),
        SetAlwaysOn("nobody", True),
        SetHistory("nobody", False),
        StartSecondFactor("nobody"),
    ):
        assert office.ask(question) == Verdict("wrong")


# -- all that is kept, and the end


ROOM = RoomRecord("#tea", "Alice", 1.0, 1.0, ranks=(("ALICE", "q"), ("bob", "o")))
OTHERS_ROOM = RoomRecord("#den", "bob", 2.0, 1.0, ranks=(("bob", "q"), ("alice", "v")))


def test_an_export_has_all_that_is_kept_in_one_line(office: Office) -> None:
    office.have("Alice", email="a@example.org")
    office.have("bob")
    office.ask(SetNicks("alice", ("ally",)))
    office.ask(AddCertificate("alice", PRINT))
    office.archive.write([ROOM, OTHERS_ROOM, RoomRecord("#bobs", "bob", 3.0, 1.0)])
    verdict = office.ask(ExportAccount("alice"))
    assert verdict.text.isascii()
    assert verdict.text.isprintable()
    assert json.loads(verdict.text) == {
        "account": "Alice",
        "created": "2030-01-01T00:00:00+00:00",
        "email": "a@example.org",
        "verified": True,
        "disabled": False,
        "nicks": ["ally"],
        "password": "argon2id hash",
        "scram": "SCRAM-SHA-256, 4096 rounds",
        "second_factor": False,
        "always_on": None,
        "keeps_history": True,
        "certificates": [PRINT],
        "resident": None,
        "rooms": [
            {"room": "#tea", "founder": True, "ranks": "q"},
            {"room": "#den", "founder": False, "ranks": "v"},
        ],
        "messages": 0,
    }


def test_an_owner_says_whether_what_they_say_is_kept(office: Office) -> None:
    alice = office.have("Alice")
    without = replace(alice, keeps_history=False)
    assert office.ask(SetHistory("alice", False)).account == without
    assert without in office.archive.restore(15.0).accounts
    assert json.loads(office.ask(ExportAccount("alice")).text)["keeps_history"] is False
    assert office.ask(SetHistory("alice", True)).account == alice


def test_an_export_tells_what_is_kept_of_who_stays(office: Office) -> None:
    alice = office.have("Alice")
    assert office.ask(SetAlwaysOn("alice", True)).account == replace(alice, always_on=True)
    assert office.ask(SetAlwaysOn("alice", False)).account == replace(alice, always_on=False)
    parts = ((("#tea", "o"),), (("url", "x"),), (("phone", 1.5),))
    record = ResidentRecord("Alice", "al", "~a", "A", "host", "192.0.2.1", "i", "", 0.5, *parts)
    office.archive.write([record])
    exported = json.loads(office.ask(ExportAccount("alice")).text)
    assert exported["always_on"] is False
    assert exported["resident"] == {
        "nick": "al",
        "username": "~a",
        "realname": "A",
        "host": "host",
        "address": "192.0.2.1",
        "modes": "i",
        "away": "",
        "signed_on": 0.5,
        "rooms": {"#tea": "o"},
        "metadata": {"url": "x"},
        "devices": {"phone": "1970-01-01T00:00:01.500000+00:00"},
    }


def test_only_who_knows_the_password_or_an_operator_erases(office: Office) -> None:
    alice = office.have("alice")
    office.have("bob")
    assert office.ask(EraseAccount("alice", "guess")) == Verdict("wrong")
    assert office.login("alice") == ""
    assert office.ask(EraseAccount("alice", PASSWORD)) == Verdict(account=alice)
    assert office.ask(EraseAccount("bob")).why == ""
    assert office.archive.restore(office.at).accounts == ()
    assert office.have("alice", OTHER).name == "alice"


def test_of_an_erased_account_nothing_remains_in_the_file(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        office = Office(store)
        # Enough others, so that what is erased lies between what stays.
        for number in range(50):
            office.have(f"before{number}")
        office.have("Zaphod", email="zaphod.b@example.org")
        office.ask(SetNicks("zaphod", ("trillianfan",)))
        office.ask(AddCertificate("zaphod", PRINT))
        secret = office.ask(StartSecondFactor("zaphod")).text.partition("secret=")[2][:32]
        office.ask(Invite("before1", 1, 100.0))
        office.archive.write(
            [
                RoomRecord("#heartofgold", "zaphod", 1.0, 1.0),
                RoomRecord("#den", "before1", 2.0, 1.0, ranks=(("Zaphod", "v"), ("before1", "q"))),
            ]
        )
        for number in range(50):
            office.have(f"after{number}")
        row = office.archive.book.look_up("zaphod")
        assert row is not None
        traces = [
            *(b"aphod", b"trillianfan", b"heartofgold", PRINT.encode(), secret.encode()),
            *(row.secrets.hash.encode(), row.secrets.scram_salt, row.secrets.scram_stored_key),
        ]

        def kept() -> bytes:
            return b"".join(path.read_bytes() for path in tmp_path.iterdir())

        assert all(trace in kept() for trace in traces)
        assert office.ask(EraseAccount("zaphod", PASSWORD)).why == ""
        assert [trace for trace in traces if trace in kept()] == []
        (den,) = office.archive.restore(office.at).records
        assert den == RoomRecord("#den", "before1", 2.0, 1.0, ranks=(("before1", "q"),))
        assert office.login("before7") == office.login("after7") == ""
        assert (tmp_path / FILE_NAME).exists()


def test_the_rooms_of_others_stay_as_they_are(office: Office) -> None:
    office.have("carol")
    office.archive.write([ROOM, OTHERS_ROOM])
    office.ask(EraseAccount("carol"))
    assert office.archive.restore(office.at).records == (ROOM, OTHERS_ROOM)
    office.archive.write([RoomForgotten("#TEA")])
    assert office.archive.restore(office.at).records == (OTHERS_ROOM,)
