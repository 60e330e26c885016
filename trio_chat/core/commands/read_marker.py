"""MARKREAD: up to where a user has read, told to all clients of that user (IRCv3 read-marker).

Laws:

* A marker only ever moves forward, never past the present, and nobody else learns of it.
* Whoever is logged in has the markers of the account: they outlive its users, and the server.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Deliver, Effect, Keep
from trio_chat.core.records import MarkerRecord
from trio_chat.core.replies import Refusal, from_server
from trio_chat.core.state import Room, Session, User, World
from trio_chat.core.timestamps import stamp_of
from trio_chat.wire.caps import READ_MARKER
from trio_chat.wire.grammar import is_room_name, looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

UNKNOWN = "*"
"""Stands for the time if nothing is known to have been read."""


def markread(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`MARKREAD target` asks, `MARKREAD target timestamp=2019-01-04T14:33:26.123Z` sets."""
    if not message.params or not message.params[0]:
        raise Refusal("NEED_MORE_PARAMS", "Missing parameters")
    target = _buffer(world, session.user, message.params[0])
    if len(message.params) == 1:
        yield _marker(world, session, target)
        return
    # Timestamps of one format and zone order as text. A clock that runs ahead must not mark as
    # read what has not been said yet.
    wanted = min(_timestamp(message.params[1]), format_time(world.now))
    user = session.user
    read = _markers_of(world, user)
    key = world.fold(target)
    if wanted <= read.get(key, ""):
        yield _marker(world, session, target)
        return
    read.pop(key, None)
    while len(read) >= world.settings.limits.read_markers:
        oldest = next(iter(read))
        del read[oldest]
        yield from _keep(user, oldest, UNKNOWN)
    read[key] = wanted
    yield from _keep(user, key, wanted)
    marker = _marker(world, session, target)
    yield marker
    yield Deliver(user.sessions, marker.message, omit=session, need=READ_MARKER)


def _markers_of(world: World, user: User) -> dict[str, str]:
    if not user.account:
        return user.read
    return world.read.setdefault(world.fold(user.account), {})


def _keep(user: User, target: str, at: str) -> Iterator[Keep]:
    if user.account:
        yield Keep(MarkerRecord(user.account, target, at))


def _buffer(world: World, user: User, target: str) -> str:
    """The name of what a marker is for: a room or a nick, whether it exists now or not."""
    limits = world.settings.limits
    if looks_like_room(target):
        if is_room_name(target, limits.room_name_bytes):
            room = world.find_room(target)
            # Another spelling than that which was given tells that there is such a room.
            return room.name if room is not None and room.is_visible_to(user) else target
    elif world.is_nick(target):
        return target
    raise Refusal("INVALID_PARAMS", word(target), "Not the name of a room or a nick")


def _timestamp(text: str) -> str:
    stamp = stamp_of(text)
    if stamp is None:
        raise Refusal("INVALID_PARAMS", word(text), "Not a timestamp=YYYY-MM-DDThh:mm:ss.sssZ")
    return stamp


def _marker(world: World, session: Session, target: str) -> Deliver:
    at = _markers_of(world, session.user).get(world.fold(target))
    return from_server(world, session, "MARKREAD", target, f"timestamp={at}" if at else UNKNOWN)


def on_entry(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """What a client is told after its JOIN (read-marker, "Command flows")."""
    if session.caps & READ_MARKER:
        yield _marker(world, session, room.name)
