"""Actors: users who do what a plan says, one thing after the other, however the chat treats them.

Laws:

* An actor reaches a server by `trio.open_tcp_stream` or what else it is given to dial by, and knows
  of the chat what it has read: the same plan can be played before any server.
* Nothing that befalls it ends the run but what is wrong of the server: a connection that breaks, an
  answer that does not come, a nick that is taken are what it is here for. It has patience for so
  long, then it gives its connection up, and with its next deed it comes again.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping

import trio

from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.patterns import Pattern
from trio_chat.testing.user import NotReceived, User
from trio_chat.wire.numerics import (
    ERR_ERRONEUSNICKNAME,
    ERR_NICKNAMEINUSE,
    ERR_NOMOTD,
    RPL_ENDOFMOTD,
)

PATIENCE = 10.0
"""Seconds an actor waits for an answer, or for its line to be taken, until it gives up."""

PASSWORD = "sesame"
"""Everybody's."""

REMEMBERED = 300
"""Messages received that an actor looks through for one to answer."""

RIVALS = ("draft/metadata-3",)
"""Of two capabilities that go not together the one that is not asked for by who asks for all."""

_TAKEN = (ERR_NICKNAMEINUSE, ERR_ERRONEUSNICKNAME, "FAIL")
_ANSWERS = (RPL_ENDOFMOTD, ERR_NOMOTD, *_TAKEN)
_REQUEST_BYTES = 400

Dial = Callable[[str], Awaitable[trio.SocketStream]]
"""Opens a connection to the server, for the actor of that name."""


class Actor:
    """One of the company: a name, and the connection it has just now, if any."""

    def __init__(
        self,
        name: str,
        dial: Dial,
        nursery: trio.Nursery,
        journal: Journal,
        company: Mapping[str, Actor],
    ) -> None:
        """`nursery` is where it reads, `company` all there are, by name."""
        self.name = name
        self.user: User | None = None
        self.caps: tuple[str, ...] = ()
        self.account = ""
        self._dial = dial
        self._nursery = nursery
        self._journal = journal
        self._company = company
        self._coming: tuple[str, str, str, str] | None = None
        self._reads = True
        self._times = 0

    @property
    def is_connected(self) -> bool:
        return self.user is not None and self.user.ending is None

    @property
    def nick(self) -> str:
        """What it is called, as far as it knows, or was last."""
        return self.user.nick if self.user is not None and self.user.nick else self.name

    def nick_of(self, name: str) -> str:
        """What somebody of the company is called by now."""
        return self._company[name].nick if name in self._company else name

    def heard(self, room: str, back: int, *, own: bool = False, tag: str = "msgid") -> str:
        """A tag of the message that came so many before the latest, said in a room; "" for none."""
        if self.user is None:
            return ""
        for message in reversed(self.user.received[-REMEMBERED:]):
            if (
                message.command == "PRIVMSG"
                and message.params[0] == room
                and tag in message.tags
                and (not own or message.nick == self.user.nick)
            ):
                if not back:
                    return message.tags[tag]
                back -= 1
        return ""

    # -- coming

    async def come(self, account: str, nick: str, caps: str, rooms: str) -> None:
        """Connect, log in, register, and join these rooms; what it was connected by is closed.

        `caps` are separated by spaces, `*` is all there are. Gives up if it does not come to be.
        """
        self._coming = account, nick, caps, rooms
        await self.close()
        self.account = ""
        try:
            with trio.move_on_after(PATIENCE):
                await self._come(account, nick, caps, rooms)
                return
        except (NotReceived, OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        await self.close()

    async def _come(self, account: str, nick: str, caps: str, rooms: str) -> None:
        stream = await self._dial(self.name)
        self._reads = True
        user = self.user = User(stream, self._nursery, self.name, self._journal)
        await user.send("CAP LS 302", f"NICK {nick}", f"USER {self._username()} 0 * :{self.name}")
        self.caps = await self._negotiate(user, caps, with_sasl=bool(account))
        if account and "sasl" in self.caps:
            await self._log_in(user, account)
        await user.send("CAP END")
        user.nick = await self._register(user, nick)
        if rooms:
            await user.send(f"JOIN {rooms}")

    def _username(self) -> str:
        """Another one each time: in what others see of it it is known from which connection."""
        self._times += 1
        return f"{self.name}x{self._times}"

    async def _negotiate(self, user: User, caps: str, *, with_sasl: bool) -> tuple[str, ...]:
        """Ask for what is both wanted and there; what was granted."""
        offered: list[str] = []
        while True:
            told = await user.expect(Pattern("CAP", (None, "LS")), within=PATIENCE)
            offered += [word.partition("=")[0] for word in told.params[-1].split()]
            if told.params[2] != "*":
                break
        wanted = set(caps.split())
        if with_sasl:
            wanted.add("sasl")
        asked = [cap for cap in offered if cap in wanted or (caps == "*" and cap not in RIVALS)]
        granted: list[str] = []
        for some in _parcels(asked):
            await user.send(f"CAP REQ :{' '.join(some)}")
            answer = await user.expect("CAP", within=PATIENCE)
            if answer.params[1] != "ACK":
                raise NotReceived(f"{self.name} may not have what is on offer: {some}")
            granted += some
        return tuple(granted)

    async def _log_in(self, user: User, account: str) -> None:
        await user.send("AUTHENTICATE PLAIN")
        await user.expect("AUTHENTICATE", within=PATIENCE)
        word = base64.b64encode(f"\0{account}\0{PASSWORD}".encode()).decode()
        await user.send(f"AUTHENTICATE {word}")
        answer = await user.expect("903", "904", "905", "ERROR", within=PATIENCE)
        if answer.command == "903":
            self.account = account

    async def _register(self, user: User, nick: str) -> str:
        """Wait for the welcome, by another nick if this one is taken; what it is called then."""
        while (answer := await user.expect(*_ANSWERS, within=PATIENCE)).command in _TAKEN:
            nick = f"{nick}_"
            await user.send(f"NICK {nick}")
        return answer.params[0]

    # -- doing

    async def send(self, *lines: str, token: str = "") -> None:
        """Send these lines, the first with the token for a label if it may have one."""
        if not await self._is_back():
            return
        if token and "labeled-response" in self.caps:
            lines = (_labelled(lines[0], token), *lines[1:])
        await self._sending(lambda user: user.send(*lines))

    async def send_bytes(self, data: bytes) -> None:
        if await self._is_back():
            await self._sending(lambda user: user.send_bytes(data))

    async def quit(self, reason: str) -> None:
        """Say QUIT, and leave it to the server to end the connection."""
        if self.is_connected:
            await self._sending(lambda user: user.send(f"QUIT :{reason}"))

    async def hang_up(self) -> None:
        if self.is_connected:
            await self._sending(lambda user: user.hang_up())

    async def close(self) -> None:
        if self.user is not None:
            await self.user.close()
            self.user = None

    async def vanish(self) -> None:
        if self.user is not None:
            await self.user.vanish()
            self.user = None

    async def stop_reading(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.user is not None and self._reads:
            self._reads = False
            self.user.stop_reading()

    async def resume_reading(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.user is not None and not self._reads:
            self._reads = True
            self.user.resume_reading()

    async def _is_back(self) -> bool:
        """Whether it is connected; who was, and is no longer, comes again first."""
        if not self.is_connected and self._coming is not None:
            await self.come(*self._coming)
        return self.is_connected

    async def _sending(self, send: Callable[[User], Awaitable[None]]) -> None:
        user = self.user
        if user is None:
            return
        try:
            with trio.move_on_after(PATIENCE):
                await send(user)
                return
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        # Half a line may have been sent: what came after it would be another line than it is.
        await self.close()


def _labelled(line: str, label: str) -> str:
    tags, rest = (line[1:].split(" ", 1)) if line[0] == "@" else ("", line)
    return f"@{';'.join(filter(None, (f'label={label}', tags)))} {rest}"


def _parcels(caps: Iterable[str]) -> list[list[str]]:
    """The same in portions that a line can hold."""
    parcels: list[list[str]] = [[]]
    for cap in caps:
        if sum(len(each) + 1 for each in parcels[-1]) + len(cap) > _REQUEST_BYTES:
            parcels.append([])
        parcels[-1].append(cap)
    return [each for each in parcels if each]
