"""What a client of the shape `logins` says to a server, and when it believes to be in."""

from __future__ import annotations

import base64

import pytest

from benchmarks.crowd import Trouble
from benchmarks.shapes.logins import Visit, keeps_accounts

OFFERS = b"sasl=EXTERNAL,PLAIN draft/account-registration=before-connect"
"""The capabilities of a server with accounts."""


def talk(visit: Visit, *lines: bytes) -> list[bytes]:
    """What the visitor says to each line."""
    return [visit.hear(line).removesuffix(b"\r\n") for line in lines]


def test_the_first_visit_makes_an_account() -> None:
    visit = Visit(b"u7", is_owner=False)
    assert visit.first() == b"CAP LS 302\r\nNICK u7\r\nUSER u7 0 * :load\r\n"
    said = talk(
        visit,
        b":here CAP * LS :" + OFFERS,
        b":here CAP * ACK :draft/account-registration",
        b":here 001 u7 :Welcome",
        b":here 900 u7 u7!u7@h u7 :You are now logged in as u7",
        b":here REGISTER SUCCESS u7 :Account created",
    )
    assert said[:2] == [b"CAP REQ draft/account-registration", b"CAP END"]
    assert said[2].startswith(b"REGISTER * * :")
    assert said[3:] == [b"", b"QUIT"]
    assert (visit.is_owner, visit.is_over) == (True, True)


def test_the_next_ones_log_in_with_the_same_password() -> None:
    first = Visit(b"u7", is_owner=False)
    first.hear(b":here CAP * LS :" + OFFERS)
    password = first.hear(b":here 001 u7 :Hi").removesuffix(b"\r\n").partition(b" :")[2]
    visit = Visit(b"u7", is_owner=True)
    assert visit.first().startswith(b"CAP REQ sasl\r\n")
    said = talk(visit, b":here CAP u7 ACK :sasl", b"AUTHENTICATE +", b":here 903 u7 :Done")
    assert said[::2] == [b"AUTHENTICATE PLAIN", b"CAP END"]
    secret = base64.b64decode(said[1].removeprefix(b"AUTHENTICATE "))
    assert secret == b"\0u7\0" + password
    assert not visit.is_over
    assert talk(visit, b":here 001 u7 :Welcome") == [b"QUIT"]
    assert visit.is_over


def test_an_account_from_an_earlier_run_will_do() -> None:
    visit = Visit(b"u7", is_owner=False)
    visit.hear(b":here CAP * LS :" + OFFERS)
    assert talk(visit, b":here FAIL REGISTER ACCOUNT_EXISTS u7 :Taken") == [b"QUIT"]
    assert visit.is_owner


@pytest.mark.parametrize(
    "answers",
    [
        [],  # the floor knows no CAP
        [b":here CAP * LS :multi-prefix"],
        [b":here CAP * LS :sasl=PLAIN"],
        [b":here CAP * LS :draft/account-registration sasl=EXTERNAL"],
    ],
)
def test_where_no_accounts_are_kept_it_only_leaves(answers: list[bytes]) -> None:
    visit = Visit(b"u7", is_owner=False)
    assert talk(visit, *answers) == [b"CAP END"] * len(answers)
    assert talk(visit, b":here 001 u7 :Welcome") == [b"QUIT"]
    assert not visit.is_owner


def test_a_list_of_capabilities_may_take_several_lines() -> None:
    visit = Visit(b"u7", is_owner=False)
    said = talk(
        visit,
        b":here CAP * LS * :draft/account-registration",
        b":here CAP * LS * :away-notify",
        b":here CAP * LS :sasl=PLAIN",
    )
    assert said == [b"", b"", b"CAP REQ draft/account-registration"]


@pytest.mark.parametrize(
    "refusal",
    [
        b":here CAP * NAK :sasl",
        b":here 433 * u7 :Nickname is already in use",
        b":here 904 u7 :SASL authentication failed",
        b":here FAIL REGISTER TEMPORARILY_UNAVAILABLE u7 :Later",
        b":here REGISTER VERIFICATION_REQUIRED u7 :Read your mail",
        b"ERROR :Too many connections",
    ],
)
def test_a_refusal_ends_the_run_with_its_words(refusal: bytes) -> None:
    with pytest.raises(Trouble, match=refusal.decode().rpartition(":")[2]):
        Visit(b"u7", is_owner=True).hear(refusal)


def test_what_is_no_answer_needs_none() -> None:
    assert talk(Visit(b"u7", True), b":here NOTICE u7 :Hello", b":here 375 u7 :Motd") == [b"", b""]


def test_plain_must_be_among_the_mechanisms() -> None:
    assert keeps_accounts(OFFERS)
    assert not keeps_accounts(OFFERS.replace(b"PLAIN", b"SCRAM-SHA-256"))
