"""MODE on rooms: asked for, shown and changed. (Lists: see `room_lists`.)"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import (
    known_user,
    level_in,
    outranks,
    public_room,
    require_rank,
    word,
)
from trio_chat.core.commands.room_lists import change_list, show_list
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.history import of_deed
from trio_chat.core.registered import keep
from trio_chat.core.replies import Refusal, refusal_message, reply
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.grammar import is_key
from trio_chat.wire.modes import (
    ROOM_MODES,
    Change,
    Takes,
    UnknownMode,
    format_modes,
    parse_modes,
)
from trio_chat.wire.numerics import (
    ERR_CHANOPRIVSNEEDED,
    ERR_INVALIDMODEPARAM,
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHCHANNEL,
    ERR_UNKNOWNMODE,
    ERR_USERNOTINCHANNEL,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
)

NEEDED_RANK = {"q": "q", "a": "q", "o": "o", "h": "o", "v": "h", "f": "o", "E": "o"}
"""The rank a change takes; for every mode not named here a half-operator's is enough.

Forwarding is not among what half-operators do: it lets one room send people into another."""


def room_mode(world: World, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """`MODE #room [modes [params]]` (Modern IRC, "MODE message")."""
    room = public_room(world, session, params[0])
    if len(params) == 1:
        yield reply(world, session, RPL_CHANNELMODEIS, room.name, *_current(room, session))
        yield reply(world, session, RPL_CREATIONTIME, room.name, str(int(room.created)))
        return
    changes: list[Change] = []
    unknown: dict[str, None] = {}
    lists: dict[str, None] = {}
    for change in parse_modes(params[1], params[2:], ROOM_MODES):
        if isinstance(change, UnknownMode):
            unknown[change.mode] = None
        elif ROOM_MODES[change.mode] is Takes.LIST and not change.param:
            lists[change.mode] = None
        else:
            changes.append(change)
    # Each of these is answered once, however often it was asked: of one line with 490 letters `b`
    # would come 490 times the list.
    for letter in unknown:
        text = f"is not a mode known here for {room.name}"
        yield reply(world, session, ERR_UNKNOWNMODE, word(letter), text)
    for letter in lists:
        yield from show_list(world, session, room, letter)
    if changes:
        yield from _change_all(world, session, room, changes)


def _change_all(
    world: World, session: Session, room: Room, changes: list[Change]
) -> Iterator[Effect]:
    """Carry out what can be carried out, say once what was changed, and of the rest why not."""
    made: list[Change] = []
    told: dict[tuple[str, ...], None] = {}
    with_param = 0
    for change in changes:
        with_param += change.param is not None
        if with_param > world.settings.limits.mode_params:
            break
        try:
            done = _change(world, session, room, change)
        except Refusal as refusal:
            # Somebody without rank is told so once, not for each letter.
            if (refusal.code, *refusal.params) not in told:
                told[refusal.code, *refusal.params] = None
                yield refusal_message(world, session, refusal, "MODE")
        else:
            if done is not None:
                made.append(done)
    if any(ROOM_MODES[change.mode] is not Takes.NICK for change in made):
        yield from keep(world, room)
    outside = () if room in session.user.rooms else (session,)  # a server operator
    # Masks and nicks may be long: as many lines as it takes for each to be whole.
    for some in _fitting(made, room, session):
        modes = from_user(session.user, "MODE", room.name, *format_modes(some))
        yield Deliver(room.audience + outside, modes)
        yield from of_deed(world, room, modes)


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
    if some:
        yield some


def _current(room: Room, session: Session) -> tuple[str, ...]:
    """The modes of a room as MODE would set them; only members see the key."""
    changes = [Change(True, flag) for flag in room.flags]
    if room.key:
        changes.append(Change(True, "k", room.key if room in session.user.rooms else "*"))
    if room.limit:
        changes.append(Change(True, "l", str(room.limit)))
    if room.forward:
        changes.append(Change(True, "f", room.forward))
    return format_modes(changes) if changes else ("+",)


def _change(world: World, session: Session, room: Room, change: Change) -> Change | None:
    """Carry out one change; what came of it, or None if it changed nothing.

    Raises the refusal of a change that this user may not make or that makes no sense.
    """
    if ROOM_MODES[change.mode] is Takes.NICK:
        return _change_rank(world, session, room, change)
    require_rank(room, session, NEEDED_RANK.get(change.mode, "h"))
    _require_param(change)
    match change.mode:
        case "b" | "e" | "I":
            return change_list(world, session, room, change)
        case "k":
            return _change_key(world, room, change)
        case "l":
            return _change_limit(room, change)
        case "f":
            return _change_forward(world, session, room, change)
        case flag:
            return change if room.set_flag(flag, change.adding) else None


def _require_param(change: Change) -> None:
    # A key may be taken off without naming it, whatever RFC 1459 says.
    takes = ROOM_MODES[change.mode]
    needs = takes is Takes.NICK or (change.adding and takes in (Takes.ALWAYS, Takes.WHEN_SET))
    if needs and not change.param:
        raise Refusal(ERR_NEEDMOREPARAMS, "MODE", f"Mode {change.mode} needs a parameter")


def _change_rank(world: World, session: Session, room: Room, change: Change) -> Change | None:
    """Give a rank or take it; everyone may lay down their own."""
    user = session.user
    own = not change.adding and world.find_user(change.param or "") is user
    if not own:
        require_rank(room, session, NEEDED_RANK[change.mode])
    _require_param(change)
    target = known_user(world, change.param or "")
    membership = target.rooms.get(room)
    if membership is None:
        text = "They are not in that room"
        raise Refusal(ERR_USERNOTINCHANNEL, target.nick, room.name, text)
    if not (own or change.adding or outranks(level_in(room, session), membership.level)):
        text = f"{target.nick} stands too high for you to take a rank from"
        raise Refusal(ERR_CHANOPRIVSNEEDED, room.name, text)
    if not room.set_rank(target, change.mode, change.adding):
        return None
    world.touch(target)
    return Change(change.adding, change.mode, target.nick)


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


def _change_forward(world: World, session: Session, room: Room, change: Change) -> Change | None:
    """Forward to another room: only to one whose operator one is, so that none is flooded."""
    if not change.adding:
        if not room.forward:
            return None
        room.forward = ""
        return Change(False, "f")
    target = world.find_room(change.param or "")
    if target is None:
        raise Refusal(ERR_NOSUCHCHANNEL, word(change.param or ""), "No such room")
    if target is room:
        raise _bad_param(room, change, "A room cannot forward to itself")
    require_rank(target, session, "o")
    if target.name == room.forward:
        return None
    room.forward = target.name
    return Change(True, "f", target.name)


def _bad_param(room: Room, change: Change, text: str) -> Refusal:
    return Refusal(ERR_INVALIDMODEPARAM, room.name, change.mode, word(change.param or ""), text)
