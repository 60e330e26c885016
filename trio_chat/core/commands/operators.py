"""Operators: OPER, KILL, WALLOPS, and who may what.

Laws:

* What OPER answers and how long it takes does not tell whether a name exists: the password is
  checked against some operator's hash in any case, and only after it the address.
* An address has only so many failures, those to log in to accounts included.
* Every OPER, KILL and WALLOPS stands in the log and in the audit.
* Privileges are those of the session that gave the password. Whoever comes by the user's account
  attaches to the same user, and the password of an account must not make operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from trio_chat.core.asking import ask
from trio_chat.core.audit import audit
from trio_chat.core.commands.lookup import known_user, require_privilege, word
from trio_chat.core.commands.reports import show
from trio_chat.core.departure import drop, drop_user
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import fit_kill, fits, last_words
from trio_chat.core.questions import CheckPassword
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.speech import from_user
from trio_chat.core.standing import settle
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_CANTKILLSERVER,
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOOPERHOST,
    ERR_PASSWDMISMATCH,
    RPL_YOUREOPER,
)

# -- OPER


def oper(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`OPER name password` (Modern IRC, "OPER message")."""
    name, password = message.params[:2]
    settings = world.settings
    if not settings.operators:
        raise Refusal(ERR_NOOPERHOST, "Nobody can become an operator here")
    operator = settings.find_operator(name) or settings.operators[0]
    wait = world.throttle(session, world.throttles.login_failures)
    if wait:
        text = f"Too many tries from your address, wait {int(wait) + 1} seconds"
        raise Refusal("TEMPORARILY_UNAVAILABLE", text)
    question = CheckPassword(password, operator.password)
    then = partial(_become_operator, name=name, tried=operator.password)
    yield ask(session, question, "OPER", then)


def _become_operator(
    world: World, session: Session, is_right: bool | None, *, name: str, tried: str
) -> Iterator[Effect]:
    user = session.user
    if is_right is None:
        world.give_back(session, world.throttles.login_failures)
        raise Refusal("TEMPORARILY_UNAVAILABLE", "The password could not be checked, try again")
    operator = world.settings.find_operator(name)
    # Another hash by now: the configuration was read again meanwhile.
    if operator is None or operator.password != tried or not is_right:
        text = f"gave a wrong password for operator {word(name)}"
        yield from audit(world, session, "OPER", text)
        yield from _fail(world, session)
        return
    world.give_back(session, world.throttles.login_failures)
    # By the session's own host: the one that others see may be that of another of its user's.
    if not operator.comes_from(user.nick, user.username, session.host, session.address):
        yield from audit(world, session, "OPER", f"may not be operator {name} from there")
        raise Refusal(ERR_NOOPERHOST, "You may not be that operator from your host")
    session.operator = operator
    yield from audit(world, session, "OPER", f"is now operator {name}")
    yield reply(world, session, RPL_YOUREOPER, "You are now an IRC operator")
    if world.reports and session.may("reports"):
        yield from show(world, session)
    yield from settle(world, user)


def _fail(world: World, session: Session) -> Iterator[Effect]:
    session.failures += 1
    yield reply(world, session, ERR_PASSWDMISMATCH, "Password incorrect")
    if session.failures >= world.settings.limits.password_tries and not session.exempt:
        yield from drop(world, session, "Too many wrong passwords")


# -- KILL, WALLOPS


def kill(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`KILL nick :reason` (Modern IRC, "KILL message")."""
    require_privilege(session, "kill")
    nick, reason = message.params[:2]
    if nick.lower() == world.settings.server_name.lower():
        raise Refusal(ERR_CANTKILLSERVER, "You can't kill a server")
    victim = known_user(world, nick)
    killer = session.user
    reason = fit_kill(world, killer, victim, reason or "no reason given")
    last = last_words(killer, reason)
    yield from audit(world, session, "KILL", f"has killed {victim.source}: {reason}")
    yield Deliver(victim.sessions, from_user(killer, "KILL", victim.nick, reason))
    # The others are told of the QUIT as of any; the victim reads the same before it goes.
    quit_message = from_user(victim, "QUIT", last)
    yield Deliver(victim.sessions, quit_message)
    yield from drop_user(world, victim, last, unheard="Killed")


def wallops(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WALLOPS :text`, to everyone with user mode w (Modern IRC, "WALLOPS message")."""
    require_privilege(session, "wallops")
    text = message.params[0]
    if not text:
        raise Refusal(ERR_NEEDMOREPARAMS, "WALLOPS", "Not enough parameters")
    if not fits(session.user, "WALLOPS", text):
        raise Refusal(ERR_INPUTTOOLONG, "Input line was too long to be relayed")
    audience = tuple(
        each for user in world.users.values() if "w" in user.modes for each in user.sessions
    )
    yield Deliver(audience, from_user(session.user, "WALLOPS", text))
    yield from audit(world, session, "WALLOPS", f"writes to all with mode w: {text}")
