"""A person at a console, with a scripted server behind it and what they are shown before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from functools import partial

import trio
import trio.testing

from tests.client.scripted_server import ScriptedServer
from trio_chat.client.chat import Chat
from trio_chat.client.commands.console import Console
from trio_chat.client.connect import connect
from trio_chat.client.login import Login
from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.redial import Redial
from trio_chat.client.screen.line import text_of
from trio_chat.client.screen.view import View
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.profiles import Kept
from trio_chat.client.setup.settings import Settings
from trio_chat.testing.chat import VirtualChat

VIEW = View(Settings(numbers=False), zone=UTC)


class Desk:
    """A console, the server behind it, and what it shows."""

    def __init__(
        self, kept: Kept | None = None, *, nick: str = "me", redial: Redial | None = None
    ) -> None:
        self.server = ScriptedServer()
        self.shown: list[str] = []
        self.switches: list[str] = []
        self.secret: str | None = "secret"
        """What is typed when a password is asked for."""
        self.asked: list[str] = []
        self.is_answered = False
        """Whether the server answers by itself, so that what is said can be waited for."""
        # What is fetched unasked is tested on its own.
        settings = Settings(history=0)
        options = Options("irc.test", 6697, nick, kept=kept, settings=settings)
        self.console = Console(Model(nick), self, options=options, redial=redial)

    def show(self, entry: Entry) -> None:
        line = text_of(VIEW.lines(entry, self.console.model.current)[0])
        self.shown.append(line.partition(" ")[2])

    def change(self) -> None:
        pass

    def switch(self) -> None:
        self.switches.append(self.console.model.current)

    async def ask_secret(self, question: str) -> str | None:
        await trio.lowlevel.checkpoint()
        self.asked.append(question)
        return self.secret

    def key_names(self) -> list[tuple[str, str]]:
        return [("Tab", "complete")]

    def clear(self) -> None:
        self.shown.append("(clear)")

    async def wait_for_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def take_shown(self) -> list[str]:
        """What was shown since this was last asked."""
        shown = list(self.shown)
        self.shown.clear()
        return shown

    async def does(self, line: str) -> list[str]:
        """What is shown when the person enters a line that needs no answer."""
        self.take_shown()
        await self.console.submit(line)
        if self.is_answered:
            await self.console.wait_until_settled()
        await trio.testing.wait_all_tasks_blocked()
        return self.take_shown()

    async def asks(self, line: str, command: str, *params: str, answers: list[str]) -> list[str]:
        """What is shown when a line makes the client send this, and the server answers."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.console.submit, line)
            await self.server.expect(command, *params)
            await self.server.send(*answers)
        await trio.testing.wait_all_tasks_blocked()
        return self.take_shown()


@asynccontextmanager
async def connected(
    desk: Desk | None = None, *, capabilities: str = ""
) -> AsyncIterator[tuple[Desk, Chat]]:
    """A desk, and a connection to its server that the console does not have yet."""
    desk = desk or Desk()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(desk.server.welcome, capabilities=capabilities))
        async with connect(nick="me", stream=desk.server.stream) as chat:
            yield desk, chat


async def let_in(server: ScriptedServer, room: str) -> None:
    """Take a JOIN and answer it, with labels or without."""
    message = await server.expect("JOIN", room)
    await server.send(
        f":{server.nick}!user@host JOIN {room}",
        f":irc.test 353 {server.nick} = {room} :{server.nick}",
        f":irc.test 366 {server.nick} {room} :End of NAMES list",
    )
    if "label" in message.tags:
        await server.send(f"@label={message.tags['label']} :irc.test ACK")


@asynccontextmanager
async def sitting(*, in_a_room: bool = True, capabilities: str = "") -> AsyncIterator[Desk]:
    """A person connected, in #tea unless not."""
    async with connected(capabilities=capabilities) as (desk, chat), trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.use, chat)
        if in_a_room:
            nursery.start_soon(let_in, desk.server, "#tea")
            await chat.join("#tea")
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        yield desk
        nursery.start_soon(hear_out, desk.server)
        await desk.console.say_goodbye()


@asynccontextmanager
async def at_our_server(
    chat: VirtualChat,
    nick: str = "me",
    *,
    account: bool = True,
    room: str = "#tea",
    kept: Kept | None = None,
) -> AsyncIterator[Desk]:
    """A person at our own server, logged in to an account of their nick's name, in a room."""
    if account:
        await chat.account(nick)
    desk = Desk(kept, nick=nick)
    desk.is_answered = True
    login = Login(nick, "secret") if account else None
    stream = await chat.open_stream()
    async with (
        connect(nick=nick, login=login, stream=stream) as connection,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(desk.console.use, connection)
        await connection.join(room)
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        yield desk
        await desk.console.say_goodbye()


async def hear_out(server: ScriptedServer) -> None:
    """Take what comes until the QUIT, and close."""
    while (await server.receive()).command != "QUIT":
        pass
    await server.hang_up()


async def stay_alive(server: ScriptedServer) -> None:
    """Answer nothing but PING."""
    while True:
        if (await server.receive()).command == "PING":
            await server.send(":irc.test PONG irc.test :trio-chat")
