"""Deeds: what the users of a simulation do, each kind with how it is drawn and how it is done.

Laws:

* Every deed brings all it needs in its arguments, and first a token that no other has: what is
  said is known by it wherever it turns up, and the answer to a line by its label.
* A deed that nobody could do just now, about a message that was never seen, is left undone.
* All of it is IRC as any client may speak it, and knows no server from inside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import trio

from trio_chat.testing.sim.actors import PASSWORD as PASSWORD
from trio_chat.testing.sim.actors import RIVALS, Actor
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.setting import LONGEST_FLOOD
from trio_chat.wire.caps import CAPABILITIES

ROOMS = ("#tea", "#den", "#attic", "#yard")
REGISTERED = 2
"""So many of them are registered, if there are accounts: their history outlives the server."""

ACCOUNTS = ("kim", "lee", "mia", "noa")
FOUNDER = "fay"
"""The account to which the rooms are registered."""

NICKS = ("ann", "ben", "cat")
"""The nicks that users take beside their own: so few that they collide."""

ROOM_MODES = ("+m", "-m", "+i", "-i", "+n", "-n", "+t", "-t", "+M", "-M", "+E", "-E", "+s", "-s")
"""Modes without a parameter; each that bars is taken away as often."""

LONG = 380
"""Bytes of the longest filling of a message: with the token and the longest source it fits."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Who and what there is in a run; and for drawing a deed, whose and which it is."""

    users: tuple[str, ...]
    rooms: tuple[str, ...]
    accounts: tuple[str, ...]
    caps: str
    name: str = ""
    count: int = 0

    @classmethod
    def of(cls, knobs: Knobs) -> Stage:
        return cls(
            tuple(f"u{number}" for number in range(knobs.users)),
            ROOMS[: knobs.rooms],
            ACCOUNTS[: knobs.accounts],
            knobs.caps,
        )

    def at(self, name: str, count: int) -> Stage:
        """The same for the deed of this number of this user."""
        return replace(self, name=name, count=count)

    @property
    def token(self) -> str:
        return f"{self.name}.{self.count}"


Args = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of deed. `weight` is how often it is drawn among others; 0 is not by itself.

    `lines` are what an actor sends for it with these arguments; none for nothing. A deed that is
    more than that has `do` in its place.
    """

    weight: float
    draw: Callable[[Random, Stage], Args]
    lines: Callable[..., list[str]] | None = None
    do: Callable[..., Awaitable[None]] | None = None

    async def be_done(self, actor: Actor, args: Args) -> None:
        """Have an actor do it, as far as it is connected and still can."""
        if self.do is not None:
            await self.do(actor, *args)
        elif self.lines is not None and (lines := self.lines(actor, *args)):
            await actor.send(*lines, token=str(args[0]))


# -- drawing


def _bare(random: Random, stage: Stage) -> Args:
    return (stage.token,)


def _room(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms)


def _user(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.users)


def _room_and_user(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), random.choice(stage.users)


def _room_and_length(random: Random, stage: Stage) -> Args:
    length = random.randrange(LONG) if random.random() < 0.1 else 0
    return stage.token, random.choice(stage.rooms), length


def _room_and_back(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), int(random.expovariate(0.5))


def _room_and_count(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), random.choice((2, 3, 8, 20))


def _flood(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), random.choice((10, 40, LONGEST_FLOOD))


def _glut(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice((40, 95)), random.choice((0.1, 0.2, 0.4, 3.0))


def _nick(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice((stage.name, *NICKS))


def _mode(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), random.choice(ROOM_MODES)


def _rank(random: Random, stage: Stage) -> Args:
    change = random.choice(("+o", "+o", "-o", "+v", "-v", "+h"))
    return stage.token, random.choice(stage.rooms), change, random.choice(stage.users)


def _ban(random: Random, stage: Stage) -> Args:
    change = random.choice(("+b", "-b", "-b"))
    return stage.token, random.choice(stage.rooms), change, random.choice((*stage.users, *NICKS))


def _page(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(stage.rooms), random.choice((1, 5, 50))


def _garbage(random: Random, stage: Stage) -> Args:
    return stage.token, random.randrange(len(GARBAGE))


def _switch(random: Random, stage: Stage) -> Args:
    return stage.token, random.choice(("on", "off"))


def _connect(random: Random, stage: Stage) -> Args:
    account = random.choice((*stage.accounts, "", ""))
    nick = account if account and random.random() < 0.6 else stage.name
    caps = {"all": "*", "none": ""}.get(stage.caps)
    if caps is None:
        kept = random.choice((0.0, 0.5, 0.8, 1.0))
        some = [cap for cap in CAPABILITIES if random.random() < kept and cap not in RIVALS]
        if "batch" not in some:  # without one nobody can tell what is shown once more from news
            some = [cap for cap in some if cap != "server-time"]
        caps = " ".join(some)
    rooms = [room for room in stage.rooms if random.random() < 0.8]
    return stage.token, account, nick, caps, ",".join(rooms)


# -- doing


def _say(actor: Actor, token: str, room: str, length: int) -> list[str]:
    filling = " " + "x" * (length - 1) if length else ""
    return [f"PRIVMSG {room} :{token}{filling}"]


def _multiline(actor: Actor, token: str, room: str, count: int) -> list[str]:
    if "draft/multiline" not in actor.caps or "batch" not in actor.caps:
        return []
    batch = token.replace(".", "-")
    inside = [f"@batch={batch} PRIVMSG {room} :{token} line {each}" for each in range(count)]
    return [f"BATCH +{batch} draft/multiline {room}", *inside, f"BATCH -{batch}"]


def _react(actor: Actor, token: str, room: str, back: int) -> list[str]:
    msgid = actor.heard(room, back)
    if not msgid or "message-tags" not in actor.caps:
        return []
    return [f"@+draft/react={token};+reply={msgid} TAGMSG {room}"]


def _edit(actor: Actor, token: str, room: str, back: int) -> list[str]:
    msgid = actor.heard(room, back, own=True)
    if not msgid or "draft/message-edit" not in actor.caps:
        return []
    return [f"EDIT {room} {msgid} :{token} edited"]


def _redact(actor: Actor, token: str, room: str, back: int) -> list[str]:
    msgid = actor.heard(room, back, own=True)
    if not msgid or "draft/message-redaction" not in actor.caps:
        return []
    return [f"REDACT {room} {msgid} :{token}"]


def _pin(actor: Actor, token: str, room: str, back: int) -> list[str]:
    msgid = actor.heard(room, back)
    return [f"PIN {room} {msgid}"] if msgid and "trio-chat/pins" in actor.caps else []


def _history(actor: Actor, token: str, room: str, count: int) -> list[str]:
    if "draft/chathistory" not in actor.caps or "batch" not in actor.caps:
        return []
    return [f"CHATHISTORY LATEST {room} * {count}"]


def _before(actor: Actor, token: str, room: str, back: int) -> list[str]:
    msgid = actor.heard(room, back)
    if not msgid or "draft/chathistory" not in actor.caps or "batch" not in actor.caps:
        return []
    return [f"CHATHISTORY BEFORE {room} msgid={msgid} 10"]


def _monitor(actor: Actor, token: str, user: str) -> list[str]:
    return [f"MONITOR + {user},{actor.nick_of(user)}"]


def _metadata(actor: Actor, token: str, user: str) -> list[str]:
    return [f"METADATA * SET colour :{token}"] if "draft/metadata-2" in actor.caps else []


def _mark(actor: Actor, token: str, room: str, back: int) -> list[str]:
    time = actor.heard(room, back, tag="time")
    if not time or "draft/read-marker" not in actor.caps:
        return []
    return [f"MARKREAD {room} timestamp={time}"]


def _always_on(actor: Actor, token: str, how: str) -> list[str]:
    return [f"NS SET ALWAYS-ON {how}"] if actor.account else []


GARBAGE = (
    b"\xff\xfe\xfd\r\n",
    b"PRIVMSG\r\n",
    b"NOSUCHCOMMAND a b c\r\n",
    b"PRIVMSG #tea :" + b"y" * 600 + b"\r\n",
    b"@" + b"a=b;" * 1200 + b" PING x\r\n",
    b"\r\n" * 40,
    b":somebody.else PRIVMSG #tea\r\n",
    b"PRIVMSG #tea :nul\0here\r\n",
)
"""What no well-behaved client sends; none of it is anything that could be heard by others."""


async def _send_garbage(actor: Actor, token: str, which: int) -> None:
    await actor.send_bytes(GARBAGE[which])


async def _come(actor: Actor, token: str, account: str, nick: str, caps: str, rooms: str) -> None:
    await actor.come(account, nick, caps, rooms)


async def _flood_room(actor: Actor, token: str, room: str, count: int) -> None:
    await actor.send(*(f"PRIVMSG {room} :{token}.{each}" for each in range(count)))


async def _ask_for_a_glut(actor: Actor, token: str, count: int, seconds: float) -> None:
    """Ask for more than is kept for anybody, and read nothing of it for so long."""
    await actor.stop_reading()
    filling = "x" * LONG
    await actor.send(*(f"PING {token}.{each}.{filling}" for each in range(count)))
    await trio.sleep(seconds)
    await actor.resume_reading()


async def _quit(actor: Actor, token: str) -> None:
    await actor.quit(token)


async def _vanish(actor: Actor, token: str) -> None:
    await actor.vanish()


async def _hang_up(actor: Actor, token: str) -> None:
    await actor.hang_up()


async def _close(actor: Actor, token: str) -> None:
    await actor.close()


async def _stop_reading(actor: Actor, token: str) -> None:
    await actor.stop_reading()


async def _resume_reading(actor: Actor, token: str) -> None:
    await actor.resume_reading()


DEEDS: Mapping[str, Deed] = {
    "connect": Deed(0, _connect, do=_come),
    "say": Deed(40, _room_and_length, _say),
    "notice": Deed(3, _room, lambda _, token, room: [f"NOTICE {room} :{token}"]),
    "tell": Deed(5, _user, lambda actor, token, user: [f"PRIVMSG {actor.nick_of(user)} :{token}"]),
    "multiline": Deed(3, _room_and_count, _multiline),
    "react": Deed(3, _room_and_back, _react),
    "edit": Deed(3, _room_and_back, _edit),
    "redact": Deed(2, _room_and_back, _redact),
    "pin": Deed(1, _room_and_back, _pin),
    "flood": Deed(1, _flood, do=_flood_room),
    "join": Deed(8, _room, lambda _, token, room: [f"JOIN {room}"]),
    "part": Deed(4, _room, lambda _, token, room: [f"PART {room} :{token}"]),
    "kick": Deed(
        2,
        _room_and_user,
        lambda actor, token, room, user: [f"KICK {room} {actor.nick_of(user)} :{token}"],
    ),
    "invite": Deed(
        1,
        _room_and_user,
        lambda actor, token, room, user: [f"INVITE {actor.nick_of(user)} {room}"],
    ),
    "nick": Deed(3, _nick, lambda _, token, nick: [f"NICK {nick}"]),
    "topic": Deed(2, _room, lambda _, token, room: [f"TOPIC {room} :{token}"]),
    "mode": Deed(3, _mode, lambda _, token, room, change: [f"MODE {room} {change}"]),
    "rank": Deed(
        3,
        _rank,
        lambda actor, token, room, change, user: [f"MODE {room} {change} {actor.nick_of(user)}"],
    ),
    "ban": Deed(1, _ban, lambda _, token, room, change, nick: [f"MODE {room} {change} {nick}!*@*"]),
    "away": Deed(1, _bare, lambda _, token: [f"AWAY :{token}"]),
    "back": Deed(1, _bare, lambda _, token: ["AWAY"]),
    "history": Deed(3, _page, _history),
    "before": Deed(2, _room_and_back, _before),
    "mark": Deed(1, _room_and_back, _mark),
    "whois": Deed(1, _user, lambda actor, token, user: [f"WHOIS {actor.nick_of(user)}"]),
    "who": Deed(1, _room, lambda _, token, room: [f"WHO {room}"]),
    "names": Deed(1, _room, lambda _, token, room: [f"NAMES {room}"]),
    "list": Deed(0.5, _bare, lambda _, token: ["LIST"]),
    "monitor": Deed(1, _user, _monitor),
    "metadata": Deed(1, _user, _metadata),
    "always on": Deed(1, _switch, _always_on),
    "ping": Deed(1, _bare, lambda _, token: [f"PING {token}"]),
    "garbage": Deed(1, _garbage, do=_send_garbage),
    "glut": Deed(1, _glut, do=_ask_for_a_glut),
    "stop reading": Deed(1, _bare, do=_stop_reading),
    "resume reading": Deed(2, _bare, do=_resume_reading),
    "quit": Deed(2, _bare, do=_quit),
    "vanish": Deed(1, _bare, do=_vanish),
    "hang up": Deed(1, _bare, do=_hang_up),
    "close": Deed(1, _bare, do=_close),
}
