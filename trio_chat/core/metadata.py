"""Metadata: what users and rooms say of themselves, and who is told of it (IRCv3 metadata).

There are two drafts of it. metadata-2 tells of values with the command METADATA; metadata-3 (pull
request 613 of the specifications) with numerics, and more of them unasked.

Laws:

* A session is told of keys it subscribed to, of itself, of the rooms it is in, of those who are in
  a room with it, and of those it monitors.
* What many are told goes out as one effect per key and draft, to those who subscribed to that key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trio_chat.core.batches import batched
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import from_server, reply
from trio_chat.core.speech import bot_tag, from_user
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire.caps import ANY_METADATA, METADATA, METADATA_3
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_KEYNOTSET, RPL_KEYVALUE, RPL_METADATASYNCLATER

EVERYONE = "*"
"""The visibility of all metadata here: everybody may see it."""

EVERYTHING = "*ALL"
"""The target that means all a session is told of (metadata-3, "METADATA SYNC")."""

KEY_BYTES = 64
"""The longest key: with nick, room and value it fits one line of 512 bytes."""

SYNC_AFTER_SECONDS = 2
"""When a client may ask for what a JOIN did not tell it: after the rush of its other JOINs."""

Target = User | Room


def name_of(target: Target) -> str:
    return target.name if isinstance(target, Room) else target.nick


# -- to many: what has changed


def tell_change(world: World, session: Session, target: Target, key: str) -> Iterator[Effect]:
    """Tell all whom it concerns, but the session that made it, of a key set or removed."""
    if isinstance(target, Room):
        concerned: Iterable[Session] = target.audience
    else:
        world.touch(target)
        watchers = world.monitors.watchers(target.nick)
        concerned = dict.fromkeys((*world.neighbours(target), *watchers))
    for each in _tell(world, session.user, concerned, target, key):
        yield replace(each, omit=session)


def tell_of(world: World, user: User, audience: Iterable[Session]) -> Iterator[Effect]:
    """Tell others of a user who is new to them; to each what it subscribed to."""
    if user.metadata:
        candidates = tuple(audience)
        for key in user.metadata:
            yield from _tell(world, user, candidates, user, key)


def tell_watchers(world: World, user: User) -> Iterator[Effect]:
    """Tell those who monitor a user of what they subscribed to, after RPL_MONONLINE."""
    watchers = world.monitors.watchers(user.nick)
    yield from tell_of(world, user, (each for each in watchers if not each.caps & METADATA_3))
    for each in watchers:
        if each.caps & METADATA_3:
            for message in _of_user(world, each, user):
                yield replace(message, solicited=False)


def _tell(
    world: World, user: User, audience: Iterable[Session], target: Target, key: str
) -> Iterator[Deliver]:
    """What this user has brought about, to those of the audience who subscribed to the key."""
    some = tuple(session for session in audience if key in session.subscriptions)
    if not some:
        return
    name, value = name_of(target), target.metadata.get(key)
    # Without a value: the empty one is a value like any other.
    params = (name, key, EVERYONE, *(() if value is None else (value,)))
    message = from_user(user, "METADATA", *params)
    yield Deliver(some, message, need=METADATA, solicited=False)
    # "*" for the nick: one message serves all of them, as in `monitor`.
    if value is None:
        numeric, params = RPL_KEYNOTSET, ("*", name, key, NOT_SET)
    else:
        numeric, params = RPL_KEYVALUE, ("*", *params)
    told = Message(numeric, params, world.settings.server_name, bot_tag(user))
    yield Deliver(some, told, need=METADATA_3, solicited=False)


# -- to one: what there is

NOT_SET = "key not set"


def values(
    world: World, session: Session, targets: Iterable[Target], keys: Iterable[str]
) -> Iterator[Deliver]:
    """The values of these keys of these targets, for one session."""
    wanted = tuple(keys)
    for target in targets:
        if target.metadata:
            for key in wanted:
                if key in target.metadata:
                    params = (name_of(target), key, EVERYONE, target.metadata[key])
                    if session.caps & METADATA_3:
                        yield reply(world, session, RPL_KEYVALUE, *params)
                    else:
                        yield from_server(world, session, "METADATA", *params)


def of_users(world: World, session: Session, nicks: Iterable[str]) -> Iterator[Effect]:
    """What a session subscribed to of those it monitors and who are here."""
    found = [user for nick in nicks if (user := world.find_user(nick)) is not None]
    if session.caps & METADATA_3:
        for user in found:
            yield from _of_user(world, session, user)
    elif session.caps & METADATA and session.subscriptions:
        yield from values(world, session, found, session.subscriptions)


def _of_user(world: World, session: Session, user: User) -> Iterator[Deliver]:
    found = values(world, session, (user,), session.subscriptions)
    return batched(world, session, "metadata", user.nick, messages=found)


def own(world: World, session: Session) -> Iterator[Effect]:
    """A user's own metadata, as part of the welcome (metadata, "Notifications")."""
    if session.caps & ANY_METADATA:
        user = session.user
        mine = values(world, session, (user,), user.metadata)
        yield from batched(world, session, "metadata", user.nick, messages=mine)


def of_room(world: World, session: Session, room: Room) -> Iterator[Deliver]:
    """What a session subscribed to of a room and of all others who are in it."""
    others = (user for user in room.members if user is not session.user)
    yield from values(world, session, (room, *others), session.subscriptions)


def on_entry(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """Tell of a room to a session that came in."""
    if session.caps & ANY_METADATA and session.subscriptions:
        # Counted by members, so that nobody's JOIN has to look through a crowd of thousands.
        if len(room.members) > world.settings.limits.metadata_sync_members:
            yield later(world, session, room.name)
        else:
            found = tuple(of_room(world, session, room))
            if found or session.caps & METADATA_3:
                yield from batched(world, session, "metadata", room.name, messages=found)
    elif session.caps & METADATA_3:  # which has a batch come after every JOIN
        yield from batched(world, session, "metadata", room.name, messages=())


def later(world: World, session: Session, target: str) -> Deliver:
    """The answer to a client that may ask again for the metadata of a target."""
    text = ("Please ask for the metadata later",) if session.caps & METADATA_3 else ()
    return reply(world, session, RPL_METADATASYNCLATER, target, str(SYNC_AFTER_SECONDS), *text)


def of_circle(world: World, session: Session, keys: Iterable[str]) -> Iterator[Effect]:
    """What there is under these keys; of large rooms only that it can be asked for."""
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
    found = values(world, session, targets, keys)
    if session.caps & METADATA_3:
        found = batched(world, session, "metadata", EVERYTHING, messages=found)
    yield from found
    for room in large:
        yield later(world, session, room.name)
