"""The second factor: codes that change, each good once."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from trio_chat.archive.second_factor import WINDOW_SECONDS, WRONG_CODES, step_of
from trio_chat.core.account_questions import (
    AddCertificate,
    CheckCertificate,
    FinishSecondFactor,
    StartSecondFactor,
    Verdict,
)

from .office import PASSWORD, Office
from .test_logins import PRINT, scram_login

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [
        # RFC 6238 appendix B, SHA-1; of its eight digits the last six.
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_rfc_6238(at: int, code: str) -> None:
    assert step_of(RFC_SECRET, code, at) == at // 30
    assert step_of(RFC_SECRET, code, at + 30) == at // 30
    assert step_of(RFC_SECRET, code, at - 30) == at // 30
    assert step_of(RFC_SECRET, code, at + 60) is None
    assert step_of(RFC_SECRET, code[:-1], at) is None
    assert step_of(RFC_SECRET, "", at) is None


def turn_on(office: Office, name: str = "alice") -> pyotp.TOTP:
    """A second factor that is on; its authenticator."""
    started = office.ask(StartSecondFactor(name))
    address = urlsplit(started.text)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    authenticator = pyotp.TOTP(parse_qs(address.query)["secret"][0])
    finished = office.ask(FinishSecondFactor(name, authenticator.at(office.at)))
    assert finished.account is not None
    assert finished.account.has_second_factor
    office.at += 30
    return authenticator


def test_with_a_second_factor_the_password_alone_is_not_enough(office: Office) -> None:
    office.have("alice")
    authenticator = turn_on(office)
    code = authenticator.at(office.at)
    assert office.login("alice") == "second-factor"
    assert office.login("alice", "guess") == "wrong"
    assert office.login("alice", f"guess {code}") == "wrong"
    assert office.login("alice", f"{PASSWORD} {(int(code) + 1) % 1_000_000:06}") == "wrong"
    assert office.login("alice", f"{PASSWORD} {code}") == ""
    assert scram_login(office, "alice", PASSWORD).why == "second-factor"
    assert scram_login(office, "alice", "guess").why == "wrong"
    office.ask(AddCertificate("alice", PRINT))
    assert office.ask(CheckCertificate(PRINT)).why == ""


def test_a_code_is_good_once(office: Office) -> None:
    office.have("alice")
    authenticator = turn_on(office)
    earlier, code = authenticator.at(office.at - 30), authenticator.at(office.at)
    assert office.login("alice", f"{PASSWORD} {earlier}") == "wrong"  # it has turned it on
    assert office.login("alice", f"{PASSWORD} {code}") == ""
    assert office.login("alice", f"{PASSWORD} {code}") == "wrong"
    office.at += 30
    assert office.login("alice", f"{PASSWORD} {authenticator.at(office.at)}") == ""


def test_a_password_that_looks_like_one_with_a_code(office: Office) -> None:
    office.have("alice", "tea at 123456")
    assert office.login("alice", "tea at 123456") == ""
    authenticator = turn_on(office)
    assert office.login("alice", f"tea at 123456 {authenticator.at(office.at)}") == ""


def test_guessing_codes_is_bounded_and_for_a_time(office: Office) -> None:
    office.have("alice")
    authenticator = turn_on(office)
    office.at += 30
    right = authenticator.at(office.at)
    wrong = f"{(int(right) + 500) % 1_000_000:06}"
    for _ in range(WRONG_CODES):
        assert office.login("alice", f"{PASSWORD} {wrong}") == "wrong"
    assert office.login("alice", f"{PASSWORD} {right}") == "full"
    assert office.ask(FinishSecondFactor("alice", right, on=False)) == Verdict("full")
    assert office.login("alice", f"guess {right}") == "wrong"
    office.at += WINDOW_SECONDS
    assert office.login("alice", f"{PASSWORD} {authenticator.at(office.at)}") == ""


def test_it_counts_from_the_first_right_code(office: Office) -> None:
    office.have("alice")
    assert office.ask(FinishSecondFactor("alice", "123456")) == Verdict("wrong")
    office.ask(StartSecondFactor("alice"))
    assert office.ask(FinishSecondFactor("alice", "")) == Verdict("wrong")
    assert office.login("alice") == ""
    for question in (StartSecondFactor("bob"), FinishSecondFactor("bob", "123456")):
        assert office.ask(question) == Verdict("wrong")


def test_whoever_finds_a_session_open_cannot_replace_it(office: Office) -> None:
    office.have("alice")
    authenticator = turn_on(office)
    assert office.ask(StartSecondFactor("alice")).why == "taken"
    used = authenticator.at(office.at - 30)
    assert office.ask(FinishSecondFactor("alice", used, on=False)) == Verdict("wrong")
    finished = office.ask(FinishSecondFactor("alice", authenticator.at(office.at), on=False))
    assert finished.account is not None
    assert not finished.account.has_second_factor
    assert office.login("alice") == ""
    assert office.ask(StartSecondFactor("alice")).why == ""


def test_an_operator_helps_who_has_lost_it(office: Office) -> None:
    office.have("alice")
    turn_on(office)
    assert office.archive.holdings.drop_second_factor("alice").why == ""
    assert office.login("alice") == ""
    assert office.archive.holdings.drop_second_factor("bob") == Verdict("wrong")
