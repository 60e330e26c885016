"""MODE on rooms."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import known_user, public_room, require_operator, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, refusal_message, reply
from trio_chat.core.speech import from_user
from trio_chat.core.state import Ban, Room, Session, World
from trio_chat.wire.grammar import casefold, is_key, normalise_mask
from trio_chat.wire.modes import (
    ROOM_MODES,
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
    ERR_NOTONCHANNEL,
    ERR_UNKNOWNMODE,
    ERR_USERNOTINCHANNEL,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
)

MASK_LENGTH = 200
"""Longest mask of a ban: with its source and time it fits one line of the list."""


def room_mode(world: World, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    room = public_room(world, session, params[0])
    if len(params) == 1:
        yield reply(world, session, RPL_CHANNELMODEIS, room.name, *_current(room, session))
        yield reply(world, session, RPL_CREATIONTIME, room.name, str(int(room.created)))
        return
    made: list[Change] = []
    with_param = 0
    for change in parse_modes(params[1], params[2:], ROOM_MODES):
        if isinstance(change, UnknownMode):
            text = f"is not a mode known here for {room.name}"
            yield reply(world, session, ERR_UNKNOWNMODE, change.mode, text)
            continue
        if ROOM_MODES[change.mode] is Takes.LIST and change.param is None:
            yield from _ban_list(world, session, room)
            continue
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
            modes = from_user(session.user, "MODE", room.name, *format_modes(some))
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

    Raises the refusal of a change that this user may not make or that makes no sense.
    """
    membership = session.user.rooms.get(room)
    if membership is None:
        raise Refusal(ERR_NOTONCHANNEL, room.name, "You're not in that room")
    require_operator(room, membership)
    if change.param is None and _needs_param(change):
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
