"""What there is to know of a room: TOPIC, NAMES. (LIST: see `list_query`.)"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import replies
from trio_chat.core.commands.lookup import (
    own_membership,
    public_room,
    require_rank,
    split_list,
    word,
)
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.fitting import fit_topic
from trio_chat.core.history import of_deed
from trio_chat.core.registered import keep
from trio_chat.core.replies import reply
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, Topic, World
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_ENDOFNAMES, RPL_NOTOPIC


def topic(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`TOPIC #room` asks, `TOPIC #room :text` sets (Modern IRC, "TOPIC message")."""
    name = message.params[0]
    if len(message.params) == 1:
        room = public_room(world, session, name)
        if room.topic is None:
            yield reply(world, session, RPL_NOTOPIC, room.name, "No topic is set")
        yield from replies.topic(world, session, room)
        return
    room, _ = own_membership(world, session, name)
    if room.has("t"):
        require_rank(room, session, "h")
    user = session.user
    text = fit_topic(world, user, room, message.params[1])
    room.topic = Topic(text, user.source, world.now) if text else None
    change = from_user(user, "TOPIC", room.name, text)
    yield Deliver(room.audience, change)
    yield from of_deed(world, room, change)
    yield from keep(world, room)
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
