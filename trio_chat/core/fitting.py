"""Texts cut to what fits the line of everyone who will be told them.

Laws:

* A text is cut once, when it is given, between two code points: all who are told it, then or
  later, are told the same.
* As many characters as ISUPPORT promises always fit if they are ASCII, whatever names stand beside
  them; of text with longer characters as much is kept as has room beside the names at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from trio_chat.core.settings import Settings
from trio_chat.core.state import Room, User, World
from trio_chat.wire.message import MAX_BODY, truncate

HOST_BYTES = 63
"""The longest host (ISUPPORT HOSTLEN): what a gateway may name; addresses are shorter."""

COUNT_BYTES = 7
"""The longest number of a room's members, as LIST tells it."""


class _Widths:
    """The most bytes that names can have under these settings."""

    def __init__(self, settings: Settings) -> None:
        limits = settings.limits
        self.server = len(settings.server_name.encode())
        # Under precis nicks may be of any script, up to four bytes a character.
        self.nick = limits.nick_length * (4 if settings.casemapping == "precis" else 1)
        self.source = self.nick + limits.username_length + HOST_BYTES + len("!@")
        self.room = limits.room_name_bytes


@dataclass(frozen=True, slots=True)
class Lengths:
    """The most characters of the texts that ISUPPORT tells the lengths of."""

    topic: int
    kick: int
    away: int
    realname: int


def lengths(settings: Settings) -> Lengths:
    """What may be set under these settings: their limits, or less if that would not always fit."""
    limits = settings.limits
    its = _Widths(settings)
    topic = _left(_frame(its.source, "TOPIC", its.room), _topic_shown(its))
    kick = _left(_frame(its.source, "KICK", its.room, its.nick))
    return Lengths(
        topic=min(limits.topic_length, topic),
        kick=min(limits.kick_length, kick),
        away=min(limits.away_length, _away_bytes(its)),
        realname=min(limits.realname_length, _realname_bytes(its)),
    )


def _frame(*words: str | int) -> int:
    """Bytes of `:source COMMAND params :`, given as words, or as the most bytes of each."""
    sizes = (word if isinstance(word, int) else len(word.encode()) for word in words)
    return len("::") + sum(size + 1 for size in sizes)


def _left(*frames: int) -> int:
    """Bytes left for a text beside each of these."""
    return max(0, MAX_BODY - len("\r\n") - max(frames))


def _cut(text: str, characters: int, size: int) -> str:
    return truncate(text[:characters].encode(), size).decode()


def fits(user: User, command: str, text: str) -> bool:
    """Whether a text that is not to be cut fits the line of this user's command."""
    return len(text.encode()) <= _left(_frame(user.source, command))


# -- what is kept and told again later, to anybody and under any nick


def _topic_shown(its: _Widths) -> int:
    """The line of LIST, which is longer than RPL_TOPIC; the room may be renamed by then."""
    return _frame(its.server, "322", its.nick, its.room, COUNT_BYTES)


def _away_bytes(its: _Widths) -> int:
    return _left(_frame(its.source, "AWAY"), _frame(its.server, "301", its.nick, its.nick))


def _realname_bytes(its: _Widths) -> int:
    # An account's name counts like a nick. WHOIS tells user, host and a `*` beside the nick.
    shown = its.source + len(" * ") - len("!@")
    return _left(
        _frame(its.source, "JOIN", its.room, its.nick), _frame(its.server, "311", its.nick, shown)
    )


def fit_topic(world: World, user: User, room: Room, text: str) -> str:
    """As much of a topic as may be set."""
    settings = world.settings
    size = _left(_frame(user.source, "TOPIC", room.name), _topic_shown(_Widths(settings)))
    return _cut(text, lengths(settings).topic, size)


def fit_away(world: World, text: str) -> str:
    """As much of an away message as may be set."""
    settings = world.settings
    return _cut(text, lengths(settings).away, _away_bytes(_Widths(settings)))


def fit_realname(world: World, text: str) -> str:
    """As much of a real name as may be set."""
    settings = world.settings
    return _cut(text, lengths(settings).realname, _realname_bytes(_Widths(settings)))


# -- what is told once


def fit_kick(world: World, user: User, room: Room, target: User, reason: str) -> str:
    """The reason of a KICK."""
    size = _left(_frame(user.source, "KICK", room.name, target.nick))
    return _cut(reason, lengths(world.settings).kick, size)


def fit_part(world: World, user: User, room: Room, reason: str) -> str:
    """The reason of a PART."""
    size = _left(_frame(user.source, "PART", room.name))
    return _cut(reason, world.settings.limits.quit_length, size)


def fit_rename(world: World, user: User, room: Room, name: str, reason: str) -> str:
    """The reason for a new name; it is also that of the PART of any member."""
    frames = (
        _frame(user.source, "RENAME", room.name, name),
        _frame(_Widths(world.settings).source, "PART", room.name),
    )
    return _cut(reason, world.settings.limits.quit_length, _left(*frames))


def fit_redaction(world: World, user: User, target: str, msgid: str, reason: str) -> str:
    """The reason of a REDACT."""
    size = _left(_frame(user.source, "REDACT", target, msgid))
    return _cut(reason, lengths(world.settings).kick, size)


def fit_said(world: World, name: str, text: str) -> str:
    """What the server says to a room or a user, in a NOTICE."""
    return _cut(text, len(text), _left(_frame(_Widths(world.settings).server, "NOTICE", name)))


def fit_kill(world: World, killer: User, victim: User, reason: str) -> str:
    """The reason of a KILL, which also stands in the victim's QUIT."""
    frames = (_frame(killer.source, "KILL", victim.nick), *_ends(victim, last_words(killer, "")))
    return _cut(reason, lengths(world.settings).kick, _left(*frames))


def last_words(killer: User, reason: str) -> str:
    """What is told of somebody who was killed."""
    return f"Killed ({killer.nick} ({reason}))"


def fit_quit(user: User, reason: str) -> str:
    """The reason why somebody leaves, the word before it included."""
    return _cut(reason, len(reason), _left(*_ends(user)))


def goodbye(user: User, reason: str) -> str:
    """What somebody who leaves is told."""
    return f"Closing link: {user.host} [{reason}]"


def _ends(user: User, around: str = "") -> tuple[int, int]:
    """The lines that tell others, and the user, of the end; `around` is what frames the reason."""
    aside = len(around.encode())
    return (
        _frame(user.source, "QUIT") + aside,
        len("ERROR :") + len(goodbye(user, "").encode()) + aside,
    )
