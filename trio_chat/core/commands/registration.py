"""Coming and going: PASS, NICK, USER, PING, PONG, QUIT."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from trio_chat.core import metadata
from trio_chat.core.attaching import TAKEN_OVER, attach, is_same_account, move
from trio_chat.core.circle import tell_online
from trio_chat.core.commands.alert import shut_out
from trio_chat.core.commands.bans import enforce_bans
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.room_speech import check_nick_change
from trio_chat.core.departure import drop, drop_user
from trio_chat.core.effects import Deed, Effect, Report
from trio_chat.core.fitting import fit_realname
from trio_chat.core.held_names import held_refusal, is_service
from trio_chat.core.renaming import change_nick
from trio_chat.core.replies import Refusal, from_server, refusal_message, reply
from trio_chat.core.residents import device_name, move_in, resident_of
from trio_chat.core.state import Session, User, World
from trio_chat.core.welcome import welcome
from trio_chat.wire import caps
from trio_chat.wire.grammar import clean_username
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NICKTOOFAST,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
    ERR_SASLABORTED,
)
from trio_chat.wire.sasl import split_device

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
    if is_service(world, wanted):
        raise Refusal(ERR_ERRONEUSNICKNAME, wanted, "That is the nickname of a service")
    holder = world.find_user(wanted)
    if holder is user:
        holder = None
    if not session.registered:
        if holder is not None and not _may_be_owner(world, session, wanted, holder):
            raise Refusal(ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
        user.nick = wanted
        yield from try_to_register(world, session)
    elif wanted != user.nick:
        if (refusal := _nick_refusal(world, user, wanted)) is not None:
            raise refusal
        if holder is not None and _is_to_be_shared(world, holder):
            yield from move(world, session, holder)
            return
        check_nick_change(user, wanted)
        _check_pace(world, session, wanted)
        if holder is not None:
            yield from drop_user(world, holder, TAKEN_OVER)
        yield from change_nick(world, user, wanted)


def _check_pace(world: World, session: Session, wanted: str) -> None:
    """Refuse another nick to who changes it all the time.

    ERR_NICKTOOFAST is in no RFC; ircu made it, and others took it over: `438 nick newnick :text`.
    """
    if session.exempt:
        return
    limits = world.settings.limits
    user = session.user
    wait = user.renames.take(limits.nick_changes, limits.nick_change_seconds, world.uptime)
    if wait:
        text = f"Nick change too fast, wait {int(wait) + 1} seconds"
        raise Refusal(ERR_NICKTOOFAST, wanted, text)


def _is_to_be_shared(world: World, holder: User) -> bool:
    """Whether another client of the account of somebody who is here comes to the same user."""
    return world.settings.accounts.multiclient or holder.residence is not None


def _nick_refusal(world: World, user: User, nick: str) -> Refusal | None:
    """What keeps a user from having a nick, or from sharing it."""
    holder = world.find_user(nick)
    if holder not in (None, user) and not is_same_account(user, holder):
        return Refusal(ERR_NICKNAMEINUSE, nick, "Nickname is already in use")
    return held_refusal(world, user, nick)


def _may_be_owner(world: World, session: Session, nick: str, holder: User) -> bool:
    """Whether a newcomer who asks for a nick that somebody has may yet turn out to be its owner.

    That comes out as late as at the end of its negotiation: the common clients say NICK first and
    log in after it (sasl-3.1, "Example protocol exchange").
    """
    return (
        is_same_account(session.user, holder)
        or held_refusal(world, session.user, nick) is not None
        or (session.negotiating and holder.account != "")
    )


def user(world: World, session: Session, message: Message) -> Iterator[Effect]:
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    username, realname = message.params[0], message.params[3]
    if not username or not realname:
        raise Refusal(ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
    limits = world.settings.limits
    # As on Ergo: `user@device`, for clients that send nothing else that tells them apart.
    username, device = split_device(username)
    session.device = session.device or device_name(device)
    session.user.username = clean_username(username, limits.username_length)
    session.user.realname = fit_realname(world, realname)
    yield from try_to_register(world, session)


def try_to_register(world: World, session: Session) -> Iterator[Effect]:
    """Complete the registration if nothing is missing any more."""
    newcomer = session.user
    if session.registered or session.negotiating or not (newcomer.nick and newcomer.username):
        return
    if not knows_password(world, session):
        yield from turn_away(world, session)
        return
    if world.settings.accounts.required and not newcomer.account:
        yield from _require_account(world, session)
        return
    # Taken between its NICK and now, or held for an account to which it has not logged in.
    resident = resident_of(world, newcomer.account)
    refusal = None if resident else _nick_refusal(world, newcomer, newcomer.nick)
    if refusal is not None:
        newcomer.nick = ""
        yield refusal_message(world, session, refusal, "NICK")
        return
    if session.sasl is not None:
        # sasl-3.1: "abort it and send a 906 numeric, then register the client"
        session.sasl = None
        yield reply(world, session, ERR_SASLABORTED, "SASL authentication aborted")
    session.password = ""
    holder = resident or world.find_user(newcomer.nick)
    yield from enforce_bans(world, session)
    if session.id in world.sessions:
        yield from shut_out(world, session)
    if session.id not in world.sessions:
        return
    if holder is not None:
        if _is_to_be_shared(world, holder):
            yield from attach(world, session, holder)
            return
        yield from drop_user(world, holder, TAKEN_OVER)
    world.register(session)
    move_in(world, newcomer)
    yield from welcome(world, session)
    yield from tell_online(world, newcomer)
    yield from metadata.tell_watchers(world, newcomer)
    yield Report(Deed.CONNECTED, newcomer.nick, text=newcomer.host)


def go_on_logged_in(world: World, session: Session) -> Iterator[Effect]:
    """What follows a login: who was on the way in may come in, who is here may be banned by it."""
    if session.registered:
        yield from enforce_bans(world, session)
    else:
        yield from try_to_register(world, session)


def knows_password(world: World, session: Session) -> bool:
    """Whether a newcomer has said the password of the server, if there is one."""
    wanted = world.settings.password
    return not wanted or hmac.compare_digest(session.password.encode(), wanted.encode())


def turn_away(world: World, session: Session) -> Iterator[Effect]:
    """Let go of a newcomer who does not know the password."""
    refusal = Refusal(ERR_PASSWDMISMATCH, "Password incorrect")
    yield refusal_message(world, session, refusal, "PASS")
    yield from drop(world, session, "Password incorrect")


def _require_account(world: World, session: Session) -> Iterator[Effect]:
    """Tell a newcomer to log in first; who knows no way to is let go, and need not wait."""
    text = "You must log in to an account to come in"
    yield refusal_message(world, session, Refusal("ACCOUNT_REQUIRED", text), "*")
    if not session.caps & (caps.SASL | caps.ACCOUNT_REGISTRATION):
        yield from drop(world, session, text)


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
