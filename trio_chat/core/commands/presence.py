"""Being here or not: AWAY, SETNAME, USERHOST, ISON."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.circle import tell_circle
from trio_chat.core.effects import Effect
from trio_chat.core.fitting import fit_away, fit_realname
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.speech import from_user
from trio_chat.core.standing import settle
from trio_chat.core.state import Session, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_ISON, RPL_NOWAWAY, RPL_UNAWAY, RPL_USERHOST

USERHOST_NICKS = 5
"""Nicks one USERHOST answers for (RFC 2812 section 4.8)."""


def away(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`AWAY :reason`, or `AWAY` to be back (IRCv3 away-notify)."""
    session.away = fit_away(world, message.params[0]) if message.params else ""
    # What this client has said of itself: if it is present, the others are still to be told so.
    if session.away:
        yield reply(world, session, RPL_NOWAWAY, "You have been marked as being away")
    else:
        yield reply(world, session, RPL_UNAWAY, "You are no longer marked as being away")
    yield from settle(world, session.user, session)


def setname(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`SETNAME :real name` (IRCv3 setname)."""
    realname = message.params[0]
    if not realname or fit_realname(world, realname) != realname:
        raise Refusal("INVALID_REALNAME", "Realname is not valid")
    user = session.user
    user.realname = realname
    world.touch(user)
    change = from_user(user, "SETNAME", realname)
    yield from tell_circle(world, user, change, caps.SETNAME)


def userhost(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`USERHOST nick nick …` (RFC 2812 section 4.8)."""
    found = []
    for nick in message.params[:USERHOST_NICKS]:
        user = world.find_user(nick)
        if user is not None:
            operator = "*" if user.is_operator else ""
            sign = "-" if user.away else "+"
            found.append(f"{user.nick}{operator}={sign}{user.username}@{user.host}")
    yield reply(world, session, RPL_USERHOST, " ".join(found))


def ison(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`ISON nick nick …` (RFC 2812 section 4.9)."""
    asked = dict.fromkeys(world.fold(nick) for param in message.params for nick in param.split())
    here = " ".join(world.users[nick].nick for nick in asked if nick in world.users)
    yield reply(world, session, RPL_ISON, here)
