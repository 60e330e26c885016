"""A server that says what a test tells it to, over memory streams: no ports, no time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.wire.lines import LineBuffer
from trio_chat.wire.message import Message, parse

ALL = (
    "account-notify away-notify batch cap-notify echo-message extended-join invite-notify "
    "labeled-response message-tags multi-prefix server-time setname standard-replies "
    "userhost-in-names sasl=PLAIN draft/unheard-of"
)


class ScriptedServer:
    """The server's end of one connection, `mine` or in memory; give `stream` to the client."""

    def __init__(self, mine: trio.abc.Stream | None = None, *, lockstep: bool = False) -> None:
        self.stream: trio.abc.Stream
        self._mine: trio.abc.Stream
        pair = trio.testing.lockstep_stream_pair if lockstep else trio.testing.memory_stream_pair
        self.stream, self._mine = pair()
        self._mine = mine or self._mine
        self._lines = LineBuffer()
        self._received: list[Message] = []
        self.nick = "?"

    async def send(self, *lines: str) -> None:
        """Send lines."""
        await self._mine.send_all("".join(f"{line}\r\n" for line in lines).encode())

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self._mine.send_all(data)

    async def receive_bytes(self, most: int) -> bytes:
        """At most so many bytes from the client, as they come; after this, no messages."""
        assert not self._received
        return bytes(await self._mine.receive_some(most))

    async def receive(self) -> Message:
        """The next message from the client."""
        await trio.lowlevel.checkpoint()
        while not self._received:
            data = await self._mine.receive_some(65536)
            if not data:
                raise EOFError
            for line in self._lines.feed(bytes(data)):
                assert isinstance(line, bytes)
                self._received.append(parse(line))
        return self._received.pop(0)

    async def expect(self, command: str, *params: str) -> Message:
        """The next message, which must be this one, whatever its tags."""
        message = await self.receive()
        assert (message.command, message.params) == (command, params)
        return message

    async def expect_end(self) -> None:
        """The client must have closed, having said nothing more."""
        assert not self._received
        assert not await self._mine.receive_some(1)

    async def hang_up(self) -> None:
        """Close the connection."""
        await self._mine.aclose()

    async def welcome(self, *, capabilities: str = "", isupport: str = "CASEMAPPING=ascii") -> None:
        """Go through a whole registration."""
        nick = await self.take_registration(capabilities)
        self.nick = nick
        await self.send(
            f":irc.test 001 {nick} :Welcome",
            f":irc.test 005 {nick} {isupport} :are supported by this server",
            f":irc.test 422 {nick} :No MOTD",
        )

    async def take_registration(self, capabilities: str = "") -> str:
        """Everything up to where the welcome is due; the nick asked for."""
        nick = await self.take_opening()
        await self.send(f":irc.test CAP * LS :{capabilities}")
        while (request := await self.receive()).params != ("END",):
            assert request.params[0] == "REQ"
            await self.send(f":irc.test CAP * ACK :{request.params[1]}")
        return nick

    async def take_opening(self) -> str:
        """What a client says first, unasked; the nick in it."""
        await self.expect("CAP", "LS", "302")
        message = await self.receive()
        if message.command == "PASS":
            message = await self.receive()
        assert message.command == "NICK"
        assert (await self.receive()).command == "USER"
        return message.params[0]

    async def let_in(self, room: str, *others: str) -> None:
        """Take a JOIN and answer it, as a server without labels does."""
        await self.expect("JOIN", room)
        await self.send(
            f":{self.nick}!user@host JOIN {room}",
            f":irc.test 353 {self.nick} = {room} :{' '.join([self.nick, *others])}",
            f":irc.test 366 {self.nick} {room} :End of NAMES list",
        )

    async def welcome_to(self, room: str, capabilities: str = "") -> None:
        """Go through a registration, and let the client into a room."""
        await self.welcome(capabilities=capabilities)
        label = (await self.receive()).tags.get("label")
        batch = (f"@label={label} :irc.test BATCH +j labeled-response", ":irc.test BATCH -j")
        tags = "@batch=j " if label else ""
        await self.send(
            *batch[: bool(label)],
            f"{tags}:{self.nick}!user@host JOIN {room}",
            f"{tags}:irc.test 366 {self.nick} {room} :End of NAMES list",
            *batch[1 : 1 + bool(label)],
        )

    async def take_quit(self) -> None:
        """Take the QUIT and close, as servers do."""
        assert (await self.receive()).command == "QUIT"
        await self.send("ERROR :Goodbye")
        await self.hang_up()


@asynccontextmanager
async def chatting(
    *, capabilities: str = "", quits: bool = True, lockstep: bool = False
) -> AsyncIterator[tuple[ScriptedServer, Chat]]:
    """A server and a chat connected to it as "me"."""
    server = ScriptedServer(lockstep=lockstep)
    async with trio.open_nursery() as nursery:

        async def welcome() -> None:
            await server.welcome(capabilities=capabilities)

        nursery.start_soon(welcome)
        async with connect(nick="me", stream=server.stream) as chat:
            await trio.testing.wait_all_tasks_blocked()
            yield server, chat
            if quits:
                nursery.start_soon(server.take_quit)


async def next_event(chat: Chat) -> events.Event:
    """The next event after the greetings of the registration."""
    while True:
        event = await chat.__anext__()
        if not (isinstance(event, events.Replied) and event.code in ("001", "422")):
            return event
