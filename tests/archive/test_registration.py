"""How an account comes to be: names, invitations, addresses that are confirmed by mail."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from trio_chat.archive.archive import SWEEP_SECONDS
from trio_chat.archive.registration import INVITES
from trio_chat.archive.settings import MailSettings
from trio_chat.core.account_questions import (
    CheckLogin,
    DisableAccount,
    Invite,
    Register,
    Verdict,
    Verify,
)
from trio_chat.store.database import FILE_NAME, Store

from .office import PASSWORD, Office
from .post_office import PostOffice

MAIL = MailSettings(host="127.0.0.1", security="none", sender="chat@example.org")


# -- names


def test_an_account_is_what_was_registered(office: Office) -> None:
    verdict = office.ask(Register("Alice", PASSWORD, "a@example.org"))
    assert verdict.why == ""
    assert verdict.account == office.account("Alice")
    assert verdict.account is not None
    assert (verdict.account.email, verdict.account.created) == ("a@example.org", office.at)


@pytest.mark.parametrize(
    "name", ["", "two words", "a\x00b", "a\r\nb", "\x1b[2J", "#room", "x" * 33, "' OR 1=1; --", "é"]
)
def test_a_name_that_nobody_could_have_is_refused(office: Office, name: str) -> None:
    assert office.ask(Register(name, PASSWORD)).why == "wrong"
    assert office.archive.registration.add(name, PASSWORD).why == "wrong"
    assert office.archive.restore(office.at).accounts == ()


@pytest.mark.parametrize(
    "email",
    [
        "nobody",
        "a@b@c",
        "a b@c",
        "a@b, c@d",
        "<a@b>",
        "a@b\r\nBcc: x@y",
        "a@b\nX: y",
        "a\x00@b",
        "@b",
        "a@",
        f"{'x' * 260}@b",
    ],
)
def test_an_address_that_is_none_is_refused(office: Office, email: str) -> None:
    assert office.ask(Register("alice", PASSWORD, email)).why == "email"


def test_a_name_is_taken_in_any_case(office: Office) -> None:
    office.have("Alice")
    assert office.ask(Register("aLICE", "another password")) == Verdict("taken")
    assert office.login("alice") == ""


def test_of_many_who_want_one_name_at_once_exactly_one_has_it(tmp_path: Path) -> None:
    offices = [Office(Store(tmp_path)) for _ in range(2)]  # as two processes have it
    start = threading.Barrier(8)
    answers: list[Verdict] = []

    def register(number: int) -> None:
        start.wait()
        answers.append(offices[number % 2].ask(Register("alice", f"password of {number}")))

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.why for answer in answers) == ["", *["taken"] * 7]
    assert [offices[0].login("alice", f"password of {n}") for n in range(8)].count("") == 1
    for office in offices:
        office.store.close()


# -- invitations


def test_an_invitation_is_needed_where_it_is_needed(office: Office) -> None:
    for invite in ("", "guess", "\x00", "' OR 1=1 --"):
        question = Register("alice", PASSWORD, invite=invite, needs_invite=True)
        assert office.ask(question) == Verdict("invite")
    token = office.ask(Invite("root", uses=1, seconds=100)).text
    # Those who cannot have their name do not use it up, nor do those who need none.
    assert office.ask(Register("free", PASSWORD, invite=token)).why == ""
    assert office.ask(Register("free", PASSWORD, invite=token, needs_invite=True)).why == "taken"
    assert office.ask(Register("bob", "weak", invite=token, needs_invite=True)).why == "weak"
    assert office.ask(Register("bob", PASSWORD, invite=token, needs_invite=True)).why == ""
    assert office.ask(Register("carol", PASSWORD, invite=token, needs_invite=True)).why == "invite"


def test_an_invitation_runs_out(office: Office) -> None:
    token = office.ask(Invite("root", uses=5, seconds=100)).text
    office.at += 100
    question = Register("alice", PASSWORD, invite=token, needs_invite=True)
    assert office.ask(question) == Verdict("invite")


def test_invitations_are_not_too_many(office: Office) -> None:
    for _ in range(INVITES):
        assert office.ask(Invite("root", uses=1, seconds=100)).why == ""
    assert office.ask(Invite("root", uses=1, seconds=100)) == Verdict("full")
    office.at += 100
    assert office.ask(Invite("root", uses=1, seconds=100)).why == ""


# -- confirming an address


def code_in(post: PostOffice, number: int = -1) -> str:
    found = re.search(r"/quote VERIFY alice (\S+)", post.letters[number].get_content())
    assert found is not None
    return found[1]


def test_an_address_is_confirmed_by_the_code_that_was_mailed_to_it() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port), network="Tea House")
        verdict = office.ask(Register("alice", PASSWORD, "a@example.org"))
        assert verdict.why == "unverified"
        assert verdict.account is not None
        assert not verdict.account.verified
        (letter,) = post.letters
        assert letter["To"] == "a@example.org"
        assert letter["From"] == "chat@example.org"
        assert letter["Subject"] == "Your account alice on Tea House"
    assert (office.login("alice"), office.login("alice", "guess")) == ("unverified", "wrong")
    for code in ("", "guess", code_in(post) + "x", "\ud800"):
        assert office.ask(Verify("alice", code)) == Verdict("wrong")
    assert office.ask(Verify("bob", code_in(post))) == Verdict("wrong")
    confirmed = office.ask(Verify("ALICE", code_in(post)))
    assert confirmed.why == ""
    assert confirmed.account is not None
    assert confirmed.account.verified
    assert office.login("alice") == ""
    assert office.ask(Verify("alice", code_in(post))) == Verdict("wrong")


def test_with_mail_an_address_is_needed() -> None:
    office = Office(mail=MAIL)
    assert office.ask(Register("alice", PASSWORD)).why == "email"
    assert Register in office.archive.waiting
    assert office.archive.registration.add("bob", PASSWORD).why == ""  # from the command line


def test_an_account_that_was_disabled_meanwhile_stays_so_when_confirmed() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port))
        office.ask(Register("alice", PASSWORD, "a@example.org"))
    office.ask(DisableAccount("alice"))
    assert office.ask(Verify("alice", code_in(post))).why == "disabled"
    assert office.login("alice") == "disabled"


def test_a_code_is_sent_again_to_who_asks_again_but_not_too_often() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port, resend_seconds=60, resends=3))
        again = Register("alice", PASSWORD, "a@example.org")
        assert office.ask(again).why == "unverified"
        assert office.ask(again).why == "full"
        office.at += 60
        assert office.ask(replace(again, password="guess")) == Verdict("taken")
        assert office.ask(replace(again, email="b@example.org")) == Verdict("taken")
        assert office.ask(again).why == "unverified"
        assert len(post.letters) == 2
        assert office.ask(Verify("alice", code_in(post, 0))) == Verdict("wrong")
        for _ in range(5):
            office.at += 60
            office.ask(again)
        assert len(post.letters) == 3
        assert office.ask(Verify("alice", code_in(post))).why == ""
        assert office.ask(again) == Verdict("taken")


def test_a_name_that_is_not_confirmed_in_time_is_free_again() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port, code_hours=1))
        office.ask(Register("alice", PASSWORD, "a@example.org"))
        office.at += 3600
        assert office.ask(Verify("alice", code_in(post))) == Verdict("wrong")
        assert office.ask(Register("Alice", "by another one", "b@example.org")).why == "unverified"
        assert office.ask(Verify("alice", code_in(post, 0))) == Verdict("wrong")
        assert office.ask(Verify("alice", re.sub(".* ", "", code_of(post, "Alice")))).why == ""


def code_of(post: PostOffice, name: str) -> str:
    found = re.search(rf"VERIFY {name} \S+", post.letters[-1].get_content())
    assert found is not None
    return found[0]


def test_the_chat_is_told_when_a_name_is_free_again() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port, code_hours=1))
        office.ask(Register("alice", PASSWORD, "a@example.org"))
    office.archive.changes(office.at)
    office.archive.changes(office.at)
    office.at += 3600 - SWEEP_SECONDS / 2
    assert office.archive.changes(office.at) is None
    office.at += SWEEP_SECONDS
    changed = office.archive.changes(office.at)
    assert changed is not None
    assert changed.deleted == ("alice",)


def test_a_server_that_starts_forgets_who_was_not_confirmed_in_time() -> None:
    with PostOffice() as post:
        office = Office(mail=replace(MAIL, port=post.port, code_hours=1))
        office.ask(Register("alice", PASSWORD, "a@example.org"))
    assert office.account("alice") is not None
    office.at += 3600
    assert office.account("alice") is None


def test_without_a_mail_server_that_takes_it_there_is_no_account(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with PostOffice() as post:
        pass
    office = Office(mail=replace(MAIL, port=post.port, timeout_seconds=1))
    verdict = office.ask(Register("alice", PASSWORD, "secret.address@example.org"))
    assert verdict.why == "email"
    assert office.account("alice") is None
    assert "a mail could not be sent: Connection refused" in caplog.text
    assert "secret.address" not in caplog.text


def test_a_mail_server_that_refuses_is_no_reason_to_keep_the_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with PostOffice(refuses=True) as post:
        office = Office(mail=replace(MAIL, port=post.port))
        token = office.ask(Invite("root", uses=1, seconds=100)).text
        question = Register("alice", PASSWORD, "a@example.org", token, needs_invite=True)
        assert office.ask(question).why == "email"
        post.refuses = False
        assert "SMTPRecipientsRefused" in caplog.text
        assert "example.org" not in caplog.text
        assert office.ask(question).why == "unverified"  # the invitation was given back


def test_a_name_in_a_mail_is_no_template() -> None:
    with PostOffice() as post:
        office = Office(
            mail=replace(MAIL, port=post.port, subject="{account}", text="{code} {network}"),
            network="{code}",
        )
        office.ask(Register("{code}", PASSWORD, "a@example.org"))
        (letter,) = post.letters
        assert letter["Subject"] == "{code}"
        assert letter.get_content().rstrip().endswith(" {code}")


def test_only_hashes_of_codes_invitations_and_passwords_are_kept(tmp_path: Path) -> None:
    with PostOffice() as post, Store(tmp_path) as store:
        office = Office(store, mail=replace(MAIL, port=post.port))
        token = office.ask(Invite("root", uses=1, seconds=100)).text
        office.ask(Register("alice", PASSWORD, "a@example.org"))
        code = code_in(post)
        store.wipe()
        kept = (tmp_path / FILE_NAME).read_bytes()
    assert b"a@example.org" in kept
    for secret in (token, code, PASSWORD):
        assert secret.encode() not in kept


def test_a_password_is_shown_nowhere() -> None:
    for question in (Register("a", PASSWORD), CheckLogin("a", PASSWORD)):
        assert PASSWORD not in repr(question)
