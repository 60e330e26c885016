"""Masks of users as the lists of a room hold them: `nick!user@host`, and extended ones.

An extended mask names what it looks at: `~account:alice`, `~realname:*bot*`, `~room:#tea` (all who
are in that room). `~mute:` before any mask makes it bear on speaking alone: `~mute:~account:alice`.
Every name has a letter that stands for it (ISUPPORT EXTBAN): `~a:alice`.

Law: `parse_mask` is total, and two masks with the same `key` match the same users.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from trio_chat.wire.casemapping import ASCII, CaseMapping
from trio_chat.wire.grammar import looks_like_room, matches, normalise_mask

if TYPE_CHECKING:
    from trio_chat.core.state import User

PREFIX = "~"
"""What an extended mask begins with (ISUPPORT EXTBAN)."""

MUTE = "m"


class Subject(Enum):
    """What of a user a mask looks at: its value is the letter of the extended mask."""

    SOURCE = ""
    ACCOUNT = "a"
    ROOM = "c"
    REALNAME = "r"


NAMES: dict[str, str] = {
    "account": Subject.ACCOUNT.value,
    "channel": Subject.ROOM.value,
    "room": Subject.ROOM.value,
    "mute": MUTE,
    "quiet": MUTE,
    "realname": Subject.REALNAME.value,
}
"""The names of extended masks, each with its letter."""

LETTERS = "".join(sorted(set(NAMES.values())))

# A user's part may begin with `~` too, as in `~bob@*`, but has no colon after its letters.
_EXTENDED = re.compile(r"~([A-Za-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask: as it is shown, what it looks at, and whether it bears on speaking alone."""

    text: str
    subject: Subject
    pattern: str
    mutes: bool
    names: CaseMapping = ASCII

    @property
    def key(self) -> str:
        pattern = self.names.fold_text(self.pattern)
        return f"{MUTE if self.mutes else ''}{self.subject.value}:{pattern}"

    def matches(self, user: User) -> bool:
        match self.subject:
            case Subject.SOURCE:
                return matches(self.pattern, user.source, self.names)
            case Subject.ACCOUNT:
                return bool(user.account) and matches(self.pattern, user.account, self.names)
            case Subject.REALNAME:
                return matches(self.pattern, user.realname, self.names)
            case Subject.ROOM:
                return self._matches_room_of(user)

    def _matches_room_of(self, user: User) -> bool:
        # Of a secret room its exact name must be known: a mask would find out what there is.
        fold = self.names.fold
        exact = fold(self.pattern)
        return any(
            fold(room.name) == exact
            or (not room.is_secret and matches(self.pattern, room.name, self.names))
            for room in user.rooms
        )


def parse_mask(text: str, names: CaseMapping = ASCII) -> Mask | None:
    """The mask a user has written; None if it is an extended one that makes no sense here."""
    said, letter, rest = _split(text)
    mutes = letter == MUTE
    if mutes:
        inner, letter, rest = _split(rest)
        said += inner
    if letter == MUTE or letter is None or not rest:
        return None
    subject = Subject(letter)
    if subject is Subject.SOURCE:
        rest = normalise_mask(rest)
    elif subject is Subject.ROOM and not (looks_like_room(rest) or rest[0] in "*?"):
        return None
    elif subject is Subject.REALNAME:
        rest = rest.replace(" ", "?")  # a space cannot stand in a parameter of MODE
    return Mask(said + rest, subject, rest, mutes, names)


def _split(text: str) -> tuple[str, str | None, str]:
    """The beginning of an extended mask, its letter (None if there is no such), and the rest."""
    found = _EXTENDED.fullmatch(text)
    if found is None:
        return "", Subject.SOURCE.value, text
    name = found[1].lower()
    return f"{PREFIX}{name}:", name if name in LETTERS else NAMES.get(name), found[2]


def names_of(letter: str) -> tuple[str, ...]:
    """What an extended mask may be called, its letter first (ISUPPORT ACCOUNTEXTBAN)."""
    return (letter, *(name for name, its in NAMES.items() if its == letter))
