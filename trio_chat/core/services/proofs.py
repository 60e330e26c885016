"""PASSWD, CERT, 2FA: what proves that an account is somebody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trio_chat.core.account_questions import (
    AddCertificate,
    FinishSecondFactor,
    ListCertificates,
    RemoveCertificate,
    SetPassword,
    StartSecondFactor,
    Verdict,
)
from trio_chat.core.effects import Effect
from trio_chat.core.replies import Refusal
from trio_chat.core.services.accounts import (
    NICKSERV,
    UNAVAILABLE,
    ask,
    own_account,
    prove,
    say,
    told,
)
from trio_chat.core.services.service import Word
from trio_chat.core.state import Session, World

FINGERPRINT_DIGITS = 64
"""SHA-256 in hexadecimal."""


def _passwd(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = own_account(session)
    old, new, again = (*words, words[-1])[:3]
    if again != new:
        raise Refusal("", "The new password is not the same both times.")
    most = world.settings.accounts.password_bytes
    if len(new.encode()) > most:
        raise Refusal("", f"The password must have 1 to {most} bytes.")
    question = SetPassword(account, new, old)
    text = "Your password is another one now."
    yield prove(world, session, question, account, told(text))


def _cert(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = own_account(session)
    match words[0].upper(), list(words[1:]):
        case "LIST", []:
            yield NICKSERV.ask(session, ListCertificates(account), _list_certificates)
        case "ADD", said:
            fingerprint = _fingerprint(said[0]) if said else _shown(session)
            text = "This certificate logs in to your account now."
            yield ask(session, AddCertificate(account, fingerprint), told(text))
        case (("DEL" | "DELETE"), [said]):
            text = "This certificate logs in to it no longer."
            yield ask(session, RemoveCertificate(account, _fingerprint(said)), told(text))
        case _:
            raise Refusal("", "Say: CERT LIST, CERT ADD [fingerprint] or CERT DEL fingerprint")


def _shown(session: Session) -> str:
    """The fingerprint of the client's own certificate; that of a gateway is another's."""
    if not (session.fingerprint and session.has_own_tls):
        raise Refusal("", "Your client has shown no certificate; name its fingerprint.")
    return session.fingerprint


def _fingerprint(text: str) -> str:
    """A fingerprint as people write it, with or without colons, as it is kept."""
    digits = text.replace(":", "").lower()
    if len(digits) != FINGERPRINT_DIGITS or digits.strip("0123456789abcdef"):
        raise Refusal("", "That is no fingerprint: it has 64 digits (SHA-256).")
    return digits


def _list_certificates(
    world: World, session: Session, found: tuple[str, ...] | None
) -> Iterator[Effect]:
    if found is None:
        raise Refusal("", UNAVAILABLE)
    for fingerprint in found:
        yield say(world, session, fingerprint)
    yield say(world, session, f"Certificates of your account: {len(found)}.")


def _second_factor(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    account = own_account(session)
    match words[0].upper(), list(words[1:]):
        case "ON", []:
            yield ask(session, StartSecondFactor(account), _show_secret)
        case ("CONFIRM" | "OFF") as which, [code]:
            is_on = which == "CONFIRM"
            question = FinishSecondFactor(account, code, is_on)
            text = f"The second factor is {'on' if is_on else 'off'}."
            yield prove(world, session, question, account, told(text))
        case _:
            raise Refusal("", "Say: 2FA ON, then 2FA CONFIRM code; or 2FA OFF code")


def _show_secret(world: World, session: Session, verdict: Verdict) -> Iterator[Effect]:
    yield say(world, session, "Give this to your authenticator, then say 2FA CONFIRM code:")
    yield say(world, session, verdict.text)


WORDS = {
    "PASSWD": Word(_passwd, "old new [new]", "Changes your password.", 2, 3, logged_in=True),
    "CERT": Word(
        _cert,
        "LIST|ADD|DEL [fingerprint]",
        "Lets the TLS certificate of your client log in to your account (SASL EXTERNAL).",
        1,
        2,
        logged_in=True,
    ),
    "2FA": Word(
        _second_factor,
        "ON|CONFIRM|OFF [code]",
        "Asks for a code of your authenticator whenever you log in by password.",
        1,
        2,
        logged_in=True,
    ),
}
