"""Being in rooms: JOIN, PART, KICK, INVITE."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from trio_chat.core import replies
from trio_chat.core.commands.lookup import (
    known_user,
    own_membership,
    public_room,
    require_operator,
    split_list,
    split_targets,
    word,
)
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.replies import Refusal, granting, reply
from trio_chat.core.state import Room, Session, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import is_room_name, looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_BADCHANMASK,
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_NOSUCHCHANNEL,
    ERR_TOOMANYCHANNELS,
    ERR_USERNOTINCHANNEL,
    ERR_USERONCHANNEL,
    RPL_AWAY,
    RPL_INVITING,
)


def join(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`JOIN #a,#b key-of-a`, or `JOIN 0` to leave all (Modern IRC, "JOIN message")."""
    if message.params[0] == "0":
        for room in tuple(session.user.rooms):
            yield from _leave(world, session, room, "")
        return
    names = message.params[0].split(",")
    keys = message.params[1].split(",") if len(message.params) > 1 else []
    wanted: dict[str, str] = {}
    for name, key in zip_longest(names, keys[: len(names)], fillvalue=""):
        wanted.setdefault(name, key)  # an empty key keeps its place, and two may be the same
    wanted.pop("", None)
    for name, key in wanted.items():
        yield from granting(world, session, "JOIN", _join(world, session, name, key))


def _join(world: World, session: Session, name: str, key: str) -> Iterator[Effect]:
    user = session.user
    limits = world.settings.limits
    room = world.find_room(name)
    if room is not None and room in user.rooms:
        return
    if len(user.rooms) >= limits.rooms_per_user:
        raise Refusal(ERR_TOOMANYCHANNELS, word(name), "You have joined too many rooms")
    if room is None:
        if not looks_like_room(name):
            raise Refusal(ERR_NOSUCHCHANNEL, word(name), "No such room; its name begins with #")
        if not is_room_name(name, limits.room_name_bytes):
            raise Refusal(ERR_BADCHANMASK, word(name), "Bad room name")
        room = world.open_room(name)
        world.enter(room, user, ranks="o")
    else:
        _check_entry(room, session, key)
        world.enter(room, user)
    yield from _announce_join(world, session, room)


def _check_entry(room: Room, session: Session, key: str) -> None:
    """Raise the refusal of whatever bars the way in; an invitation opens all but a ban."""
    user = session.user
    if room.is_banned(user):
        raise Refusal(ERR_BANNEDFROMCHAN, room.name, "Cannot join room (+b), you are banned")
    if room in user.invitations:
        return
    if room.has("i"):
        raise Refusal(ERR_INVITEONLYCHAN, room.name, "Cannot join room (+i), invited only")
    if room.key and key != room.key:
        raise Refusal(ERR_BADCHANNELKEY, room.name, "Cannot join room (+k), wrong key")
    if room.limit and len(room.members) >= room.limit:
        raise Refusal(ERR_CHANNELISFULL, room.name, "Cannot join room (+l), it is full")


def _announce_join(world: World, session: Session, room: Room) -> Iterator[Effect]:
    user = session.user
    short = Message("JOIN", (room.name,), user.source)
    full = Message("JOIN", (room.name, user.account or "*", user.realname), user.source)
    yield Deliver(room.audience, short, lack=caps.EXTENDED_JOIN)
    yield Deliver(room.audience, full, need=caps.EXTENDED_JOIN)
    if user.away:
        away = Message("AWAY", (user.away,), user.source)
        yield Deliver(room.audience, away, omit=session, need=caps.AWAY_NOTIFY)
    if room.is_public:
        yield Report(Deed.JOINED, user.nick, room.name)
    yield from replies.topic(world, session, room)
    yield from replies.names(world, session, room)


def part(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`PART #a,#b :reason`."""
    reason = message.params[1] if len(message.params) > 1 else ""
    reason = reason[: world.settings.limits.quit_length]
    for name in split_list(message.params[0]):
        yield from granting(world, session, "PART", _part(world, session, name, reason))


def _part(world: World, session: Session, name: str, reason: str) -> Iterator[Effect]:
    room, _ = own_membership(world, session, name)
    yield from _leave(world, session, room, reason)


def _leave(world: World, session: Session, room: Room, reason: str) -> Iterator[Effect]:
    user = session.user
    audience = room.audience
    public = room.is_public
    world.leave(room, user)
    params = (room.name, reason) if reason else (room.name,)
    yield Deliver(audience, Message("PART", params, user.source))
    if public:
        yield Report(Deed.PARTED, user.nick, room.name, reason)


def kick(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`KICK #room nick,nick :reason` (Modern IRC, "KICK message")."""
    room, membership = own_membership(world, session, message.params[0])
    require_operator(room, membership)
    reason = message.params[2] if len(message.params) > 2 else ""
    reason = reason[: world.settings.limits.kick_length] or session.user.nick
    for nick in split_targets(world, message.params[1]):
        yield from granting(world, session, "KICK", _kick(world, session, room, nick, reason))


def _kick(world: World, session: Session, room: Room, nick: str, reason: str) -> Iterator[Effect]:
    target = known_user(world, nick)
    if target not in room.members:
        text = "They are not in that room"
        raise Refusal(ERR_USERNOTINCHANNEL, target.nick, room.name, text)
    audience = room.audience
    public = room.is_public
    world.leave(room, target)
    yield Deliver(audience, Message("KICK", (room.name, target.nick, reason), session.user.source))
    if public:
        yield Report(Deed.KICKED, target.nick, room.name, f"by {session.user.nick}: {reason}")


def invite(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`INVITE nick #room` (Modern IRC, "INVITE message")."""
    nick, name = message.params[:2]
    target = known_user(world, nick)
    public_room(world, session, name)
    room, membership = own_membership(world, session, name)
    if room.has("i"):
        require_operator(room, membership)
    if target in room.members:
        text = "is already in the room"
        raise Refusal(ERR_USERONCHANNEL, target.nick, room.name, text)
    world.invite(room, target)
    invitation = Message("INVITE", (target.nick, room.name), session.user.source)
    yield reply(world, session, RPL_INVITING, target.nick, room.name)
    if target.away:
        yield reply(world, session, RPL_AWAY, target.nick, target.away)
    yield Deliver(target.sessions, invitation)
    yield Deliver(room.audience, invitation, omit=session, need=caps.INVITE_NOTIFY)
