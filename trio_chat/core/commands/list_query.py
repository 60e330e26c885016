"""LIST: which rooms there are, narrowed down by names, masks and conditions."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator

from trio_chat.core.commands.lookup import split_targets
from trio_chat.core.effects import Effect
from trio_chat.core.replies import reply
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.grammar import matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_LIST, RPL_LISTEND

Condition = Callable[[Room], bool]

# ELIST: `<` and `>` alone count members;
# with C or T before them, minutes since the room was opened or its topic set.
_COMPARISON = re.compile(r"([CT]?)([<>])([0-9]{1,9})", re.ASCII | re.IGNORECASE)


def list_(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`LIST`, `LIST #room,*mask*,!*mask*`, `LIST >3,C<60` (Modern IRC, "LIST message")."""
    user = session.user
    rooms = [room for room in _wanted(world, message) if room.is_listed_for(user)]
    # SAFELIST promises that the answer costs nobody the connection, so it must fit a SendQ.
    limit = world.settings.limits.listed_rooms
    total = len(rooms)
    if total > limit:
        rooms = heapq.nlargest(limit, rooms, key=lambda room: len(room.members))
    for room in rooms:
        text = room.topic.text if room.topic else ""
        yield reply(world, session, RPL_LIST, room.name, str(len(room.members)), text)
    end = "End of LIST"
    if total > limit:
        end += f": the {limit} largest rooms of {total}; use a mask to see others"
    yield reply(world, session, RPL_LISTEND, end)


def _wanted(world: World, message: Message) -> Iterable[Room]:
    """The rooms of any name or mask given, of no negative mask, for which every comparison holds.

    Each mask is held against every room, so there may not be more of them than of other targets:
    80 masks and 10,000 rooms took a second.
    """
    names: list[str] = []
    conditions: list[Condition] = []
    for item in split_targets(world, ",".join(message.params)):
        compared = _COMPARISON.fullmatch(item)
        if compared is not None:
            what, sign, number = compared.groups()
            conditions.append(_comparison(world, what.upper(), sign == "<", int(number)))
        elif item[0] == "!" and len(item) > 1:
            conditions.append(_not_named(world, item[1:]))
        else:
            names.append(item)
    rooms = _named(world, names) if names else world.rooms.values()
    return (room for room in rooms if all(condition(room) for condition in conditions))


def _named(world: World, names: list[str]) -> Iterable[Room]:
    if any("*" in name or "?" in name for name in names):
        return (room for room in world.rooms.values() if _has_name(world, room, names))
    found = (world.find_room(name) for name in names)
    return dict.fromkeys(room for room in found if room is not None)


def _has_name(world: World, room: Room, masks: list[str]) -> bool:
    return any(matches(mask, room.name, world.names) for mask in masks)


def _not_named(world: World, mask: str) -> Condition:
    return lambda room: not matches(mask, room.name, world.names)


def _comparison(world: World, what: str, less: bool, number: int) -> Condition:
    """`C<60`: created less than 60 minutes ago; a room without a topic has no time of it."""
    now = world.now

    def value(room: Room) -> float | None:
        match what:
            case "C":
                return (now - room.created) / 60
            case "T":
                return (now - room.topic.at) / 60 if room.topic is not None else None
            case _:
                return len(room.members)

    def holds(room: Room) -> bool:
        found = value(room)
        return found is not None and (found < number if less else found > number)

    return holds
