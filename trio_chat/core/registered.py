"""Rooms that are kept: whom one belongs to, which ranks accounts have in it, and how it is kept.

Laws:

* What changes of a registered room, or of one in which a resident is, is kept by the command that
  changed it: it calls `keep`.
* A registered room in which nobody is any more is remembered as it was. Who comes next finds it so,
  and is barred by whatever barred the way in.
* A rank given by MODE lasts as long as one stays; one that belongs to an account comes back.
* Whose account is at least a half-operator there is not barred: they could let themselves in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trio_chat.core import records
from trio_chat.core.effects import Deliver, Effect, Keep
from trio_chat.core.history import conclude, of_deed
from trio_chat.core.masks import parse_mask
from trio_chat.core.records import RoomForgotten, RoomRecord
from trio_chat.core.room import Entry, Room, Topic
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS, RANKS, Change, format_modes

if TYPE_CHECKING:
    from trio_chat.core.state import User, World


@dataclass(slots=True, eq=False)
class Registration:
    """Whom a room belongs to, since when, the ranks of accounts in it, and how much of its history
    is kept (see `RoomRecord`)."""

    founder: str
    at: float
    ranks: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By case-folded account: its name, and its rank letters, highest first."""
    keep_days: float = 0.0
    keep_messages: int = 0


def find_any_room(world: World, name: str) -> Room | None:
    """The room of that name, be it a registered one in which nobody is.

    Such a one is as it was left, and not in the world before somebody enters it.
    """
    room = world.find_room(name)
    if room is None and (record := world.registered.get(world.fold(name))) is not None:
        return revive(world, record)
    return room


def remember(world: World, record: RoomRecord) -> None:
    """Take in a room from an earlier run, as far as it makes sense by now."""
    kept = world.registered if record.founder else world.inhabited
    kept[world.fold(record.name)] = record_of(revive(world, record))


def revive(world: World, record: RoomRecord) -> Room:
    room = Room(record.name, record.created, flags=record.flags, key=record.key)
    room.limit, room.forward = record.limit, record.forward
    if record.topic:
        room.topic = Topic(record.topic, record.topic_by, record.topic_at)
    for mode, entries in record.lists:
        for each in entries:
            mask = parse_mask(each.mask, world.names)
            if mask is not None:
                room.add_entry(mode, Entry(mask, each.by, each.at))
    if record.founder:
        ranks = {world.fold(account): (account, letters) for account, letters in record.ranks}
        room.registration = Registration(
            record.founder, record.registered, ranks, record.keep_days, record.keep_messages
        )
    return room


# -- keeping


def register(world: World, room: Room, founder: str) -> Iterator[Effect]:
    """Make a room the property of an account, whose rank in it is founder."""
    world.inhabited.pop(world.fold(room.name), None)
    room.registration = Registration(founder, world.now)
    yield from set_ranks(world, room, founder, "q")


def forget(world: World, name: str) -> Iterator[Effect]:
    """Make a registered room one like others."""
    record = world.registered.pop(world.fold(name))
    room = world.find_room(name)
    if room is not None:
        room.registration = None
    else:
        empty = revive(world, record)
        empty.registration = None
        yield from conclude(world, empty)
    if room is not None and room.residents:
        yield from keep(world, room)
    else:
        yield Keep(RoomForgotten(record.name))


def keep(world: World, room: Room) -> Iterator[Effect]:
    """Keep a room as it is now, if it is registered or a resident is in it."""
    if room.registration is not None or room.residents:
        record = record_of(room)
        kept = world.registered if room.registration is not None else world.inhabited
        kept[world.fold(room.name)] = record
        yield Keep(record)


def keep_inhabited(world: World, name: str) -> Iterator[Effect]:
    """Keep the room of a folded name since the first resident is in it, or no longer."""
    room = world.rooms.get(name)
    if room is not None and room.registration is not None:
        return
    if room is not None and room.residents:
        if name not in world.inhabited:
            yield from keep(world, room)
    elif (record := world.inhabited.pop(name, None)) is not None:
        yield Keep(RoomForgotten(record.name))


def keep_renamed(world: World, room: Room, before: str) -> Iterator[Effect]:
    """Keep a room under its new name, and no longer under that before, if it is kept."""
    if room.registration is not None or room.residents:
        kept = world.registered if room.registration is not None else world.inhabited
        record = kept.pop(world.fold(before))
        yield Keep(RoomForgotten(record.name))
        yield from keep(world, room)


def record_of(room: Room) -> RoomRecord:
    """A room as it is now."""
    registration = room.registration or Registration("", 0.0)
    topic = room.topic or Topic("", "", 0.0)
    lists = {
        mode: tuple(records.Entry(each.mask.text, each.by, each.at) for each in room.entries(mode))
        for mode in sorted(room.lists)
    }
    return RoomRecord(
        room.name,
        registration.founder,
        registration.at,
        room.created,
        topic.text,
        topic.by,
        topic.at,
        room.flags,
        room.key,
        room.limit,
        room.forward,
        tuple(lists.items()),
        tuple(registration.ranks.values()),
        registration.keep_days,
        registration.keep_messages,
    )


# -- ranks of accounts


def ranks_of(world: World, room: Room, account: str) -> str:
    """The rank letters that an account has in a room, highest first."""
    if room.registration is None or not account:
        return ""
    return room.registration.ranks.get(world.fold(account), ("", ""))[1]


def level_of(world: World, room: Room, account: str) -> int:
    """How high an account stands in a room, 0 for no rank."""
    letters = ranks_of(world, room, account)
    return LEVELS[letters[0]] if letters else 0


def set_ranks(world: World, room: Room, account: str, letters: str) -> Iterator[Effect]:
    """Give an account these ranks in a registered room, in the place of those it had.

    Those who are in the room by that account have them at once, and have the others no longer.
    """
    assert room.registration is not None
    before = ranks_of(world, room, account)
    if letters:
        ordered = "".join(letter for letter in RANKS if letter in letters)
        room.registration.ranks[world.fold(account)] = (account, ordered)
    else:
        room.registration.ranks.pop(world.fold(account), None)
    yield from keep(world, room)
    for user in room.members:
        if user.account and world.fold(user.account) == world.fold(account):
            yield from _change(world, room, user, letters, before)


def grant(world: World, room: Room, user: User) -> Iterator[Effect]:
    """Give a member the ranks of their account that they do not have yet, and say so."""
    if room.registration is not None:
        yield from _change(world, room, user, ranks_of(world, room, user.account), "")


def grant_everywhere(world: World, user: User) -> Iterator[Effect]:
    """Give somebody who has just logged in the ranks of their account."""
    for room in user.rooms:
        yield from grant(world, room, user)


def revoke_everywhere(world: World, user: User) -> Iterator[Effect]:
    """Take from somebody the ranks of their account, which nobody may use any more."""
    for room in user.rooms:
        yield from _change(world, room, user, "", ranks_of(world, room, user.account))


def _change(world: World, room: Room, user: User, given: str, taken: str) -> Iterator[Effect]:
    """Give a member ranks, take others, and say to all in the room what has changed by it."""
    changes = [
        Change(letter in given, letter, user.nick)
        for letter in RANKS
        if letter in given + taken and room.set_rank(user, letter, letter in given)
    ]
    if changes:
        world.touch(user)
        yield from said_by_server(world, room, changes)


def said_by_server(world: World, room: Room, changes: list[Change]) -> Iterator[Effect]:
    """Changes that a room's registration brings about, told to all in it."""
    modes = Message("MODE", (room.name, *format_modes(changes)), world.settings.server_name)
    yield Deliver(room.audience, modes)
    yield from of_deed(world, room, modes)


def forget_account(world: World, account: str) -> Iterator[Effect]:
    """Let go of what belonged to an account that is no more: its rooms, and its ranks elsewhere."""
    key = world.fold(account)
    for record in tuple(world.registered.values()):
        if world.fold(record.founder) == key:
            yield from forget(world, record.name)
        elif any(world.fold(name) == key for name, _ in record.ranks):
            room = world.find_room(record.name) or revive(world, record)
            yield from set_ranks(world, room, account, "")
