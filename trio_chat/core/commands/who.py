"""WHO: who is in a room, or answers to a mask; in the form of RFC 1459, or as WHOX wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.replies import reply
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import looks_like_room, matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_TOOMANYMATCHES,
    RPL_ENDOFWHO,
    RPL_WHOREPLY,
    RPL_WHOSPCRPL,
)

FIELDS = "tcuihsnfdlaor"
"""The fields of WHOX, in the order in which they are answered (IRCv3 whox)."""

NO_ADDRESS = "255.255.255.255"
"""Stands for an address that is not shown (IRCv3 whox)."""

Found = tuple[User, Room | None]
"""A user, and the room named beside them."""


@dataclass(frozen=True, slots=True)
class _Options:
    """The second parameter: `o` for operators alone, and after `%` the fields of WHOX."""

    operators: bool = False
    fields: str | None = None
    token: str = "0"


def _read_options(text: str) -> _Options:
    flags, percent, rest = text.partition("%")
    if not percent:
        return _Options("o" in flags)
    letters, _, token = rest.partition(",")
    is_token = 0 < len(token) <= 3 and token.isascii() and token.isdecimal()
    fields = "".join(field for field in FIELDS if field in letters)
    return _Options("o" in flags, fields, token if is_token else "0")


def who(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WHO mask [o][%fields[,token]]` (Modern IRC, "WHO message"; IRCv3 whox)."""
    mask = message.params[0] if message.params else "*"
    options = _read_options(message.params[1] if len(message.params) > 1 else "")
    if looks_like_room(mask):
        found = _in_room(world, session, mask)
    else:
        found = _by_mask(world, session, mask)
    if options.operators:
        found = (each for each in found if each[0].is_operator)
    limits = world.settings.limits
    # A room's, too, must fit a SendQ: 2000 lines of 512 bytes at most are 1,000 KB.
    most = limits.who_members if looks_like_room(mask) else limits.who_matches
    for user, room in islice(found, most):
        if options.fields is None:
            yield _plain(world, session, user, room)
        else:
            yield _extended(world, session, user, room, options)
    if next(found, None) is not None:
        yield reply(world, session, ERR_TOOMANYMATCHES, word(mask), "Too many matches to list all")
    yield reply(world, session, RPL_ENDOFWHO, word(mask), "End of WHO list")


# -- whom it finds


def _in_room(world: World, asker: Session, name: str) -> Iterator[Found]:
    room = world.find_room(name)
    if room is None:
        return
    sees_all = room in asker.user.rooms or asker.may("see-hidden")
    if sees_all or room.is_visible_to(asker.user):
        for user in tuple(room.members):
            if sees_all or not user.is_invisible:
                yield user, room


def _by_mask(world: World, asker: Session, mask: str) -> Iterator[Found]:
    exact = world.find_user(mask)
    if exact is not None:
        yield exact, _shown_room(exact, asker)
        return
    # RFC 2812 section 3.6.1: 0 stands for all.
    everyone = mask == "0" or matches(mask, world.settings.server_name)
    for user in tuple(world.users.values()):
        if _is_visible(user, asker) and (everyone or _answers_to(world, user, mask)):
            yield user, _shown_room(user, asker)


def _is_visible(user: User, asker: Session) -> bool:
    return (
        not user.is_invisible
        or user is asker.user
        or user.shares_room_with(asker.user)
        or asker.may("see-hidden")
    )


def _answers_to(world: World, user: User, mask: str) -> bool:
    known_by = (user.nick, user.username, user.host, user.realname)
    return any(matches(mask, each, world.names) for each in known_by)


def shows_room(room: Room, user: User, asker: Session) -> bool:
    """Whether somebody who asks about a user is told that they are in this room."""
    if room in asker.user.rooms or asker.may("see-hidden"):
        return True
    return room.is_visible_to(asker.user) and not room.has("p") and not user.is_invisible


def _shown_room(user: User, asker: Session) -> Room | None:
    """A room to name beside a user: one the asker is in too, else any that is shown."""
    shared = (room for room in user.rooms if room in asker.user.rooms)
    shown = (room for room in user.rooms if shows_room(room, user, asker))
    return next(shared, None) or next(shown, None)


# -- how it is told


def _flags(session: Session, user: User, room: Room | None) -> str:
    """Here or gone, operator, rank, bot: in the order of Modern IRC, "RPL_WHOREPLY"."""
    flags = "G" if user.away else "H"
    if user.is_operator:
        flags += "*"
    if room is not None:
        flags += user.rooms[room].sign(bool(session.caps & caps.MULTI_PREFIX))
    return f"{flags}B" if user.is_bot else flags


def _plain(world: World, session: Session, user: User, room: Room | None) -> Effect:
    return reply(
        world,
        session,
        RPL_WHOREPLY,
        room.name if room is not None else "*",
        user.username,
        user.host,
        world.settings.server_name,
        user.nick,
        _flags(session, user, room),
        f"0 {user.realname}",
    )


def _extended(
    world: World, session: Session, user: User, room: Room | None, options: _Options
) -> Effect:
    def value(field: str) -> str:
        match field:
            case "t":
                return options.token
            case "c":
                return room.name if room is not None else "*"
            case "u":
                return user.username
            case "i":
                return shown_address(user, session) or NO_ADDRESS
            case "h":
                return user.host
            case "s":
                return world.settings.server_name
            case "n":
                return user.nick
            case "f":
                return _flags(session, user, room)
            case "d":
                return "0"
            case "l":
                return str(max(0, int(world.now - user.active)))
            case "a":
                return user.account or "0"
            case "o":
                return "n/a"
            case _:
                return user.realname

    return reply(world, session, RPL_WHOSPCRPL, *map(value, options.fields or ""))


def shown_address(user: User, asker: Session) -> str:
    """The address of a user as far as somebody may know it; empty if they may not."""
    may_know = user is asker.user or user.host == user.address or asker.may("see-hidden")
    return user.address if may_know else ""
