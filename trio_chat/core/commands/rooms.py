"""What there is to know of rooms: TOPIC, NAMES, LIST."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import replies
from trio_chat.core.commands.lookup import (
    own_membership,
    public_room,
    require_operator,
    split_list,
    split_targets,
    word,
)
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.replies import reply
from trio_chat.core.state import Room, Session, Topic, World
from trio_chat.wire.grammar import matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_ENDOFNAMES, RPL_LIST, RPL_LISTEND, RPL_NOTOPIC


def topic(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`TOPIC #room` asks, `TOPIC #room :text` sets (Modern IRC, "TOPIC message")."""
    name = message.params[0]
    if len(message.params) == 1:
        room = public_room(world, session, name)
        if room.topic is None:
            yield reply(world, session, RPL_NOTOPIC, room.name, "No topic is set")
        yield from replies.topic(world, session, room)
        return
    room, membership = own_membership(world, session, name)
    if room.has("t"):
        require_operator(room, membership)
    text = message.params[1][: world.settings.limits.topic_length]
    user = session.user
    room.topic = Topic(text, user.source, world.now) if text else None
    yield Deliver(room.audience, Message("TOPIC", (room.name, text), user.source))
    if room.is_public:
        yield Report(Deed.TOPIC, user.nick, room.name, text)


def names(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`NAMES #a,#b`; without a room there is nothing to say but the end."""
    wanted = split_list(message.params[0]) if message.params else []
    for name in wanted:
        room = world.find_room(name)
        if room is None or not room.is_visible_to(session.user):
            yield reply(world, session, RPL_ENDOFNAMES, word(name), "End of NAMES list")
        else:
            yield from replies.names(world, session, room)
    if not wanted:
        yield reply(world, session, RPL_ENDOFNAMES, "*", "End of NAMES list")


def list_(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`LIST`, or `LIST #room,#mask*` (Modern IRC, "LIST message")."""
    for room in _wanted_rooms(world, message.params[0] if message.params else ""):
        if room.is_visible_to(session.user):
            text = room.topic.text if room.topic else ""
            yield reply(world, session, RPL_LIST, room.name, str(len(room.members)), text)
    yield reply(world, session, RPL_LISTEND, "End of LIST")


def _wanted_rooms(world: World, param: str) -> tuple[Room, ...]:
    """The rooms of these names and masks; all of them if there are none."""
    # Each mask is held against every room: 80 masks and 10,000 rooms took the hub a second.
    wanted = split_targets(world, param)
    if not wanted:
        return tuple(world.rooms.values())
    if not any("*" in name or "?" in name for name in wanted):
        named = (world.find_room(name) for name in wanted)
        return tuple(dict.fromkeys(room for room in named if room is not None))
    return tuple(
        room for room in world.rooms.values() if any(matches(mask, room.name) for mask in wanted)
    )
