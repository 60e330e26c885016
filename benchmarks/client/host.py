"""The server a measured client is connected to: one room, into which it says what it is told to.

Laws: says what a server must say and no more, to one client; no I/O here, bytes in and bytes out.
What is said carries tags for a client that asks for them, as from a server that keeps history.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

SPEAKERS = tuple(f"{name}{number}" for number in range(5) for name in ("ann", "bob", "eve", "zoë"))
"""Who is in the room and speaks."""

OFFERS = ("account-tag", "message-tags", "multi-prefix", "server-time")
"""Capabilities."""

_SHORT = (
    "a",
    "of",
    "in",
    "is",
    "it",
    "no",
    "on",
    "so",
    "to",
    "up",
    "we",
    "yes",
    "and",
    "but",
    "for",
)
_LONG = ("about", "channel", "terminal", "history", "between", "naïve", "scrollback", "漢字")


def token(number: int) -> str:
    """What line `number` is known by on a screen; it stands first, where nothing wraps."""
    return f"q{number:07d}z"


class Host:
    """The server's side of one connection."""

    def __init__(self) -> None:
        self.nick = ""
        self.is_in = False
        """Whether the client has joined the room."""
        self.heard: list[bytes] = []
        """What it has said there."""
        self._tags: set[str] = set()
        self._is_asking = False
        """Whether it asks for capabilities, and says when it has asked for all."""
        self._rest = b""
        self._random = random.Random("host")

    def hear(self, data: bytes) -> bytes:
        """The answers to what came."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return b"".join(
            f"{answer}\r\n".encode()
            for line in lines
            for answer in self._answer(line.rstrip(b"\r"))
        )

    def _answer(self, line: bytes) -> list[str]:
        words = line.decode(errors="replace").split(" ")
        me, nick = ":host.test", self.nick
        match words:
            case ["CAP", "LS", *_]:
                self._is_asking = True
                return [f"{me} CAP * LS :{' '.join(OFFERS)}"]
            case ["CAP", "REQ", *asked]:
                wanted = " ".join(asked).removeprefix(":").split()
                fits = set(wanted) <= set(OFFERS)
                self._tags |= set(wanted) if fits else set()
                return [f"{me} CAP * {'ACK' if fits else 'NAK'} :{' '.join(wanted)}"]
            case ["NICK", new]:
                self.nick = new.removeprefix(":")
            case ["CAP", "END"]:
                return self._welcome()
            case ["USER", *_] if not self._is_asking:
                return self._welcome()
            case ["PING", *what]:
                return [f"{me} PONG host.test {' '.join(what)}"]
            case ["JOIN", room]:
                self.is_in = True
                return [
                    f":{nick}!{nick}@127.0.0.1 JOIN {room}",
                    f"{me} 353 {nick} = {room} :{' '.join([nick, *SPEAKERS])}",
                    f"{me} 366 {nick} {room} :End of /NAMES list",
                ]
            case ["MODE", room]:
                return [f"{me} 324 {nick} {room} +nt"]
            case ["MODE", room, ("b" | "+b")]:
                return [f"{me} 368 {nick} {room} :End of list"]
            case ["WHO", room, *_]:
                return [f"{me} 315 {nick} {room} :End of /WHO list"]
            case ["PRIVMSG", *_]:
                self.heard.append(line.partition(b" :")[2])
            case ["QUIT", *_]:
                return ["ERROR :Goodbye"]
        return []

    def _welcome(self) -> list[str]:
        me, nick = ":host.test", self.nick
        return [
            f"{me} 001 {nick} :Welcome",
            f"{me} 004 {nick} host.test host o nt",
            f"{me} 005 {nick} CHANTYPES=# NICKLEN=30 PREFIX=(ov)@+ :are supported by this server",
            f"{me} 422 {nick} :No MOTD",
        ]

    def say(self, numbers: range) -> bytes:
        """What the room hears next: lines with these numbers, of 10 to 130 characters."""
        return b"".join(map(self._line, numbers))

    def _line(self, number: int) -> bytes:
        dice = self._random
        short, long = dice.randint(1, 9), dice.randint(0, 9)
        words = dice.choices(_SHORT, k=short) + dice.choices(_LONG, k=long)
        who = SPEAKERS[number % len(SPEAKERS)]
        source = f"{who}!{who}@127.0.0.1"
        text = f"{token(number)} {' '.join(words)}"
        return f"{self._tagged(number, who)}:{source} PRIVMSG #lobby :{text}\r\n".encode()

    def _tagged(self, number: int, who: str) -> str:
        tags = []
        if "server-time" in self._tags:
            now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
            tags.append(f"time={now}Z")
        if "message-tags" in self._tags:
            tags.append(f"msgid=m{number:012x}")
        if "account-tag" in self._tags:
            tags.append(f"account={who}")
        return f"@{';'.join(tags)} " if tags else ""
