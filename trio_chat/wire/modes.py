"""Mode strings: `+ob-k nick mask key` taken apart, and put together again.

The four types of room modes (Modern IRC, "CHANMODES parameter"): A is a list, B always takes a
parameter, C takes one when set, D takes none. Ranks (`o`, `v`) always take a nick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Takes(Enum):
    """When a mode takes a parameter."""

    LIST = "A"
    ALWAYS = "B"
    WHEN_SET = "C"
    NEVER = "D"
    NICK = "rank"


ROOM_MODES: dict[str, Takes] = {
    "b": Takes.LIST,
    "k": Takes.ALWAYS,
    "l": Takes.WHEN_SET,
    "i": Takes.NEVER,
    "m": Takes.NEVER,
    "n": Takes.NEVER,
    "s": Takes.NEVER,
    "t": Takes.NEVER,
    "o": Takes.NICK,
    "v": Takes.NICK,
}

USER_MODES: dict[str, Takes] = {"i": Takes.NEVER}

RANKS = {"o": "@", "v": "+"}
"""The ranks in a room, highest first, each with the sign before the nick."""


@dataclass(frozen=True, slots=True)
class Change:
    """One letter of a mode string; `param` is None if the mode took none or none was left."""

    adding: bool
    mode: str
    param: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownMode:
    """A letter that is no mode."""

    mode: str


def parse_modes(
    text: str, params: Sequence[str], known: dict[str, Takes]
) -> list[Change | UnknownMode]:
    """The changes that `MODE <target> <text> <params>` asks for, in order."""
    changes: list[Change | UnknownMode] = []
    left = list(params)
    adding = True
    for letter in text:
        if letter in "+-":
            adding = letter == "+"
            continue
        takes = known.get(letter)
        if takes is None:
            changes.append(UnknownMode(letter))
        elif takes is Takes.NEVER or (takes is Takes.WHEN_SET and not adding):
            changes.append(Change(adding, letter))
        else:
            changes.append(Change(adding, letter, left.pop(0) if left else None))
    return changes


def format_modes(changes: Iterable[Change]) -> tuple[str, ...]:
    """The parameters of a MODE message for these changes: the letters, then what they take."""
    text = ""
    params = []
    sign = ""
    for change in changes:
        wanted = "+" if change.adding else "-"
        if wanted != sign:
            sign = wanted
            text += sign
        text += change.mode
        if change.param is not None:
            params.append(change.param)
    return (text, *params)
