"""Who somebody is: by password, by SCRAM, by certificate."""

from __future__ import annotations

import base64
import statistics
import time
from dataclasses import replace

import pytest
import scramp

from trio_chat.archive import passwords
from trio_chat.archive.logins import SCRAM_LENGTH
from trio_chat.archive.passwords import Passwords
from trio_chat.archive.settings import PasswordSettings
from trio_chat.core.account_questions import (
    AddCertificate,
    CheckCertificate,
    CheckLogin,
    DisableAccount,
    FinishScram,
    ListCertificates,
    Register,
    RemoveCertificate,
    Scram,
    SetPassword,
    StartScram,
    Verdict,
)
from trio_chat.store import accounts
from trio_chat.store.accounts import Secrets

from .office import CHEAP, PASSWORD, Office

PRINT = "ab" * 32


# -- by password


def test_only_the_password_of_an_account_logs_in_to_it(office: Office) -> None:
    alice = office.have("Alice")
    office.have("bob", "another one")
    assert office.ask(CheckLogin("Alice", PASSWORD)) == Verdict(account=alice)
    assert office.ask(CheckLogin("ALICE", PASSWORD)).account == alice
    for name, password in [
        ("alice", "another one"),
        ("alice", ""),
        ("alice", PASSWORD.upper()),
        ("alice", PASSWORD + " "),
        ("alice", "x" * 1_000_000),
        ("alice", "\ud800"),
        ("alice", "\x00"),
        ("carol", PASSWORD),
        ("", ""),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("alice\x00", PASSWORD),
    ]:
        assert office.ask(CheckLogin(name, password)) == Verdict("wrong"), name


def test_a_password_is_the_same_however_it_is_typed(office: Office) -> None:
    # SASLprep (RFC 4013 section 3): "I<U+00AD>X" is "IX", and so on.
    office.have("alice", "Ⅸ\u00ad or more")
    assert office.login("alice", "IX or more") == ""
    office.have("bob", "cafe\u0301 au lait")
    assert office.login("bob", "café au lait") == ""


def test_an_account_that_is_disabled_says_so_to_its_owner_alone(office: Office) -> None:
    office.have("alice")
    verdict = office.ask(DisableAccount("alice"))
    assert verdict.account is not None
    assert verdict.account.disabled
    assert (office.login("alice"), office.login("alice", "guess")) == ("disabled", "wrong")
    office.ask(DisableAccount("alice", disabled=False))
    assert office.login("alice") == ""


def test_a_hash_is_renewed_at_login_when_the_parameters_have_changed(office: Office) -> None:
    office.have("alice")
    dearer = Office(office.store, passwords=replace(CHEAP, passes=2, scram_iterations=5000))
    assert dearer.login("alice", "wrong") == "wrong"
    with office.store.reading() as db:
        before = accounts.find(db, "alice")
    assert dearer.login("alice") == ""
    with office.store.reading() as db:
        after = accounts.find(db, "alice")
    assert before is not None
    assert after is not None
    assert ("t=1" in before.secrets.hash, "t=2" in after.secrets.hash) == (True, True)
    assert after.secrets.scram_iterations == 5000
    assert dearer.login("alice") == ""
    assert scram_login(dearer, "alice", PASSWORD).why == ""


def test_a_renewal_does_not_undo_a_change_of_the_password(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.have("alice")
    dearer = Office(office.store, passwords=replace(CHEAP, passes=2))
    renewed = Passwords.renewed

    def meanwhile(self: Passwords, secrets: Secrets, password: str) -> Secrets | None:
        office.ask(SetPassword("alice", "changed in between"))
        return renewed(self, secrets, password)

    monkeypatch.setattr(Passwords, "renewed", meanwhile)
    assert dearer.login("alice") == ""
    monkeypatch.undo()
    assert (office.login("alice"), office.login("alice", "changed in between")) == ("wrong", "")


def test_an_account_that_does_not_exist_takes_as_long_to_check() -> None:
    office = Office(passwords=PasswordSettings(memory_kib=2048, passes=2, scram_iterations=4096))
    office.have("alice")

    def cost(name: str) -> float:
        begin = time.thread_time()
        assert office.login(name, "not the password") == "wrong"
        return time.thread_time() - begin

    known = statistics.median(cost("alice") for _ in range(15))
    unknown = statistics.median(cost("nobody") for _ in range(15))
    assert 0.5 < known / unknown < 2


# -- SCRAM


def scram_login(office: Office, name: str, password: str) -> Scram:
    """The whole exchange, by the library's client; checks that the server proves itself too."""
    client = scramp.ScramClient(["SCRAM-SHA-256"], name, password)
    first = client.get_client_first()
    begun = office.scram(StartScram(first))
    client.set_server_first(begun.message)
    ended = office.scram(FinishScram(first, begun.nonce, client.get_client_final()))
    if not ended.why:
        client.set_server_final(ended.message)
    return ended


def test_the_example_of_rfc_7677() -> None:
    # RFC 7677 section 3: user "user", password "pencil".
    mechanism = scramp.ScramMechanism("SCRAM-SHA-256")
    salt, stored, server_key, rounds = mechanism.make_auth_info(
        "pencil", iteration_count=4096, salt=base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    )
    office = Office()
    office.have("user")
    with office.store.writing() as db:
        row = accounts.find(db, "user")
        assert row is not None
        accounts.set_secrets(
            db, row.id, Secrets(row.secrets.hash, salt, rounds, stored, server_key)
        )
    nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    ended = office.scram(
        FinishScram(
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            nonce,
            f"c=biws,r=rOprNGfwEbeRWgbNEkqO{nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        )
    )
    assert ended.message == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    assert ended.account is not None


def test_scram_lets_in_who_knows_the_password_and_nobody_else(office: Office) -> None:
    alice = office.have("Alice")
    assert scram_login(office, "alice", PASSWORD).account == alice
    assert scram_login(office, "alice", "guess") == Scram("e=invalid-proof", why="wrong")
    assert scram_login(office, "nobody", PASSWORD) == Scram("e=invalid-proof", why="wrong")


def test_scram_lets_in_a_device_of_an_account(office: Office) -> None:
    alice = office.have("Alice")
    assert scram_login(office, "alice@phone", PASSWORD).account == alice
    assert scram_login(office, "alice@phone", "guess") == Scram("e=invalid-proof", why="wrong")


def test_scram_does_not_tell_which_accounts_there_are(office: Office) -> None:
    office.have("alice")

    def greet(name: str) -> dict[str, str]:
        answer = office.scram(StartScram(f"n,,n={name},r=abcdef"))
        return dict(part.split("=", 1) for part in answer.message.split(","))

    known, unknown = greet("alice"), greet("nobody")
    assert [len(known[key]) for key in "rsi"] == [len(unknown[key]) for key in "rsi"]
    assert known["i"] == unknown["i"]
    assert greet("nobody")["s"] == greet("NOBODY")["s"] == unknown["s"] != greet("other")["s"]
    elsewhere = Office()
    assert unknown["s"] not in elsewhere.scram(StartScram("n,,n=nobody,r=abcdef")).message


@pytest.mark.parametrize(
    "first",
    [
        "",
        "n,,",
        "n,,n=alice",
        "p=tls-unique,,n=alice,r=abc",
        "n,a=bob,n=alice,r=abc",
        "n,,n=al=ice,r=abc",
        "n,,n=,r=abc",
        "n,,n=alice,r=",
        "n,,m=x,n=alice,r=abc",
        "n,,n=al\x00ice,r=abc",
        "n,,n=alice,r=a\x1bc",
        f"n,,n=alice,r={'x' * SCRAM_LENGTH}",
    ],
)
def test_a_scram_message_that_is_none_fails(office: Office, first: str) -> None:
    office.have("alice")
    begun = office.scram(StartScram(first))
    assert (begun.why, begun.account) == ("wrong", None)
    ended = office.scram(FinishScram(first, "abc", "c=biws,r=abc,p=YWJj"))
    assert (ended.why, ended.account) == ("wrong", None)


@pytest.mark.parametrize(
    "final", ["", "c=biws", "c=biws,r=other,p=YWJj", "c=!,r=abcdef,p=!", "x" * (SCRAM_LENGTH + 1)]
)
def test_a_scram_proof_that_is_none_fails(office: Office, final: str) -> None:
    office.have("alice")
    assert office.scram(FinishScram("n,,n=alice,r=abc", "def", final)).why == "wrong"


def test_scram_of_an_account_without_a_password_or_that_nobody_may_use(office: Office) -> None:
    with office.store.writing() as db:
        accounts.add(db, "carol", "carol", 1.0)
    assert scram_login(office, "carol", "").why == "wrong"
    assert office.login("carol", "") == "wrong"
    office.have("alice")
    office.ask(DisableAccount("alice"))
    ended = scram_login(office, "alice", PASSWORD)
    assert (ended.why, ended.account) == ("disabled", None)


def test_a_proof_made_before_the_password_changed_fails(office: Office) -> None:
    office.have("alice")
    client = scramp.ScramClient(["SCRAM-SHA-256"], "alice", PASSWORD)
    first = client.get_client_first()
    begun = office.scram(StartScram(first))
    client.set_server_first(begun.message)
    office.ask(SetPassword("alice", "something else"))
    ended = office.scram(FinishScram(first, begun.nonce, client.get_client_final()))
    assert ended.why == "wrong"


# -- by certificate


def test_a_certificate_logs_in_to_the_account_it_was_given_to(office: Office) -> None:
    alice = office.have("alice")
    office.have("bob")
    assert office.ask(CheckCertificate(PRINT)) == Verdict("wrong")
    assert office.ask(AddCertificate("ALICE", PRINT)) == Verdict(account=alice)
    assert office.ask(AddCertificate("bob", PRINT)) == Verdict("taken")
    assert office.ask(CheckCertificate(PRINT)).account == alice
    assert office.ask(CheckCertificate(PRINT, "Alice")).account == alice
    assert office.ask(CheckCertificate(PRINT, "bob")) == Verdict("wrong")
    assert office.archive.answerers[ListCertificates](ListCertificates("alice")) == (PRINT,)
    office.ask(DisableAccount("alice"))
    assert office.ask(CheckCertificate(PRINT)).why == "disabled"
    assert office.ask(RemoveCertificate("bob", PRINT)) == Verdict("wrong")
    assert office.ask(RemoveCertificate("alice", PRINT)).why == ""
    assert office.ask(RemoveCertificate("alice", PRINT)) == Verdict("wrong")
    assert office.ask(CheckCertificate(PRINT)) == Verdict("wrong")
    assert office.archive.answerers[ListCertificates](ListCertificates("nobody")) == ()


def test_certificates_are_fingerprints_and_not_too_many(office: Office) -> None:
    office.have("alice")
    for wrong in ("", "ab", PRINT.upper(), "zz" * 32, PRINT + "\n"):
        assert office.ask(AddCertificate("alice", wrong)).why == "wrong"
    assert office.ask(AddCertificate("nobody", PRINT)) == Verdict("wrong")
    for number in range(20):
        assert office.ask(AddCertificate("alice", f"{number:064x}")).why == ""
    assert office.ask(AddCertificate("alice", PRINT)).why == "full"


# -- passwords that will not do


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 6"),
        ("short", "at least 6"),
        ("qwerty", "everybody tries first"),
        ("\u00ad" * 20, "at least 6"),
        ("x" * (passwords.PASSWORD_BYTES + 1), "at most 300 bytes"),
        ("é" * 200, "at most 300 bytes"),
        ("password123", "everybody"),
        ("PassWord123", "everybody"),
        ("aaaaaaaaaaaa", "everybody"),
        ("AliceLiddell", "the name"),
        ("lleddilecila", "the name"),
        ("mushrooms@example.org", "the name"),
        ("mushrooms", "the name"),
        ("bell \x07 and more", "no password can have"),
        ("nul \x00 and more", "no password can have"),
        ("\ud800 and more of it", "no password can have"),
    ],
)
def test_a_password_that_is_easy_to_guess_or_none_is_refused(
    office: Office, password: str, why: str
) -> None:
    verdict = office.ask(Register("AliceLiddell", password, "mushrooms@example.org"))
    assert (verdict.why, why in verdict.text) == ("weak", True), verdict
