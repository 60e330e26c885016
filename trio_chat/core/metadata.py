"""Metadata: what users and rooms say of themselves, and who is told of it (IRCv3 metadata).

Laws:

* A session is told of keys it subscribed to, of itself, of the rooms it is in, of those who are in
  a room with it, and of those it monitors.
* What many are told goes out as one effect per key, to those who subscribed to that key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trio_chat.core.batches import batched
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import from_server, reply
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire.caps import METADATA
from trio_chat.wire.numerics import RPL_METADATASYNCLATER

EVERYONE = "*"
"""The visibility of all metadata here: everybody may see it."""

SYNC_AFTER_SECONDS = 2
"""When a client may ask for what a JOIN did not tell it: after the rush of its other JOINs."""

Target = User | Room


def name_of(target: Target) -> str:
    return target.name if isinstance(target, Room) else target.nick


def tell_change(world: World, session: Session, target: Target, key: str) -> Iterator[Effect]:
    """Tell all whom it concerns, but the session that made it, of a key set or removed."""
    value = target.metadata.get(key)
    # Without a value: the empty one is a value like any other.
    params = (name_of(target), key, EVERYONE, *(() if value is None else (value,)))
    change = from_user(session.user, "METADATA", *params)
    if isinstance(target, Room):
        concerned: Iterable[Session] = target.audience
    else:
        watchers = world.monitors.watchers(target.nick)
        concerned = dict.fromkeys((*world.neighbours(target), *watchers))
    audience = _subscribers(concerned, key)
    if audience:
        yield Deliver(audience, change, omit=session, need=METADATA)


def tell_of(world: World, user: User, audience: Iterable[Session]) -> Iterator[Effect]:
    """Tell others of a user who is new to them; to each what it subscribed to."""
    if not user.metadata:
        return
    candidates = tuple(audience)
    for key, value in user.metadata.items():
        some = _subscribers(candidates, key)
        if some:
            message = from_user(user, "METADATA", user.nick, key, EVERYONE, value)
            yield Deliver(some, message, need=METADATA, solicited=False)


def _subscribers(audience: Iterable[Session], key: str) -> tuple[Session, ...]:
    return tuple(session for session in audience if key in session.subscriptions)


def values(
    world: World, session: Session, targets: Iterable[Target], keys: Iterable[str]
) -> Iterator[Deliver]:
    """The values of these keys of these targets, for one session."""
    wanted = tuple(keys)
    for target in targets:
        if target.metadata:
            for key in wanted:
                if key in target.metadata:
                    value = target.metadata[key]
                    params = (name_of(target), key, EVERYONE, value)
                    yield from_server(world, session, "METADATA", *params)


def of_users(world: World, session: Session, nicks: Iterable[str]) -> Iterator[Effect]:
    """What a session subscribed to of those it has begun to monitor and who are here."""
    if session.caps & METADATA and session.subscriptions:
        found = [user for nick in nicks if (user := world.find_user(nick)) is not None]
        yield from values(world, session, found, session.subscriptions)


def own(world: World, session: Session) -> Iterator[Effect]:
    """A user's own metadata, as part of the welcome (metadata, "Notifications")."""
    if session.caps & METADATA:
        user = session.user
        mine = values(world, session, (user,), user.metadata)
        yield from batched(world, session, "metadata", user.nick, messages=mine)


def of_room(world: World, session: Session, room: Room) -> Iterator[Deliver]:
    """What a session subscribed to of a room and of all others who are in it."""
    others = (user for user in room.members if user is not session.user)
    yield from values(world, session, (room, *others), session.subscriptions)


def on_entry(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """Tell of a room to a session that came in, and to the others of its user."""
    user = session.user
    if session.caps & METADATA and session.subscriptions:
        # Counted by members, so that nobody's JOIN has to look through a crowd of thousands.
        if len(room.members) > world.settings.limits.metadata_sync_members:
            yield reply(world, session, RPL_METADATASYNCLATER, room.name, str(SYNC_AFTER_SECONDS))
        elif found := tuple(of_room(world, session, room)):
            yield from batched(world, session, "metadata", room.name, messages=found)
    if user.metadata:
        others = (each for each in room.audience if each.user is not user)
        yield from tell_of(world, user, others)


def of_circle(world: World, session: Session, keys: Iterable[str]) -> Iterator[Effect]:
    """What there is under newly subscribed keys; of large rooms only that it can be asked for."""
    wanted = tuple(keys)
    most = world.settings.limits.metadata_sync_members
    targets: dict[Target, None] = {session.user: None}
    large: list[Room] = []
    for room in session.user.rooms:
        if len(room.members) > most:
            large.append(room)
        else:
            targets[room] = None
            targets.update(dict.fromkeys(room.members))
    for nick in world.monitors.list_of(session):
        monitored = world.find_user(nick)
        if monitored is not None:
            targets[monitored] = None
    yield from values(world, session, targets, wanted)
    for room in large:
        yield reply(world, session, RPL_METADATASYNCLATER, room.name, str(SYNC_AFTER_SECONDS))
