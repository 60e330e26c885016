"""People: AWAY, SETNAME, WHO, WHOIS, USERHOST, ISON."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import split_list, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, fill_lines, reply, space_left
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import casefold, looks_like_room, matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    RPL_AWAY,
    RPL_ENDOFWHO,
    RPL_ENDOFWHOIS,
    RPL_ISON,
    RPL_NOWAWAY,
    RPL_UNAWAY,
    RPL_USERHOST,
    RPL_WHOISACTUALLY,
    RPL_WHOISCHANNELS,
    RPL_WHOISIDLE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOREPLY,
)

USERHOST_NICKS = 5
"""Nicks one USERHOST answers for (RFC 2812 section 4.8)."""


def away(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`AWAY :reason`, or `AWAY` to be back (IRCv3 away-notify)."""
    user = session.user
    reason = message.params[0] if message.params else ""
    reason = reason[: world.settings.limits.away_length]
    changed = reason != user.away
    user.away = reason
    if reason:
        yield reply(world, session, RPL_NOWAWAY, "You have been marked as being away")
    else:
        yield reply(world, session, RPL_UNAWAY, "You are no longer marked as being away")
    if changed:
        notice = Message("AWAY", (reason,) if reason else (), user.source)
        yield Deliver(world.neighbours(user), notice, omit=session, need=caps.AWAY_NOTIFY)


def setname(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`SETNAME :real name` (IRCv3 setname)."""
    realname = message.params[0]
    if not realname or len(realname) > world.settings.limits.realname_length:
        raise Refusal("INVALID_REALNAME", "Realname is not valid")
    user = session.user
    user.realname = realname
    change = Message("SETNAME", (realname,), user.source)
    yield Deliver(world.neighbours(user), change, need=caps.SETNAME)


# -- WHO


def who(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WHO #room` or `WHO mask` (Modern IRC, "WHO message")."""
    mask = message.params[0] if message.params else "*"
    if looks_like_room(mask):
        room = world.find_room(mask)
        if room is not None and room.is_visible_to(session.user):
            inside = room in session.user.rooms
            for user in room.members:
                if inside or not user.invisible:
                    yield _who_reply(world, session, user, room)
    else:
        exact = world.find_user(mask)
        for user in (exact,) if exact else tuple(world.users.values()):
            if user is exact or _answers_to(user, mask, session.user):
                yield _who_reply(world, session, user, _shown_room(user, session.user))
    yield reply(world, session, RPL_ENDOFWHO, word(mask), "End of WHO list")


def _answers_to(user: User, mask: str, asker: User) -> bool:
    if user.invisible and user is not asker and not user.shares_room_with(asker):
        return False
    return any(matches(mask, field) for field in (user.nick, user.username, user.host))


def _shown_room(user: User, asker: User) -> Room | None:
    """A room to name beside a user: one the asker is in too, else any that is no secret."""
    shared = (room for room in user.rooms if room in asker.rooms)
    visible = (room for room in user.rooms if not room.is_secret and not user.invisible)
    return next(shared, None) or next(visible, None)


def _who_reply(world: World, session: Session, user: User, room: Room | None) -> Effect:
    flags = "G" if user.away else "H"
    if room is not None:
        flags += user.rooms[room].sign(bool(session.caps & caps.MULTI_PREFIX))
    return reply(
        world,
        session,
        RPL_WHOREPLY,
        room.name if room is not None else "*",
        user.username,
        user.host,
        world.settings.server_name,
        user.nick,
        flags,
        f"0 {user.realname}",
    )


# -- WHOIS and its small kin


def whois(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WHOIS [server] nick,nick` (Modern IRC, "WHOIS message").

    Nicks beyond the limit are passed over, as it allows, so that the end always comes. It says
    what was asked for to the letter ("RPL_ENDOFWHOIS").
    """
    asked = message.params[1 if len(message.params) > 1 else 0] if message.params else ""
    nicks = split_list(asked)
    if not nicks:
        raise Refusal(ERR_NONICKNAMEGIVEN, "No nickname given")
    for nick in nicks[: world.settings.limits.targets]:
        user = world.find_user(nick)
        if user is None:
            yield reply(world, session, ERR_NOSUCHNICK, word(nick), "No such nick")
        else:
            yield from _whois(world, session, user)
    yield reply(world, session, RPL_ENDOFWHOIS, word(asked, 400), "End of WHOIS list")


def _whois(world: World, session: Session, user: User) -> Iterator[Effect]:
    def tell(numeric: str, *params: str) -> Effect:
        return reply(world, session, numeric, user.nick, *params)

    settings = world.settings
    yield tell(RPL_WHOISUSER, user.username, user.host, "*", user.realname)
    rooms = (
        membership.sign(bool(session.caps & caps.MULTI_PREFIX)) + room.name
        for room, membership in user.rooms.items()
        if room in session.user.rooms or not (room.is_secret or user.invisible)
    )
    for line in fill_lines(rooms, space_left(world, session, user.nick)):
        yield tell(RPL_WHOISCHANNELS, line)
    yield tell(RPL_WHOISSERVER, settings.server_name, settings.description)
    if user.away:
        yield tell(RPL_AWAY, user.away)
    if user is session.user:
        yield tell(RPL_WHOISACTUALLY, user.host, "is your address")
    idle = max(0, int(world.now - user.active))
    yield tell(RPL_WHOISIDLE, str(idle), str(int(user.signed_on)), "seconds idle, signon time")


def userhost(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`USERHOST nick nick …` (RFC 2812 section 4.8)."""
    found = []
    for nick in message.params[:USERHOST_NICKS]:
        user = world.find_user(nick)
        if user is not None:
            sign = "-" if user.away else "+"
            found.append(f"{user.nick}={sign}{user.username}@{user.host}")
    yield reply(world, session, RPL_USERHOST, " ".join(found))


def ison(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`ISON nick nick …` (RFC 2812 section 4.9)."""
    asked = dict.fromkeys(casefold(nick) for param in message.params for nick in param.split())
    here = " ".join(world.users[nick].nick for nick in asked if nick in world.users)
    yield reply(world, session, RPL_ISON, here)
