"""What the words of NickServ share: how they ask about an account, and what they say of the answer.

Law: what is tried with a password or a code counts as AUTHENTICATE does, failures and all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trio_chat.core.account_questions import Verdict, Why
from trio_chat.core.accounts import Account
from trio_chat.core.departure import drop
from trio_chat.core.effects import Effect, Log
from trio_chat.core.held_names import SERVICE_NICKS, take_in
from trio_chat.core.questions import Question
from trio_chat.core.replies import Refusal
from trio_chat.core.services.service import Service
from trio_chat.core.state import Session, World

NICKSERV = Service(
    SERVICE_NICKS[0], "NickServ looks after accounts: an account holds your nick for you."
)

UNAVAILABLE = "This cannot be done at present, try again later."

_WHY: dict[Why, str] = {
    "wrong": "That is not right.",
    "disabled": "The account is disabled.",
    "unverified": "Its e-mail address has not been confirmed yet: VERIFY it.",
    "second-factor": "After the password comes the code of the second factor.",
    "taken": "That is somebody's already.",
    "weak": "The password is too easy to guess.",
    "full": "There are too many already.",
}

Done = Callable[[World, Session, Verdict], Iterator[Effect]]
"""What follows a good answer."""


def say(world: World, session: Session, text: str) -> Effect:
    """One answer of NickServ's."""
    return NICKSERV.say(world, session, text)


def own_account(session: Session) -> str:
    """The account of who speaks; refused if they have logged in to none."""
    if not session.user.account:
        raise Refusal("", "Log in to your account first: /msg NickServ IDENTIFY")
    return session.user.account


def known_account(world: World, name: str) -> Account:
    """The account of that name, refused if there is none."""
    account = world.accounts.find(name)
    if account is None:
        raise Refusal("", f"There is no account {name}.")
    return account


def ask(session: Session, question: Question, done: Done) -> Effect:
    """Have a question answered; a good answer is gone on with, a bad one told."""

    def then(world: World, session: Session, verdict: Verdict | None) -> Iterator[Effect]:
        yield from done(world, session, _granted(verdict))

    return NICKSERV.ask(session, question, then)


def prove(world: World, session: Session, question: Question, name: str, done: Done) -> Effect:
    """Like `ask`, for what may be a guess at the secrets of the account of that name."""
    throttle = world.throttles.login_failures
    wait = world.throttle(session, throttle)
    if wait:
        text = f"Too many tries from your address, wait {int(wait) + 1} seconds."
        raise Refusal("", text)

    def then(world: World, session: Session, verdict: Verdict | None) -> Iterator[Effect]:
        if verdict is not None and verdict.why not in ("", "weak"):
            yield from _fail(world, session, name, verdict)
            return
        world.give_back(session, world.throttles.login_failures)
        yield from done(world, session, _granted(verdict))

    return NICKSERV.ask(session, question, then)


def told(text: str) -> Done:
    """What follows a good answer: the account as it is now, and a text."""

    def done(world: World, session: Session, verdict: Verdict) -> Iterator[Effect]:
        if verdict.account is not None:
            yield from take_in(world, verdict.account)
        yield say(world, session, text)

    return done


def _granted(verdict: Verdict | None) -> Verdict:
    """The verdict, if it is a good one; else refused with what it says."""
    if verdict is None:
        raise Refusal("", UNAVAILABLE)
    if verdict.why:
        raise Refusal("", verdict.text or _WHY.get(verdict.why, UNAVAILABLE))
    return verdict


def _fail(world: World, session: Session, name: str, verdict: Verdict) -> Iterator[Effect]:
    """Count a failure and tell of it; the last one ends the connection."""
    source = f"{session.user.source} ({session.address})"
    yield Log(f"{source} could not prove to own {name}: {verdict.why}")
    session.failures += 1
    if session.failures >= world.settings.limits.password_tries and not session.exempt:
        yield from drop(world, session, "Too many wrong passwords")
        return
    _granted(verdict)
