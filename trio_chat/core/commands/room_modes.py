"""MODE, on rooms and on oneself."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import known_user, public_room, require_operator, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, refusal_message, reply
from trio_chat.core.state import Ban, Room, Session, World
from trio_chat.wire.grammar import casefold, is_key, looks_like_room, normalise_mask
from trio_chat.wire.message import Message
from trio_chat.wire.modes import (
    ROOM_MODES,
    USER_MODES,
    Change,
    Takes,
    UnknownMode,
    format_modes,
    parse_modes,
)
from trio_chat.wire.numerics import (
    ERR_BANLISTFULL,
    ERR_INVALIDMODEPARAM,
    ERR_NEEDMOREPARAMS,
    ERR_UMODEUNKNOWNFLAG,
    ERR_UNKNOWNMODE,
    ERR_USERNOTINCHANNEL,
    ERR_USERSDONTMATCH,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
    RPL_UMODEIS,
)

MASK_LENGTH = 200
"""Longest mask of a ban: with its source and time it fits one line of the list."""


def mode(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`MODE target [modes [params]]` (Modern IRC, "MODE message")."""
    if looks_like_room(message.params[0]):
        yield from _room_mode(world, session, message.params)
    else:
        yield from _user_mode(world, session, message.params)


# -- on oneself


def _user_mode(world: World, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    user = session.user
    if known_user(world, params[0]) is not user:
        raise Refusal(ERR_USERSDONTMATCH, "Can't change or see the modes of other users")
    if len(params) == 1:
        yield reply(world, session, RPL_UMODEIS, "+i" if user.invisible else "+")
        return
    made: list[Change] = []
    unknown = False
    for change in parse_modes(params[1], params[2:], USER_MODES):
        if isinstance(change, UnknownMode):
            unknown = True
        elif user.invisible != change.adding:
            world.set_invisible(user, change.adding)
            made.append(change)
    if made:
        yield Deliver(user.sessions, Message("MODE", (user.nick, *format_modes(made)), user.source))
    if unknown:
        yield reply(world, session, ERR_UMODEUNKNOWNFLAG, "Unknown mode flag")


# -- on rooms


def _room_mode(world: World, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    room = public_room(world, session, params[0])
    if len(params) == 1:
        yield reply(world, session, RPL_CHANNELMODEIS, room.name, *_current(room, session))
        yield reply(world, session, RPL_CREATIONTIME, room.name, str(int(room.created)))
        return
    changes: list[Change] = []
    unknown: dict[str, None] = {}
    wants_bans = False
    for change in parse_modes(params[1], params[2:], ROOM_MODES):
        if isinstance(change, UnknownMode):
            unknown[change.mode] = None
        elif ROOM_MODES[change.mode] is Takes.LIST and not change.param:
            wants_bans = True
        else:
            changes.append(change)
    # Each of these is answered once, however often it was asked: of one line with 490 letters `b`
    # would come 490 times the list.
    for letter in unknown:
        text = f"is not a mode known here for {room.name}"
        yield reply(world, session, ERR_UNKNOWNMODE, word(letter), text)
    if wants_bans:
        yield from _ban_list(world, session, room)
    if changes:
        yield from _change_all(world, session, room, changes)


def _change_all(
    world: World, session: Session, room: Room, changes: list[Change]
) -> Iterator[Effect]:
    """Carry out what can be carried out, say once what was changed, and of the rest why not."""
    require_operator(room, session.user.rooms.get(room))
    made: list[Change] = []
    with_param = 0
    for change in changes:
        with_param += change.param is not None
        if with_param > world.settings.limits.mode_params:
            break
        try:
            done = _change(world, session, room, change)
        except Refusal as refusal:
            yield refusal_message(world, session, refusal, "MODE")
        else:
            if done is not None:
                made.append(done)
    if made:
        # Masks and nicks may be long: as many lines as it takes for each to be whole.
        for some in _fitting(made, room, session):
            modes = Message("MODE", (room.name, *format_modes(some)), session.user.source)
            yield Deliver(room.audience, modes)


def _fitting(made: list[Change], room: Room, session: Session) -> Iterator[list[Change]]:
    """The changes in runs, each short enough for one line."""
    space = 500 - len(f":{session.user.source} MODE {room.name} ".encode())
    some: list[Change] = []
    used = 0
    for change in made:
        size = 4 + len((change.param or "").encode())
        if some and used + size > space:
            yield some
            some = []
            used = 0
        some.append(change)
        used += size
    yield some


def _current(room: Room, session: Session) -> tuple[str, ...]:
    """The modes of a room as MODE would set them; only members see the key."""
    changes = [Change(True, flag) for flag in room.flags]
    if room.key:
        changes.append(Change(True, "k", room.key if room in session.user.rooms else "*"))
    if room.limit:
        changes.append(Change(True, "l", str(room.limit)))
    return format_modes(changes) if changes else ("+",)


def _ban_list(world: World, session: Session, room: Room) -> Iterator[Effect]:
    for ban in room.bans.values():
        entry = (ban.mask, ban.by, str(int(ban.at)))
        yield reply(world, session, RPL_BANLIST, room.name, *entry)
    yield reply(world, session, RPL_ENDOFBANLIST, room.name, "End of ban list")


def _change(world: World, session: Session, room: Room, change: Change) -> Change | None:
    """Carry out one change; what came of it, or None if it changed nothing.

    Raises the refusal of a change that makes no sense.
    """
    if not change.param and _needs_param(change):
        raise Refusal(ERR_NEEDMOREPARAMS, "MODE", f"Mode {change.mode} needs a parameter")
    match change.mode:
        case "b":
            return _change_ban(world, session, room, change)
        case "k":
            return _change_key(world, room, change)
        case "l":
            return _change_limit(room, change)
        case "o" | "v":
            return _change_rank(world, room, change)
        case flag:
            return change if room.set_flag(flag, change.adding) else None


def _needs_param(change: Change) -> bool:
    # A key may be taken off without naming it, whatever RFC 1459 says.
    takes = ROOM_MODES[change.mode]
    return takes is Takes.NICK or (change.adding and takes in (Takes.ALWAYS, Takes.WHEN_SET))


def _change_ban(world: World, session: Session, room: Room, change: Change) -> Change | None:
    mask = normalise_mask(change.param or "")
    if len(mask.encode()) > MASK_LENGTH or " " in mask or mask[0] == ":":
        raise _bad_param(room, change, "Not a mask")
    key = casefold(mask)
    if not change.adding:
        removed = room.bans.pop(key, None)
        return None if removed is None else Change(False, "b", removed.mask)
    if key in room.bans:
        return None
    if len(room.bans) >= world.settings.limits.bans_per_room:
        raise Refusal(ERR_BANLISTFULL, room.name, "b", "The ban list is full")
    room.bans[key] = Ban(mask, session.user.source, world.now)
    return Change(True, "b", mask)


def _change_key(world: World, room: Room, change: Change) -> Change | None:
    if not change.adding:
        if not room.key:
            return None
        room.key = ""
        return Change(False, "k", "*")
    key = change.param or ""
    if not is_key(key, world.settings.limits.key_length):
        raise _bad_param(room, change, "Not a key: no spaces, no commas, not too long")
    if key == room.key:
        return None
    room.key = key
    return Change(True, "k", key)


def _change_limit(room: Room, change: Change) -> Change | None:
    if not change.adding:
        if not room.limit:
            return None
        room.limit = 0
        return Change(False, "l")
    text = change.param or ""
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 8 and int(text) > 0):
        raise _bad_param(room, change, "Not a number of members")
    if int(text) == room.limit:
        return None
    room.limit = int(text)
    return Change(True, "l", str(room.limit))


def _change_rank(world: World, room: Room, change: Change) -> Change | None:
    target = known_user(world, change.param or "")
    membership = target.rooms.get(room)
    if membership is None:
        text = "They are not in that room"
        raise Refusal(ERR_USERNOTINCHANNEL, target.nick, room.name, text)
    if not membership.set_rank(change.mode, change.adding):
        return None
    return Change(change.adding, change.mode, target.nick)


def _bad_param(room: Room, change: Change, text: str) -> Refusal:
    return Refusal(ERR_INVALIDMODEPARAM, room.name, change.mode, word(change.param or ""), text)
