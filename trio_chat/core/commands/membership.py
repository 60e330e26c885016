"""Being in rooms: JOIN, PART, KICK."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from trio_chat.core import metadata
from trio_chat.core.commands.entry import entry_refusal, forwarded
from trio_chat.core.commands.lookup import (
    known_user,
    level_in,
    outranks,
    own_membership,
    ruled_room,
    split_list,
    split_targets,
    word,
)
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.entrance import show_room
from trio_chat.core.fitting import fit_kick, fit_part
from trio_chat.core.history import conclude, of_deed
from trio_chat.core.registered import find_any_room, grant
from trio_chat.core.replay import owe
from trio_chat.core.replies import Refusal, granting, reply
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import is_room_name, looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_BADCHANMASK,
    ERR_CHANOPRIVSNEEDED,
    ERR_LINKCHANNEL,
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHCHANNEL,
    ERR_TOOMANYCHANNELS,
    ERR_UNAVAILRESOURCE,
    ERR_USERNOTINCHANNEL,
)

# -- JOIN


def join(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`JOIN #a,#b key-of-a`, or `JOIN 0` to leave all (Modern IRC, "JOIN message")."""
    if message.params[0] == "0":
        for room in tuple(session.user.rooms):
            yield from _leave(world, session, room, "")
        return
    names = message.params[0].split(",")
    if not any(names):
        raise Refusal(ERR_NEEDMOREPARAMS, "JOIN", "Not enough parameters")
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    # Each key belongs to the name in its place, so nothing may be dropped before they are paired.
    wanted: dict[str, str] = {}
    for name, key in zip_longest(names, keys[: len(names)], fillvalue=""):
        if name:
            wanted.setdefault(name, key)
    for name, key in wanted.items():
        yield from granting(world, session, "JOIN", _join(world, session, name, key))


def _join(world: World, session: Session, name: str, key: str) -> Iterator[Effect]:
    user = session.user
    room = find_any_room(world, name)
    if room is not None and room in user.rooms:
        return
    if len(user.rooms) >= world.settings.limits.rooms_per_user:
        raise Refusal(ERR_TOOMANYCHANNELS, word(name), "You have joined too many rooms")
    _check_pace(world, session, name)
    if room is None:
        yield from _open(world, session, name)
        return
    refusal = entry_refusal(world, room, session, key)
    if refusal is not None:
        target = forwarded(world, room, session, refusal)
        if target is None:
            raise refusal
        text = "Forwarding to another room"
        yield reply(world, session, ERR_LINKCHANNEL, room.name, target.name, text)
        if target in user.rooms:
            return
        room = target
    world.enter(room, user)
    yield from _announce_join(world, session, room)


def _check_pace(world: World, session: Session, name: str) -> None:
    """Refuse to let in who has tried to join rooms all the time.

    RFC 2812 has the numeric for "a user trying to join a channel currently blocked by the channel
    delay mechanism": to a client it is, as here, no room that it is in.
    """
    if session.exempt:
        return
    limits = world.settings.limits
    wait = session.user.joins.take(limits.joins, limits.join_seconds, world.uptime)
    if wait:
        text = f"You join too many rooms, wait {int(wait) + 1} seconds"
        raise Refusal(ERR_UNAVAILRESOURCE, word(name), text)


def _open(world: World, session: Session, name: str) -> Iterator[Effect]:
    """Open a room by being the first in it."""
    if not looks_like_room(name):
        raise Refusal(ERR_NOSUCHCHANNEL, word(name), "No such room; its name begins with #")
    if not is_room_name(name, world.settings.limits.room_name_bytes):
        raise Refusal(ERR_BADCHANMASK, word(name), "Bad room name")
    room = world.new_room(name)
    world.enter(room, session.user, ranks="o")
    yield from _announce_join(world, session, room)


def _announce_join(world: World, session: Session, room: Room) -> Iterator[Effect]:
    user = session.user
    yield from joined(room, user, room.audience)
    yield from of_deed(world, room, _full_join(room, user))
    yield from grant(world, room, user)
    others = tuple(each for each in room.audience if each.user is not user)
    if user.away:
        yield Deliver(others, from_user(user, "AWAY", user.away), need=caps.AWAY_NOTIFY)
    if room.is_public:
        yield Report(Deed.JOINED, user.nick, room.name)
    for each in user.sessions:
        yield from show_room(world, each, room)
        owe(world, each, room)
    yield from metadata.tell_of(world, user, others)


def joined(room: Room, user: User, audience: tuple[Session, ...]) -> Iterator[Effect]:
    """Tell these that a user has come into the room (IRCv3 extended-join)."""
    short = from_user(user, "JOIN", room.name)
    yield Deliver(audience, short, lack=caps.EXTENDED_JOIN)
    yield Deliver(audience, _full_join(room, user), need=caps.EXTENDED_JOIN)


def _full_join(room: Room, user: User) -> Message:
    return from_user(user, "JOIN", room.name, user.account or "*", user.realname)


# -- PART


def part(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`PART #a,#b :reason`."""
    reason = message.params[1] if len(message.params) > 1 else ""
    names = split_list(message.params[0])
    if not names:
        raise Refusal(ERR_NEEDMOREPARAMS, "PART", "Not enough parameters")
    for name in names:
        yield from granting(world, session, "PART", _part(world, session, name, reason))


def _part(world: World, session: Session, name: str, reason: str) -> Iterator[Effect]:
    room, _ = own_membership(world, session, name)
    yield from _leave(world, session, room, reason)


def _leave(world: World, session: Session, room: Room, reason: str) -> Iterator[Effect]:
    user = session.user
    audience = room.audience
    public = room.is_public
    reason = fit_part(world, user, room, reason)
    world.leave(room, user)
    params = (room.name, reason) if reason else (room.name,)
    farewell = from_user(user, "PART", *params)
    yield Deliver(audience, farewell)
    yield from of_deed(world, room, farewell)
    yield from conclude(world, room)
    if public:
        yield Report(Deed.PARTED, user.nick, room.name, reason)


# -- KICK


def kick(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`KICK #room nick,nick :reason` (Modern IRC, "KICK message").

    `KICK #a,#b nick-in-a,nick-in-b` pairs as many rooms with nicks (RFC 2812 section 3.2.8).
    """
    reason = (message.params[2] if len(message.params) > 2 else "") or session.user.nick
    names = message.params[0].split(",")
    if not split_list(message.params[1]):
        raise Refusal(ERR_NEEDMOREPARAMS, "KICK", "Not enough parameters")
    if len(names) == 1:
        room = ruled_room(world, session, names[0], "h")
        for nick in split_targets(world, message.params[1]):
            yield from granting(world, session, "KICK", _kick(world, session, room, nick, reason))
        return
    nicks = message.params[1].split(",")
    if len(nicks) != len(names):
        raise Refusal(ERR_NEEDMOREPARAMS, "KICK", "As many nicks as rooms are needed")
    for name, nick in zip(names[: world.settings.limits.targets], nicks, strict=False):
        effects = _kick_from(world, session, name, nick, reason)
        yield from granting(world, session, "KICK", effects)


def _kick_from(
    world: World, session: Session, name: str, nick: str, reason: str
) -> Iterator[Effect]:
    room = ruled_room(world, session, name, "h")
    yield from _kick(world, session, room, nick, reason)


def _kick(world: World, session: Session, room: Room, nick: str, reason: str) -> Iterator[Effect]:
    user = session.user
    target = known_user(world, nick)
    membership = target.rooms.get(room)
    if membership is None:
        text = "They are not in that room"
        raise Refusal(ERR_USERNOTINCHANNEL, target.nick, room.name, text)
    if target is not user and not outranks(level_in(room, session), membership.level):
        text = f"{target.nick} stands too high to be kicked by you"
        raise Refusal(ERR_CHANOPRIVSNEEDED, room.name, text)
    audience = room.audience
    public = room.is_public
    outside = () if user in room.members else (session,)  # a server operator
    reason = fit_kick(world, user, room, target, reason)
    world.leave(room, target)
    kicked = from_user(user, "KICK", room.name, target.nick, reason)
    yield Deliver(audience + outside, kicked)
    yield from of_deed(world, room, kicked)
    yield from conclude(world, room)
    if public:
        yield Report(Deed.KICKED, target.nick, room.name, f"by {user.nick}: {reason}")
