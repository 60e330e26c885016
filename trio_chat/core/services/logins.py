"""REGISTER, VERIFY, IDENTIFY, LOGOUT: having an account, and being logged in to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from trio_chat.core.account_questions import CheckLogin, Verdict
from trio_chat.core.accounts import Account
from trio_chat.core.commands.account_registration import (
    NO_EMAIL,
    check_offer,
    confirmation,
    registered,
    verified,
    wish,
)
from trio_chat.core.commands.registration import go_on_logged_in
from trio_chat.core.effects import Effect
from trio_chat.core.held_names import take_in
from trio_chat.core.login import log_in, log_out
from trio_chat.core.replies import Refusal
from trio_chat.core.services.accounts import NICKSERV, UNAVAILABLE, prove, say
from trio_chat.core.services.service import Word
from trio_chat.core.state import Session, World


def _status(world: World, session: Session, status: str, text: str) -> Effect:
    return say(world, session, f"{text}.")


def _register(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    password, email, invite = (*words, *(NO_EMAIL, "")[len(words) - 1 :])
    name = session.user.nick
    check_offer(world, name)
    question = wish(world, session, name, email, password, invite)
    yield NICKSERV.ask(session, question, partial(registered, name=name, say=_status))


def _verify(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    name, code = words if len(words) == 2 else (session.user.nick, words[0])
    question = confirmation(world, session, name, code)
    yield NICKSERV.ask(session, question, partial(verified, name=name, say=_status))


def _identify(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    name, password = session.user.nick, list(words)
    if len(words) > 1 and (account := world.accounts.find(words[0])) is not None:
        name, password = account.name, password[1:]
    elif (holder := world.accounts.holder(name)) is not None:
        name = holder.name
    done = partial(_identified, removals=world.accounts.removals)
    yield prove(world, session, CheckLogin(name, " ".join(password)), name, done)


def _identified(
    world: World, session: Session, verdict: Verdict, *, removals: int
) -> Iterator[Effect]:
    account = _as_it_is_now(world, verdict.account, removals)
    if account is None:
        raise Refusal("", UNAVAILABLE)
    if account.disabled:
        raise Refusal("", "The account is disabled.")
    user = session.user
    if len(user.sessions) > 1 and world.fold(user.account) != world.fold(account.name):
        raise Refusal("", "You are here with several clients: leave with the others first.")
    is_new = world.accounts.find(account.name) is None
    yield from log_in(world, session, account)
    if is_new:
        yield from take_in(world, account)
    yield from go_on_logged_in(world, session)
    if session.id in world.sessions:
        yield say(world, session, f"You are logged in to {account.name}.")


def _as_it_is_now(world: World, found: Account | None, removals: int) -> Account | None:
    """The account that was found, as it is known by now; None if it is gone or another's.

    One that is not known is new, unless some were removed meanwhile: then it may be one of them.
    """
    if found is None:
        return None
    known = world.accounts.find(found.name)
    if known is None:
        return found if world.accounts.removals == removals else None
    return known if known.created == found.created else None


def _logout(world: World, session: Session, words: Sequence[str]) -> Iterator[Effect]:
    yield from log_out(world, session.user)
    if session.id in world.sessions:  # nobody stays where everybody must be logged in
        yield say(world, session, "You are logged out.")


WORDS = {
    "REGISTER": Word(
        _register,
        "password [email|*] [invitation]",
        "Makes an account with your nick for its name.",
        1,
        3,
    ),
    "VERIFY": Word(_verify, "[account] code", "Confirms your e-mail address.", 1, 2),
    "IDENTIFY": Word(_identify, "[account] password [code]", "Logs you in to your account.", 1, 50),
    "LOGOUT": Word(_logout, "", "Logs you out, with all your clients.", 0, 0, logged_in=True),
}
