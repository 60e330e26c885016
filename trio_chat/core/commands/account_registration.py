"""REGISTER and VERIFY: having an account (IRCv3 account-registration).

Laws:

* An account is registered for oneself: not under the nick of somebody who is here, nor under a
  name that is held.
* Nothing is registered past the password of the server.
* An address has only so many accounts registered, and so many codes tried.

Beyond the specification: where an invitation is needed it is a fourth parameter of REGISTER, and
without a good one the code of the refusal is INVITATION_REQUIRED; where nobody may register it is
DISALLOWED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from trio_chat.core.account_questions import Register, Verdict, Verify, Why
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.asking import ask
from trio_chat.core.commands.alert import keeps_new_accounts_out
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.registration import go_on_logged_in, knows_password, turn_away
from trio_chat.core.effects import Effect
from trio_chat.core.held_names import take_in, why_not_to_hold
from trio_chat.core.login import log_in
from trio_chat.core.replies import Refusal, from_server
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message

NO_EMAIL = "*"

_REFUSALS: dict[Why, tuple[str, str]] = {
    "taken": ("ACCOUNT_EXISTS", "There is such an account already"),
    "weak": ("WEAK_PASSWORD", "The password is too easy to guess"),
    "email": ("INVALID_EMAIL", "No mail can be sent to this address"),
    "invite": ("INVITATION_REQUIRED", "You need an invitation, as the last parameter of REGISTER"),
}
_UNAVAILABLE = ("TEMPORARILY_UNAVAILABLE", "This cannot be done at present, try again later")


Say = Callable[[World, Session, str, str], Effect]
"""How it is told what came of it: given the status and a text."""


def can_register(world: World, rules: AccountRules) -> bool:
    """Whether anybody may register an account under these rules."""
    return world.keeps_accounts and rules.registration != "closed"


def registration_keys(rules: AccountRules) -> list[str]:
    """What the capability says about registering (account-registration, "Capability")."""
    keys = {
        "before-connect": rules.before_connect,
        "custom-account-name": rules.custom_name,
        "email-required": rules.email,
    }
    return [key for key, is_true in keys.items() if is_true]


# -- REGISTER


def register(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REGISTER account|* email|* password [invitation]`."""
    wanted, email, password, *more = message.params
    nick = session.user.nick
    name = nick if wanted == "*" else wanted
    _check_time(world, session)
    check_offer(world, wanted)
    if not nick:
        raise Refusal("NEED_NICK", "*", "Choose a nick first")
    if not session.registered and not knows_password(world, session):
        yield from turn_away(world, session)
        return
    question = wish(world, session, name, email, password, more[0] if more else "")
    then = partial(registered, name=name, say=partial(_say, command="REGISTER", name=name))
    yield ask(session, question, "REGISTER", then)


def _say(
    world: World, session: Session, status: str, text: str, *, command: str, name: str
) -> Effect:
    return from_server(world, session, command, status, name, text)


def wish(
    world: World, session: Session, name: str, email: str, password: str, invite: str
) -> Register:
    """The question that registers this account, if it may be. Raises `Refusal`."""
    rules = world.settings.accounts
    if keeps_new_accounts_out(world, session):
        text = "Nobody can register an account at present, try again later"
        raise Refusal("TEMPORARILY_UNAVAILABLE", word(name), text)
    _check_nobody(session, name)
    _check_account_name(world, session, name)
    if not 1 <= len(password.encode()) <= rules.password_bytes:
        text = f"The password must have 1 to {rules.password_bytes} bytes"
        raise Refusal("UNACCEPTABLE_PASSWORD", word(name), text)
    email = "" if email == NO_EMAIL else email
    if rules.email and not email:
        raise Refusal("INVALID_EMAIL", word(name), "An e-mail address is needed")
    wait = world.throttle(session, world.throttles.registrations)
    if wait:
        text = f"Too many accounts from your address, try again in {int(wait) + 1} seconds"
        raise Refusal("TEMPORARILY_UNAVAILABLE", word(name), text)
    return Register(name, password, email, invite, rules.registration == "invite")


def check_offer(world: World, name: str) -> None:
    """Raise the refusal of whoever would register where nobody may."""
    if not can_register(world, world.settings.accounts):
        raise Refusal("DISALLOWED", word(name), "Nobody can register an account here")


def _check_time(world: World, session: Session) -> None:
    if not session.registered and not world.settings.accounts.before_connect:
        raise Refusal("COMPLETE_CONNECTION_REQUIRED", "Come in first")


def _check_nobody(session: Session, name: str) -> None:
    if session.user.account:
        raise Refusal("ALREADY_AUTHENTICATED", word(name), "You are logged in to an account")


def _check_account_name(world: World, session: Session, name: str) -> None:
    """Raise the refusal of a name that this user cannot have for an account."""
    own = world.fold(name) == world.fold(session.user.nick)
    if not own and not world.settings.accounts.custom_name:
        text = "An account has the nick of who registers it: REGISTER *"
        raise Refusal("ACCOUNT_NAME_MUST_BE_NICK", word(name), text)
    known = world.accounts.find(name)
    if known is not None and known.verified:
        raise Refusal("ACCOUNT_EXISTS", name, "There is such an account already")
    # Of one that is not confirmed, the store knows whether it is they who register again: for
    # another code, since the first has not come, or not in time.
    if known is None and (why := why_not_to_hold(world, session.user, name)):
        raise Refusal("BAD_ACCOUNT_NAME", word(name), why)


def registered(
    world: World, session: Session, verdict: Verdict | None, *, name: str, say: Say
) -> Iterator[Effect]:
    """What came of a wish for an account. Raises `Refusal` if nothing did."""
    if verdict is None:
        world.give_back(session, world.throttles.registrations)
    if verdict is not None and verdict.why == "unverified":
        if verdict.account is not None:
            yield from take_in(world, verdict.account)
        text = verdict.text or "A code has been sent to your address: VERIFY it"
        yield say(world, session, "VERIFICATION_REQUIRED", text)
    elif verdict is None or verdict.why or verdict.account is None:
        code, text = _REFUSALS.get(verdict.why, _UNAVAILABLE) if verdict else _UNAVAILABLE
        raise Refusal(code, name, (verdict and verdict.text) or text)
    else:
        yield from _welcome_owner(world, session, verdict.account, say)


# -- VERIFY


def verify(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`VERIFY account code`: confirm the e-mail address of an account."""
    name, code = message.params[:2]
    name = session.user.nick if name == "*" else name
    _check_time(world, session)
    if not session.registered and not knows_password(world, session):
        yield from turn_away(world, session)
        return
    question = confirmation(world, session, name, code)
    then = partial(verified, name=name, say=partial(_say, command="VERIFY", name=name))
    yield ask(session, question, "VERIFY", then)


def confirmation(world: World, session: Session, name: str, code: str) -> Verify:
    """The question whether this code confirms an account. Raises `Refusal`."""
    _check_nobody(session, name)
    if world.accounts.find(name) is None:
        raise Refusal("INVALID_CODE", word(name), "This is not the code")
    wait = world.throttle(session, world.throttles.login_failures)
    if wait:
        text = f"Too many tries from your address, wait {int(wait) + 1} seconds"
        raise Refusal("TEMPORARILY_UNAVAILABLE", word(name), text)
    return Verify(name, code)


def verified(
    world: World, session: Session, verdict: Verdict | None, *, name: str, say: Say
) -> Iterator[Effect]:
    """What came of a code. Raises `Refusal` if it was not the right one."""
    if verdict is not None and verdict.why == "wrong":
        raise Refusal("INVALID_CODE", word(name), "This is not the code")
    world.give_back(session, world.throttles.login_failures)
    if verdict is None or verdict.account is None or verdict.why:
        code, text = _UNAVAILABLE
        raise Refusal(code, word(name), text)
    yield from _welcome_owner(world, session, verdict.account, say)


def _welcome_owner(world: World, session: Session, account: Account, say: Say) -> Iterator[Effect]:
    yield say(world, session, "SUCCESS", "Account successfully registered")
    # Before the others who may have its names have to give them up: it is this user's by now.
    world.accounts.put(account)
    yield from log_in(world, session, account)
    yield from take_in(world, account)
    yield from go_on_logged_in(world, session)
