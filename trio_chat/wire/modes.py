"""Mode strings: `+ob-k nick mask key` taken apart, and put together again.

The four types of room modes (Modern IRC, "CHANMODES parameter"): A is a list, B always takes a
parameter, C takes one when set, D takes none. Ranks (`o`, `v` and their like) always take a nick.
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
    "b": Takes.LIST,  # banned
    "e": Takes.LIST,  # excepted from bans
    "I": Takes.LIST,  # as good as invited
    "k": Takes.ALWAYS,  # the key to say on joining
    "f": Takes.WHEN_SET,  # the room to which those are sent who may not join
    "l": Takes.WHEN_SET,  # how many may be in
    "C": Takes.NEVER,  # no CTCP but ACTION
    "E": Takes.NEVER,  # ephemeral: nothing is kept of it
    "M": Takes.NEVER,  # only the logged in (and the ranked) speak
    "R": Takes.NEVER,  # only the logged in join
    "S": Takes.NEVER,  # colours are taken out
    "T": Takes.NEVER,  # no notices
    "c": Takes.NEVER,  # no colours
    "i": Takes.NEVER,  # only the invited join
    "m": Takes.NEVER,  # only the ranked speak
    "n": Takes.NEVER,  # only members speak
    "p": Takes.NEVER,  # private: not in LIST
    "s": Takes.NEVER,  # secret: outsiders are told of it by no command
    "t": Takes.NEVER,  # only half-operators and above set the topic
    "q": Takes.NICK,
    "a": Takes.NICK,
    "o": Takes.NICK,
    "h": Takes.NICK,
    "v": Takes.NICK,
}

USER_MODES: dict[str, Takes] = {
    "B": Takes.NEVER,  # a bot (IRCv3 bot-mode)
    "R": Takes.NEVER,  # takes private messages only from the logged in
    "Z": Takes.NEVER,  # connected by TLS; the server sets it
    "g": Takes.NEVER,  # takes private messages only from those accepted
    "i": Takes.NEVER,  # invisible to those who share no room
    "o": Takes.NEVER,  # operator; OPER sets it
    "w": Takes.NEVER,  # gets WALLOPS
}

RANKS = {"q": "~", "a": "&", "o": "@", "h": "%", "v": "+"}
"""The ranks in a room, highest first, each with the sign before the nick: founder, protected,
operator, half-operator, voice (Modern IRC, "Channel Membership Prefixes")."""

LEVELS = {rank: len(RANKS) - place for place, rank in enumerate(RANKS)}
"""How high each rank is; who has none is at 0."""


def with_letter(letters: str, letter: str, given: bool) -> str:
    """Sorted letters with one of them added or taken out."""
    if given:
        return letters if letter in letters else "".join(sorted(letters + letter))
    return letters.replace(letter, "")


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
