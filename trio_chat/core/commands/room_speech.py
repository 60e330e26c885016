"""What may be said in a room, by whom, and which of its members are meant."""

from __future__ import annotations

import re

from trio_chat.core.commands.lookup import word
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Room, User, World
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.modes import LEVELS, RANKS
from trio_chat.wire.numerics import ERR_BANNICKCHANGE, ERR_CANNOTSENDTOCHAN, ERR_NOSUCHCHANNEL

_SIGNS = {sign: rank for rank, sign in RANKS.items()}

STATUSMSG = "".join(_SIGNS)
"""The signs that may stand before a room's name to mean a part of its members."""

# Modern IRC's "Formatting" document: ^C with up to two numbers of two digits, ^D with up to two of
# six hexadecimal ones. A bare one ends the colour. What is bold or underlined is no colour.
_COLOUR = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?", re.ASCII
)


def means_room(target: str) -> bool:
    """Whether a target is a room, or those of a certain rank in one."""
    return looks_like_room(target) or (
        target[:1] in _SIGNS and looks_like_room(target.lstrip(STATUSMSG))
    )


def find_audience(world: World, target: str) -> tuple[Room, str, int]:
    """The room a target means, its name in full, and the level of those in it who are meant.

    Of several signs the lowest counts, so that `@%#room` is `%#room` (Modern IRC, "PRIVMSG").
    """
    name = target.lstrip(STATUSMSG)
    room = world.find_room(name)
    if room is None:
        raise Refusal(ERR_NOSUCHCHANNEL, word(target), "No such room")
    if name == target:
        return room, room.name, 0
    rank = min((_SIGNS[sign] for sign in target[: -len(name)]), key=LEVELS.__getitem__)
    return room, RANKS[rank] + room.name, LEVELS[rank]


def allowed(room: Room, user: User, command: str, *text: str) -> tuple[str, ...]:
    """The text as this user may say it in the room: none for TAGMSG, else one.

    Raises the refusal of what may not be said there, or not by them. What it costs in a room
    without special modes and bans is two look-ups.
    """
    membership = user.rooms.get(room)
    if membership is None:
        if room.has("n"):
            raise _unsaid(room, "Cannot send to room (+n), you are not in it")
    elif room.is_plain:
        return text
    if membership is None or not membership.may_speak:
        _check_speaker(room, user)
    for said in text:
        _check_text(room, command, said)
    if room.has("S"):
        return tuple(_COLOUR.sub("", said) or " " for said in text)
    return text


def _check_speaker(room: Room, user: User) -> None:
    if room.has("m"):
        raise _unsaid(room, "Cannot send to room (+m), it is moderated")
    if room.has("M") and not user.account:
        raise _unsaid(room, "Cannot send to room (+M), you are not logged in to an account")
    if room.silences(user):
        raise _unsaid(room, "Cannot send to room (+b), you are banned")


def _check_text(room: Room, command: str, text: str) -> None:
    is_ctcp = text[0] == "\x01"
    is_action = is_ctcp and text[1:].partition(" ")[0].rstrip("\x01").upper() == "ACTION"
    if room.has("T") and command == "NOTICE":
        raise _unsaid(room, "Cannot send to room (+T), it takes no notices")
    if room.has("C") and is_ctcp and not is_action:
        raise _unsaid(room, "Cannot send to room (+C), it takes no CTCP")
    if room.has("c") and _COLOUR.search(text) is not None:
        raise _unsaid(room, "Cannot send to room (+c), it takes no colours")


def _unsaid(room: Room, text: str) -> Refusal:
    return Refusal(ERR_CANNOTSENDTOCHAN, room.name, text)


def check_nick_change(user: User, nick: str) -> None:
    """Refuse a new nick to somebody whom a ban silences: it would speak, or slip the ban."""
    for room, membership in user.rooms.items():
        if not membership.may_speak and room.silences(user):
            text = f"Cannot change nickname while banned in {room.name}"
            raise Refusal(ERR_BANNICKCHANGE, nick, room.name, text)
