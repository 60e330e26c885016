"""METADATA: what users and rooms say of themselves, set, read, subscribed to (IRCv3 metadata)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trio_chat.core import metadata as store
from trio_chat.core.batches import batched
from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.metadata import EVERYONE, Target, name_of
from trio_chat.core.replies import Refusal, fill_lines, granting, refusal_message, reply, space_left
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS
from trio_chat.wire.numerics import (
    ERR_NEEDMOREPARAMS,
    RPL_KEYNOTSET,
    RPL_KEYVALUE,
    RPL_METADATASUBOK,
    RPL_METADATASUBS,
    RPL_METADATAUNSUBOK,
)

KEY_BYTES = 64
"""The longest key: with nick, room and value it fits one line of 512 bytes."""

# metadata, "Keys and Values": "a-z, 0-9, and _./-"
_KEY = re.compile(rf"[a-z0-9_./-]{{1,{KEY_BYTES}}}", re.ASCII)


def metadata(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`METADATA target GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …`."""
    name, subcommand, *params = message.params
    run = _SUBCOMMANDS.get(subcommand.upper())
    if run is None:
        raise Refusal("SUBCOMMAND_INVALID", word(subcommand), "No such subcommand")
    target = _target(world, session, name)
    if run in _OF_SESSION and target is not session.user:
        raise Refusal("INVALID_TARGET", word(name), "Subscriptions are your own")
    yield from run(world, session, name, target, params)


def _target(world: World, session: Session, name: str) -> Target:
    target: Target | None = None
    if name == "*":
        return session.user
    if session.registered:  # before that a client has no nick and knows nobody
        if looks_like_room(name):
            room = world.find_room(name)
            if room is not None and room.is_visible_to(session.user):
                target = room
        else:
            target = world.find_user(name)
    if target is None:
        raise Refusal("INVALID_TARGET", word(name), "No such user or room")
    return target


def _shown(name: str, target: Target) -> str:
    """How the target is named in an answer: `*` as the client said, or before it has a nick."""
    return "*" if name == "*" else name_of(target)


def _named(session: Session, target: Target) -> str:
    """How the target is named in a batch: by its nick as soon as it has one."""
    return name_of(target) if session.registered else "*"


def _check_key(key: str) -> None:
    if _KEY.fullmatch(key) is None:
        raise Refusal("KEY_INVALID", word(key), "Not a key: a-z 0-9 _ . / - and not too long")


def _check_own(session: Session, name: str, target: Target, key: str) -> None:
    """Raise the refusal unless this user may change the metadata of the target."""
    if isinstance(target, Room):
        membership = session.user.rooms.get(target)
        allowed = membership is not None and membership.level >= LEVELS["o"]
    else:
        allowed = target is session.user
    if not allowed:
        text = "You may not change this"
        raise Refusal("KEY_NO_PERMISSION", _shown(name, target), key, text)


def _need(params: list[str]) -> None:
    if not params:
        raise Refusal(ERR_NEEDMOREPARAMS, "METADATA", "Not enough parameters")


# -- reading


def _get(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _need(params)
    shown = _named(session, target)
    found = (_value(world, session, shown, target, key) for key in params)
    yield from batched(world, session, "metadata", shown, messages=found)


def _value(world: World, session: Session, shown: str, target: Target, key: str) -> Deliver:
    try:
        _check_key(key)
    except Refusal as refusal:
        return refusal_message(world, session, refusal, "METADATA")
    value = target.metadata.get(key)
    if value is None:
        return reply(world, session, RPL_KEYNOTSET, shown, key, "key not set")
    return reply(world, session, RPL_KEYVALUE, shown, key, EVERYONE, value)


def _list(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    shown = _named(session, target)
    found = (_value(world, session, shown, target, key) for key in tuple(target.metadata))
    yield from batched(world, session, "metadata", shown, messages=found)


def _sync(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    if isinstance(target, Room):
        found = store.of_room(world, session, target)
    else:
        found = store.values(world, session, (target,), session.subscriptions)
    shown = _named(session, target)
    yield from batched(world, session, "metadata", shown, messages=found)


# -- setting


def _set(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _need(params)
    key, *rest = params
    _check_key(key)
    _check_own(session, name, target, key)
    shown = _shown(name, target)
    if not rest:
        if key not in target.metadata:
            raise Refusal("KEY_NOT_SET", shown, key, "key not set")
        del target.metadata[key]
        yield reply(world, session, RPL_KEYNOTSET, shown, key, "key not set")
    else:
        _check_room_for(world, target, shown, key, rest[0])
        target.metadata[key] = rest[0]
        yield reply(world, session, RPL_KEYVALUE, shown, key, EVERYONE, rest[0])
    if session.registered:
        yield from store.tell_change(world, session, target, key)


def _check_room_for(world: World, target: Target, shown: str, key: str, value: str) -> None:
    limits = world.settings.limits
    if len(value.encode()) > limits.metadata_value_bytes:
        raise Refusal("VALUE_INVALID", "The value is too long")
    if key not in target.metadata and len(target.metadata) >= limits.metadata_keys:
        raise Refusal("LIMIT_REACHED", shown, "There is no room for more keys")


def _clear(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _check_own(session, name, target, "*")
    shown = _named(session, target)
    cleared = [_value(world, session, shown, target, key) for key in target.metadata]
    keys = tuple(target.metadata)
    target.metadata.clear()
    yield from batched(world, session, "metadata", shown, messages=cleared)
    if session.registered:
        for key in keys:
            yield from store.tell_change(world, session, target, key)


# -- subscriptions


def _subscribe(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _need(params)
    done: dict[str, None] = {}
    refusals: list[Refusal] = []
    for key in params:
        try:
            _check_key(key)
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        if len(session.subscriptions) >= world.settings.limits.metadata_subscriptions:
            refusals.append(Refusal("TOO_MANY_SUBS", key, "Too many subscriptions"))
            break
        session.subscriptions[key] = done[key] = None
    yield from _key_lines(world, session, RPL_METADATASUBOK, done)
    for each in refusals:
        yield refusal_message(world, session, each, "METADATA")
    if session.registered:
        yield from store.of_circle(world, session, done)


def _unsubscribe(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _need(params)
    done: dict[str, None] = {}
    for key in params:
        yield from granting(world, session, "METADATA", _drop(session, key, done))
    yield from _key_lines(world, session, RPL_METADATAUNSUBOK, done)


def _drop(session: Session, key: str, done: dict[str, None]) -> Iterator[Effect]:
    _check_key(key)
    session.subscriptions.pop(key, None)
    done[key] = None
    yield from ()


def _subscriptions(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    lines = _key_lines(world, session, RPL_METADATASUBS, session.subscriptions)
    yield from batched(world, session, "metadata-subs", messages=lines)


def _key_lines(
    world: World, session: Session, numeric: str, keys: dict[str, None]
) -> Iterator[Deliver]:
    """Keys as so many parameters of a numeric, over as many lines as they need."""
    for line in fill_lines(keys, space_left(world, session)):
        some = line.split(" ")
        for start in range(0, len(some), KEYS_PER_LINE):
            yield reply(world, session, numeric, *some[start : start + KEYS_PER_LINE])


KEYS_PER_LINE = 13
"""Keys in one line: with the nick they stay under the 15 parameters of a message."""

_Run = Callable[[World, Session, str, Target, list[str]], Iterator[Effect]]
_SUBCOMMANDS: dict[str, _Run] = {
    "GET": _get,
    "LIST": _list,
    "SET": _set,
    "CLEAR": _clear,
    "SUB": _subscribe,
    "UNSUB": _unsubscribe,
    "SUBS": _subscriptions,
    "SYNC": _sync,
}
_OF_SESSION = (_subscribe, _unsubscribe, _subscriptions)
