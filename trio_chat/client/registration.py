"""Registration: from an open stream to a welcome, with the capabilities the server offers.

capability-negotiation: `CAP LS 302` suspends the registration on servers that know CAP; on any
other it is an unknown command, and NICK and USER, sent along, are all it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import trio

from trio_chat.client.capabilities import Capabilities
from trio_chat.client.connection import Connection
from trio_chat.client.errors import NICK_TAKEN, ConnectionLost, NoLogins, refusal
from trio_chat.client.login import Exchange, Login
from trio_chat.wire.message import Message

TIME_LIMIT = 60.0
"""Seconds for the whole registration; servers that look up names take up to 30."""

AFTER_WELCOME = 10.0
"""Seconds to wait for the end of the MOTD; what it says (005, mostly) is of use, not needed."""

# This is no nick for the server; for one it is too long, say, with something added.
_NO_NICK = "432"

# A refusal with any of these numerics ends the registration.
_FINAL = frozenset({_NO_NICK, "463", "464", "465", "466"})

# Between the two of us; 900 is what tells a person that they are logged in.
_UNTOLD = NICK_TAKEN | {_NO_NICK, "AUTHENTICATE", "903", "908"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who to be: `other_nicks` are tried in order while the nick belongs to somebody else."""

    nick: str
    other_nicks: Iterable[str]
    username: str
    realname: str
    password: str | None = field(repr=False)
    login: Login | None = None


async def register(
    connection: Connection, identity: Identity, take: Callable[[Message], None]
) -> None:
    """Register, handing every message on to `take`.

    Raises `NickInUse`, `Refused`, `LoginFailed` or `ConnectionLost`.
    """
    registration = _Registration(identity, is_private=connection.is_private)
    welcomed = False
    await connection.send_all(registration.opening())
    with trio.move_on_after(TIME_LIMIT) as scope:
        complete = False
        while True:
            for message in await connection.receive():
                for answer in registration.answers(message):
                    connection.send_now(answer)
                if message.command not in _UNTOLD:
                    take(message)
                if message.command == "001" and not welcomed:
                    welcomed = True
                    scope.deadline = trio.current_time() + AFTER_WELCOME
                complete = complete or (welcomed and message.command in ("376", "422"))
            if complete:
                break
    if not welcomed:
        raise ConnectionLost(f"the server did not finish the registration in {TIME_LIMIT:.0f} s")


class _Registration:
    """What to say next; no I/O."""

    def __init__(self, identity: Identity, *, is_private: bool) -> None:
        self._identity = identity
        login = identity.login
        self._exchange = None if login is None else Exchange(login, is_private=is_private)
        self._nicks = iter(identity.other_nicks)
        self._taken: Message | None = None
        """What told that the first nick is somebody's; the others may be no nicks at all."""
        self._offer = Capabilities()
        self._requested = 0
        self._has_sasl = False

    def opening(self) -> list[Message]:
        identity = self._identity
        lines = [Message("CAP", ("LS", "302"))]
        if identity.password is not None:
            lines.append(Message("PASS", (identity.password,)))
        lines.append(Message("NICK", (identity.nick,)))
        lines.append(Message("USER", (identity.username, "0", "*", identity.realname)))
        return lines

    def answers(self, message: Message) -> Iterator[Message]:
        command, params = message.command, message.params
        if command == "CAP":
            yield from self._negotiate(params[1:])
        elif command in NICK_TAKEN or (command == _NO_NICK and self._taken is not None):
            self._taken = self._taken or message
            nick = next(self._nicks, None)
            if nick is None:
                raise refusal(self._taken)
            yield Message("NICK", (nick,))
            return
        elif self._exchange is not None and not self._exchange.is_done:
            yield from self._exchange.answer(message)
        if command in _FINAL or (command == "FAIL" and params[:1] in (("NICK",), ("PASS",))):
            raise refusal(message)

    def _negotiate(self, params: tuple[str, ...]) -> Iterator[Message]:
        verb = params[0].upper() if params else ""
        names = params[-1].split() if params else []
        if verb == "LS":
            self._offer.take(params)
            self._can_log_in(names)
            if params[1:2] == ("*",) and len(params) > 2:
                return  # another line follows
            requests = self._offer.requests()
            self._requested = len(requests)
            yield from requests
            if self._exchange is not None:
                if not self._has_sasl:
                    raise NoLogins("the server has no accounts to log in to")
                # By itself: a server that refuses any of a list refuses all of it.
                yield Message("CAP", ("REQ", "sasl"))
            elif not requests:
                yield Message("CAP", ("END",))
        elif verb in ("ACK", "NAK"):
            if self._exchange is None:
                self._requested -= 1
                if self._requested == 0:
                    yield Message("CAP", ("END",))
            elif names == ["sasl"]:
                if verb == "NAK":
                    raise NoLogins("the server takes no logins now")
                yield self._exchange.begin()

    def _can_log_in(self, names: list[str]) -> None:
        """Note whether SASL is among the capabilities on offer, and by which mechanisms."""
        for name, _, value in (each.partition("=") for each in names):
            if name == "sasl" and self._exchange is not None:
                self._has_sasl = True
                self._exchange.offer(value)
