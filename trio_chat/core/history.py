"""History: what is kept of what was said and done, and how it is asked for again.

Laws:

* What is kept is the message as the others got it, under its msgid; the msgids of one server, of
  all its runs, are in the order in which everyone saw them.
* A place is a room, by its folded name, or a conversation of two accounts. What somebody without
  an account says in private is nobody's to find again, and is not kept.
* Who may read is decided here, in the core, before anything is asked; the archive shows what it is
  asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.questions import Question
from trio_chat.wire.message import Message

if TYPE_CHECKING:
    from trio_chat.core.state import Room, Session, User, World

Place = str | tuple[str, str]
"""Whose history it is: a room's folded name, or two folded accounts, sorted."""

TARGET_MSGID = "draft/target-msgid"
EDIT_TEXT = "draft/edit-text"
"""The tags of an EDIT: the message that is edited, and its new text (message-edit)."""

Reference = str | float
"""A point in a history: a msgid, or a Unix time."""

# No run gets as far as 700,000 in hex: so a sequence, and the one after it, is below 2^63.
_MSGID = re.compile(r"([0-6]?[0-9a-f]{1,5})-([0-9a-f]{1,10})", re.ASCII)

_RUN_BITS = 40
"""Ids that one run of a server may give: a million a second for twelve days, and then some."""


def sequence_of(msgid: str) -> int:
    """The number by which a msgid is ordered and found; 0 for one this server cannot have given."""
    found = _MSGID.fullmatch(msgid)
    return int(found[1], 16) << _RUN_BITS | int(found[2], 16) if found is not None else 0


def msgid_of(sequence: int) -> str:
    """The msgid that a number stands for."""
    return f"{sequence >> _RUN_BITS:x}-{sequence & (1 << _RUN_BITS) - 1:x}"


# -- keeping


def of_room(
    world: World, room: Room, message: Message, by: Session | None = None
) -> Chronicle | None:
    """What keeps a message to a room; None if it is not to be kept.

    `by` is the session whose own answers wait until it is kept.
    """
    if not world.keeps_history or room.is_off_record:
        return None
    if world.accounts.off_record and by is not None and _is_off_record(world, by.user):
        return None
    return Chronicle(world.fold(room.name), message, world.now, by, not room.is_public)


def of_conversation(
    world: World, user: User, other: User, message: Message, by: Session | None = None
) -> Chronicle | None:
    """What keeps a private message of one user to another; None if it is not to be kept."""
    if not (world.keeps_history and world.settings.history.private):
        return None
    if not (user.account and other.account):
        return None
    if world.accounts.off_record and any(_is_off_record(world, each) for each in (user, other)):
        return None
    return Chronicle(conversation(world, user.account, other.account), message, world.now, by, True)


def _is_off_record(world: World, user: User) -> bool:
    return world.fold(user.account) in world.accounts.off_record


def of_deed(world: World, room: Room, message: Message) -> Iterator[Chronicle]:
    """What keeps something that was done in a room, under an id of its own."""
    kept = of_room(world, room, message)
    if kept is not None:
        yield replace(kept, message=with_id(world, message))


def of_renaming(world: World, room: Room, before: str, message: Message) -> Chronicle:
    """What gives a room its history under its new name, be anything kept of it now or not: whoever
    opens one of the name before must not find it."""
    place, now = world.fold(before), world.now
    return Chronicle(place, with_id(world, message), now, is_closed=not room.is_public)


def of_redaction(world: World, place: Place, message: Message, by: Session) -> Iterator[Chronicle]:
    """What takes a message out of a history, be anything kept there now or not."""
    return of_amendment(world, place, with_id(world, message), by)


def of_amendment(world: World, place: Place, message: Message, by: Session) -> Iterator[Chronicle]:
    """What changes something in a history, be anything kept there now or not."""
    if world.keeps_accounts:  # what keeps the one keeps the other
        room = world.rooms.get(place) if isinstance(place, str) else None
        is_closed = room is None or not room.is_public
        yield Chronicle(place, message, world.now, by, is_closed)


def with_id(world: World, message: Message) -> Message:
    return replace(message, tags={**message.tags, "msgid": world.new_id()})


def conclude(world: World, room: Room) -> Iterator[Conclude]:
    """End the history of a room that somebody has left, if nobody is in it any more.

    Anybody may open a room of that name, and be its operator. What was said where not everybody
    could come and listen is not for them.
    """
    if not (room.members or room.is_public or room.registration is not None):
        yield Conclude(world.fold(room.name))


def conversation(world: World, one: str, other: str) -> tuple[str, str]:
    """The place where two accounts talk."""
    first, second = sorted((world.fold(one), world.fold(other)))
    return first, second


# -- asking


class Kept(NamedTuple):
    """One message of a history: as it was handed on, its msgid among its tags, and when.

    With `is_context` it belongs to the message it follows, as a reaction does, and is told although
    it came at another time ("draft/chathistory-context").
    """

    message: Message
    at: float
    is_context: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a history, the oldest first; what is context stands behind what it belongs to."""

    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class ReadPins(Question):
    """The messages that are pinned in a room, and one more of its messages, if a msgid is given.

    The answer is `Pins`.
    """

    place: Place
    msgid: str = ""


@dataclass(frozen=True, slots=True)
class Pins:
    """What is pinned in a room, the oldest message first, and the message that was looked for."""

    pinned: tuple[Kept, ...]
    found: Kept | None = None

    def has(self, msgid: str) -> bool:
        """Whether a message is pinned."""
        return any(each.message.tags["msgid"] == msgid for each in self.pinned)


Select = Literal["latest", "before", "after", "around", "between"]


@dataclass(frozen=True, slots=True)
class ReadHistory(Question):
    """Part of the history of a place, as chathistory's subcommands have it. The answer is a `Page`.

    `limit` counts what was said; with `events`, what was done comes with it. Between two references
    is counted from the first, which may be the later one. References themselves are left out, but
    for that around which is asked.
    """

    place: Place
    select: Select
    limit: int
    first: Reference | None = None
    second: Reference | None = None
    events: bool = False


@dataclass(frozen=True, slots=True)
class Buffer:
    """A place as chathistory's TARGETS tells of it: a room or the other account, by name, and when
    the latest was said there."""

    name: str
    at: float
    is_room: bool


@dataclass(frozen=True, slots=True)
class ListBuffers(Question):
    """Which of these rooms (by folded name), and which conversations of the account (a folded name,
    empty for none), had their latest message between two times, ends excluded.

    The answer is a tuple of `Buffer`, in the order of that message's time, counted from `first`.
    """

    rooms: tuple[str, ...]
    account: str
    first: float
    second: float
    limit: int


@dataclass(frozen=True, slots=True)
class FindKept(Question):
    """One message of a place. The answer is a `Page`, empty if there is none."""

    place: Place
    msgid: str


@dataclass(frozen=True, slots=True)
class SearchHistory(Question):
    """What was said in any of these rooms (by folded name), or in a conversation of the account (a
    folded name, empty for none), with `other` alone if that is given, that has all words of `text`,
    and is by `sender` (a nick or an account, empty for anybody), within two times, ends included.

    The answer is a `SearchResult`: the latest `limit` of all, but from `after` on the first.
    """

    rooms: tuple[str, ...]
    account: str
    limit: int
    other: str = ""
    text: str = ""
    sender: str = ""
    after: float | None = None
    before: float | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, each with its place, the oldest first."""

    found: tuple[tuple[Place, Kept], ...]
