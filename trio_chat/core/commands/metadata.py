"""METADATA: what users and rooms say of themselves, set, read, subscribed to (IRCv3 metadata)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from trio_chat.core import metadata as store
from trio_chat.core.batches import batched
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.metadata_faults import (
    key_invalid,
    keys_full,
    one_key_invalid,
    subcommand_invalid,
    subscriptions_full,
    value_invalid,
)
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.metadata import EVERYONE, EVERYTHING, KEY_BYTES, NOT_SET, Target, name_of
from trio_chat.core.replies import Refusal, fill_lines, refusal_message, reply, space_left
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.caps import METADATA_3
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

# metadata, "Keys and Values": "a-z, 0-9, and _./-"
_KEY = re.compile(rf"[a-z0-9_./-]{{1,{KEY_BYTES}}}", re.ASCII)


def metadata(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`METADATA target GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …`."""
    name, subcommand, *params = message.params
    run = _SUBCOMMANDS.get(subcommand.upper())
    if run is None:
        raise subcommand_invalid(session, subcommand)
    if run is _sync and name == EVERYTHING and session.registered:
        yield from store.of_circle(world, session, session.subscriptions)
        return
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


def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


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
    if not _is_key(key):
        return one_key_invalid(world, session, key)
    value = target.metadata.get(key)
    if value is None:
        return reply(world, session, RPL_KEYNOTSET, shown, key, NOT_SET)
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
    if not _is_key(key):
        raise key_invalid(session, key)
    _check_own(session, name, target, key)
    shown = _shown(name, target)
    was_set = key in target.metadata
    if rest and (rest[0] or not session.caps & METADATA_3):
        _check_room_for(world, session, target, shown, key, rest[0])
        target.metadata[key] = rest[0]
        yield reply(world, session, RPL_KEYVALUE, shown, key, EVERYONE, rest[0])
    elif was_set or session.caps & METADATA_3:  # in which it is no mistake that it was not set
        target.metadata.pop(key, None)
        yield reply(world, session, RPL_KEYNOTSET, shown, key, NOT_SET)
    else:
        raise Refusal("KEY_NOT_SET", shown, key, NOT_SET)
    if session.registered and (was_set or key in target.metadata):
        yield from store.tell_change(world, session, target, key)


def _check_room_for(
    world: World, session: Session, target: Target, shown: str, key: str, value: str
) -> None:
    limits = world.settings.limits
    if len(value.encode()) > limits.metadata_value_bytes:
        raise value_invalid(session, key)
    if key not in target.metadata and len(target.metadata) >= limits.metadata_keys:
        raise keys_full(session, shown, limits.metadata_keys)


def _clear(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _check_own(session, name, target, "*")
    shown = _named(session, target)
    keys = tuple(target.metadata)
    if session.caps & METADATA_3:
        target.metadata.clear()
    # Of each the value it had (metadata-2), or that it has none any more (metadata-3).
    cleared = [_value(world, session, shown, target, key) for key in keys]
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
    most = world.settings.limits.metadata_subscriptions
    before = dict(session.subscriptions)
    done: dict[str, None] = {}
    faults: list[Effect] = []
    for key in params:
        if not _is_key(key):
            faults.append(one_key_invalid(world, session, key))
            continue
        if len(session.subscriptions) >= most:
            refusal = subscriptions_full(session, key, most)
            faults.append(refusal_message(world, session, refusal, "METADATA"))
            break
        session.subscriptions[key] = done[key] = None
    yield from _key_lines(world, session, RPL_METADATASUBOK, done)
    yield from faults
    wanted = done
    if session.caps & METADATA_3:  # which wants nothing told again
        wanted = {key: None for key in done if key not in before}
    if session.registered and wanted:
        yield from store.of_circle(world, session, wanted)


def _unsubscribe(
    world: World, session: Session, name: str, target: Target, params: list[str]
) -> Iterator[Effect]:
    _need(params)
    for key in params:
        if not _is_key(key):
            yield one_key_invalid(world, session, key)
    done = dict.fromkeys(key for key in params if _is_key(key))
    for key in done:
        session.subscriptions.pop(key, None)
    yield from _key_lines(world, session, RPL_METADATAUNSUBOK, done)


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
