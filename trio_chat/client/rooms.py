"""The rooms a client is in and who is in them, as far as the server has told.

Laws: bounded, whatever the server claims: past the limits nobody more is remembered; and a name
that could not be said back to the server is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trio_chat.client.folding import Folded
from trio_chat.client.isupport import Isupport
from trio_chat.wire.modes import Change, Takes, parse_modes

MOST_ROOMS = 1_000
"""Rooms remembered: more than any server lets one join."""

MOST_MEMBERS = 200_000
"""Members remembered in all rooms together, about 40 MB: the largest rooms known hold 10,000."""

LONGEST_NAME = 200
"""Characters of a name, of a room or a nick: "strings (...) of length up to 200 characters" (RFC
1459 section 1.3), and no server lets one have as many in a nick."""


def is_name(name: str) -> bool:
    """Whether this can be a name: it must fit between two others in a line."""
    return 0 < len(name) <= LONGEST_NAME and name[0] != ":" and " " not in name and "," not in name


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a room: `signs` of the ranks, highest first ("@+"), and whether away."""

    nick: str
    signs: str = ""
    away: bool = False


class Room:
    """One room that we are in. `key` is the one we came in with, for coming back."""

    __slots__ = ("_members", "key", "name", "topic")

    def __init__(self, name: str, members: Folded[Member], key: str = "") -> None:
        self.name = name
        self.topic = ""
        self.key = key
        self._members = members

    @property
    def members(self) -> Mapping[str, Member]:
        """Who is here, by nick; looking up minds the server's case mapping."""
        return self._members

    def __repr__(self) -> str:
        return f"<Room {self.name} with {len(self._members)}>"


class Rooms:
    """The rooms by name, and every change to who is in them."""

    __slots__ = ("_count", "_isupport", "_rooms")

    def __init__(self, isupport: Isupport) -> None:
        self._isupport = isupport
        self._rooms: Folded[Room] = Folded(self._fold)
        self._count = 0

    @property
    def by_name(self) -> Mapping[str, Room]:
        """All rooms."""
        return self._rooms

    def _fold(self, name: str) -> str:
        return self._isupport.fold(name)

    def refold(self) -> None:
        """The server compares names otherwise than before, though it never should."""
        self._rooms.refold()
        for room in self._rooms.values():
            room._members.refold()
        self._count = sum(len(room._members) for room in self._rooms.values())

    def enter(self, name: str, key: str) -> None:
        """We are in a room from now on."""
        if name not in self._rooms and len(self._rooms) < MOST_ROOMS and is_name(name):
            self._rooms[name] = Room(name, Folded(self._fold), key)

    def leave(self, name: str) -> None:
        """We are no longer in a room."""
        room = self._rooms.pop(name, None)
        if room is not None:
            self._count -= len(room._members)

    def add(self, name: str, member: Member) -> None:
        """Somebody is in a room of ours; in any other, nothing happens."""
        room = self._rooms.get(name)
        if room is None or not is_name(member.nick):
            return
        known = member.nick in room._members
        if known or self._count < MOST_MEMBERS:
            room._members[member.nick] = member
            self._count += not known

    def remove(self, name: str, nick: str) -> None:
        """Somebody left a room."""
        room = self._rooms.get(name)
        if room is not None and room._members.pop(nick, None) is not None:
            self._count -= 1

    def shared_with(self, nick: str) -> tuple[str, ...]:
        """The rooms in which somebody is with us."""
        return tuple(name for name, room in self._rooms.items() if nick in room._members)

    def rename(self, old: str, new: str) -> None:
        """Somebody has another nick."""
        for room in self._rooms.values():
            member = room._members.pop(old, None)
            if member is not None:
                # The old entry goes first, so that a change of case leaves one entry.
                self._count -= 1
                self.add(room.name, replace(member, nick=new))

    def rename_room(self, old: str, new: str) -> None:
        """A room of ours is called something else, with all who are in it."""
        room = self._rooms.pop(old, None) if is_name(new) else None
        if room is not None:
            self.leave(new)  # there cannot be two
            room.name = new
            self._rooms[new] = room

    def set_away(self, nick: str, away: bool) -> None:
        """Somebody went away or came back."""
        for room in self._rooms.values():
            member = room._members.get(nick)
            if member is not None:
                room._members[member.nick] = replace(member, away=away)

    def set_topic(self, name: str, topic: str) -> None:
        """A room's topic is known."""
        room = self._rooms.get(name)
        if room is not None:
            room.topic = topic

    def set_modes(self, name: str, text: str, params: Sequence[str]) -> None:
        """Ranks follow the changes of a room's modes."""
        room = self._rooms.get(name)
        if room is None:
            return
        for change in parse_modes(text, params, self._isupport.modes):
            if isinstance(change, Change) and self._isupport.modes[change.mode] is Takes.NICK:
                self._rank(room, change)

    def _rank(self, room: Room, change: Change) -> None:
        member = room._members.get(change.param or "")
        if member is None:
            return
        ranks = self._isupport.ranks
        had = set(member.signs) - {ranks[change.mode]}
        if change.adding:
            had.add(ranks[change.mode])
        signs = "".join(sign for sign in ranks.values() if sign in had)
        room._members[member.nick] = replace(member, signs=signs)
