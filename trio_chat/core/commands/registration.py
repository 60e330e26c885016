"""Coming and going: PASS, NICK, USER, PING, PONG, QUIT."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from trio_chat.core import metadata
from trio_chat.core.circle import tell_offline, tell_online
from trio_chat.core.commands.alert import shut_out
from trio_chat.core.commands.bans import enforce_bans
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.room_speech import check_nick_change
from trio_chat.core.departure import drop
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.fitting import fit_realname
from trio_chat.core.replies import (
    Refusal,
    from_server,
    refusal_message,
)
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, World
from trio_chat.core.welcome import welcome
from trio_chat.wire.grammar import clean_username
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
)

# -- PASS, NICK, USER


def password(world: World, session: Session, message: Message) -> Iterator[Effect]:
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    session.password = message.params[0]
    yield from ()


def nick(world: World, session: Session, message: Message) -> Iterator[Effect]:
    user = session.user
    wanted = message.params[0] if message.params else ""
    if not wanted:
        raise Refusal(ERR_NONICKNAMEGIVEN, "No nickname given")
    if not world.is_nick(wanted):
        raise Refusal(ERR_ERRONEUSNICKNAME, word(wanted), "Erroneous nickname")
    holder = world.find_user(wanted)
    if holder is not None and holder is not user:
        raise Refusal(ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
    if not session.registered:
        user.nick = wanted
        yield from try_to_register(world, session)
    elif wanted != user.nick:
        check_nick_change(user, wanted)
        change = from_user(user, "NICK", wanted)
        before = user.nick
        world.rename(user, wanted)
        yield Deliver(world.neighbours(user), change)
        if world.fold(wanted) != world.fold(before):
            yield from tell_offline(world, user, before)
            yield from tell_online(world, user)
            yield from metadata.tell_watchers(world, user)
        yield Report(Deed.RENAMED, before, text=wanted)


def user(world: World, session: Session, message: Message) -> Iterator[Effect]:
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    username, realname = message.params[0], message.params[3]
    if not username or not realname:
        raise Refusal(ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
    limits = world.settings.limits
    session.user.username = clean_username(username, limits.username_length)
    session.user.realname = fit_realname(world, realname)
    yield from try_to_register(world, session)


def try_to_register(world: World, session: Session) -> Iterator[Effect]:
    """Complete the registration if nothing is missing any more."""
    newcomer = session.user
    if session.registered or session.negotiating or not (newcomer.nick and newcomer.username):
        return
    wanted = world.settings.password
    if wanted and not hmac.compare_digest(session.password.encode(), wanted.encode()):
        refusal = Refusal(ERR_PASSWDMISMATCH, "Password incorrect")
        yield refusal_message(world, session, refusal, "PASS")
        yield from drop(world, session, "Password incorrect")
        return
    if world.find_user(newcomer.nick) is not None:  # taken between its NICK and now
        refusal = Refusal(ERR_NICKNAMEINUSE, newcomer.nick, "Nickname is already in use")
        newcomer.nick = ""
        yield refusal_message(world, session, refusal, "NICK")
        return
    session.password = ""
    yield from enforce_bans(world, session)
    if session.id in world.sessions:
        yield from shut_out(world, session)
    if session.id not in world.sessions:
        return
    world.register(session)
    yield from welcome(world, session)
    yield from tell_online(world, newcomer)
    yield from metadata.tell_watchers(world, newcomer)
    yield Report(Deed.CONNECTED, newcomer.nick, text=newcomer.host)


# -- PING, PONG, QUIT


def ping(world: World, session: Session, message: Message) -> Iterator[Effect]:
    token = message.params[0]
    if not token:
        raise Refusal(ERR_NOORIGIN, "No origin specified")
    yield from_server(world, session, "PONG", world.settings.server_name, token)


def pong(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Nothing to do: that a line arrived is what the PING asked for."""
    yield from ()


def quit_(world: World, session: Session, message: Message) -> Iterator[Effect]:
    reason = message.params[0] if message.params else ""
    reason = reason[: world.settings.limits.quit_length]
    # The word in front keeps a user from feigning a "Ping timeout". It stands there even without a
    # reason (Modern IRC, "QUIT message").
    yield from drop(world, session, f"Quit: {reason}", unheard="Quit")
