"""A rich run of the chat as data, and what `step` makes of it as bytes.

Run as a program it reads a recording from its standard input and prints the digest of its effects:
so another process, whose hashes of text differ, can be compared with this one.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

from trio_chat.core.commands import TABLE
from trio_chat.core.effects import Ask, Close, Deliver, Effect, Log, Report, ShutDown
from trio_chat.core.events import Closed, Event, Opened, Received, Stopped, Ticked
from trio_chat.core.settings import Limits, Settings
from trio_chat.core.state import World
from trio_chat.core.step import step
from trio_chat.wire.caps import CAPABILITIES
from trio_chat.wire.message import MAX_CLIENT_TAGS, read_line
from trio_chat.wire.variants import Variants

Recording = list[list[Any]]
"""Events as JSON has them: a word for the kind, then what the event holds but for its time."""

START = 1_700_000_000.0
PEOPLE = 24
ROOMS = ("#tea", "#Coffee", "#water", "#secret", "#empty")
NICKS = tuple(f"nick{number}" for number in range(PEOPLE))
WORDS = ("hello", "a b c", "é👋", ":)", "", "x" * 300, "\x01ACTION waves\x01")
MODES = ("+m", "-m", "+i", "-i", "+s", "-s", "+t", "-nt", "+n", "b", "+l 20", "-l", "+k key", "-k")
SETTINGS = Settings(motd="Be kind.\nDrink tea.", limits=Limits(targets=3, rooms_per_user=6))


def record(seed: int, length: int = 1500) -> Recording:
    """A run: a crowd comes in, talks about everything in any order, and the server stops."""
    draw = random.Random(seed)
    recording: Recording = []
    sessions = list(range(PEOPLE))
    recording += _enters(draw, 0, 0)
    recording += [["line", 0, f"JOIN {room}"] for room in ROOMS]  # their operator, who stays
    for person in range(1, PEOPLE):
        recording += _enters(draw, person, person)
    for _ in range(length):
        person = draw.randrange(PEOPLE)
        chance = draw.random()
        if chance < 0.02:
            recording.append(["tick", draw.choice([1.0, 7.5, 31.0])])
        elif chance < 0.2:
            recording.append(["line", sessions[0], _order(draw)])
        elif chance < 0.23 and person:
            recording.append(["close", sessions[person], "Connection reset"])
            sessions[person] = max(sessions) + 1
            recording += _enters(draw, person, sessions[person])
        else:
            recording.append(["line", sessions[person], _line(draw)])
    recording.append(["stop", "The end"])
    return recording


def _enters(draw: random.Random, person: int, session: int) -> Recording:
    """Somebody connects, negotiates, mostly registers, and joins two rooms."""
    nick = NICKS[person]
    some = draw.sample(sorted(CAPABILITIES), draw.randrange(len(CAPABILITIES)))
    lines = [f"CAP REQ :{' '.join(some)}", f"NICK {nick}", f"USER {nick} 0 * :Real {nick}"]
    if draw.random() < 0.9:
        lines.append("CAP END")
    lines += [f"JOIN {room}" for room in draw.sample(ROOMS, 2)]
    address = f"192.0.2.{person}" if person % 3 else f"2001:db8::{person}"
    return [["open", session, address], *(["line", session, line] for line in lines)]


def _order(draw: random.Random) -> str:
    """What an operator does in a room."""
    room, other, text = draw.choice(ROOMS), draw.choice(NICKS[1:]), draw.choice(WORDS)
    orders = (
        *(f"MODE {room} {draw.choice(MODES)}", f"MODE {room} +ov-b {other} {other} {other}!*@*"),
        *(
            f"MODE {room} +b {other}",
            f"MODE {room} -b+v {other} {other}",
            f"MODE {room} +bbb a b c",
        ),
        *(f"KICK {room} {other} :{text}", f"TOPIC {room} :{text}", f"INVITE {other} {room}"),
    )
    return draw.choice(orders)


def _line(draw: random.Random) -> str:
    """What somebody might say, right or wrong."""
    room, other, text = draw.choice(ROOMS), draw.choice(NICKS), draw.choice(WORDS)
    nick, mode = draw.choice([f"{other}_", other.upper(), "new"]), draw.choice(MODES)
    likely = (
        *(f"PRIVMSG {room} :{text}", f"PRIVMSG {other},{room} :{text}", f"NOTICE {room} :{text}"),
        *(f"@+typing=active TAGMSG {room}", f"PRIVMSG {other} :{text}", f"JOIN {room}"),
        *(f"JOIN {room},#empty key", f"PART {room} :{text}", f"KICK {room} {other} :{text}"),
        *(f"MODE {room} {mode}", f"MODE {room}", f"MODE {other} +i"),
        *(f"TOPIC {room} :{text}", f"TOPIC {room}", f"NAMES {room}", "LIST", "LIST #*e*"),
        *(f"WHO {room}", f"WHO {other[:-1]}*", f"WHOIS {other},{nick}", f"INVITE {other} {room}"),
        *(f"NICK {nick}", f"NICK {other}", f"AWAY :{text}", "AWAY", f"SETNAME :{text}"),
        *(f"USERHOST {other} {nick}", f"ISON {other} {nick}", "CAP LS 302", "CAP LIST", "CAP END"),
    )
    broken = ("\0", "PRIVMSG x :a\rb", "", "x" * 600)
    label = draw.choice(["", "", "@label=7 ", "@label=x\\s;+a=b "])
    if draw.random() < 0.01:
        return draw.choice(broken)
    if draw.random() < 0.9:
        return label + draw.choice(likely)
    return f"{label}{draw.choice(sorted(TABLE))} {draw.choice([room, other, text, ''])}"


def events(recording: Recording) -> Iterator[Event]:
    """The events of a recording; a millisecond passes with each."""
    at = START
    uptime = 0.0
    for kind, *what in recording:
        at += 0.001
        match kind:
            case "open":
                yield Opened(what[0], what[1], at)
            case "line":
                yield Received(what[0], read_line(what[1].encode(), MAX_CLIENT_TAGS), at)
            case "close":
                yield Closed(what[0], what[1], at)
            case "tick":
                uptime += what[0]
                at += what[0]
                yield Ticked(uptime, at)
            case "stop":
                yield Stopped(what[0], at)


def replay(recording: Recording) -> list[bytes]:
    """What each event of a recording leads to, in a fresh world."""
    world = World(SETTINGS, "boot", START)
    return [
        b"".join(_as_bytes(effect, world.now) for effect in step(world, event))
        for event in events(recording)
    ]


def _as_bytes(effect: Effect, now: float) -> bytes:
    """An effect to the last byte: who is sent what, in which order."""
    match effect:
        case Deliver():
            variants = Variants(effect.message, now)
            return b"".join(
                b"%d< %s" % (session.id, variants.line(session.variant))
                for session in effect.audience
                if effect.reaches(session)
            )
        case Close():
            return f"{effect.session.id}! {effect.reason}\n".encode()
        case Report():
            return f"{effect.deed.value} {effect.nick} {effect.room} {effect.text}\n".encode()
        case Ask():
            return f"{effect.session.id}? {effect.question}\n".encode()
        case Log() | ShutDown():
            return f"{effect}\n".encode()


def digest(outcome: list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(outcome)).hexdigest()


if __name__ == "__main__":
    print(digest(replay(json.load(sys.stdin))))  # noqa: T201 - this is its answer
