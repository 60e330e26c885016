"""Staying connected, in tests: servers that come one after the other, each with a script."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import trio
import trio.testing

from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError, ConnectionLost
from trio_chat.client.login import Login
from trio_chat.client.reach import OPEN_LIMIT
from trio_chat.client.reconnect import Lost, RoomRefused, keep_connected
from trio_chat.client.redial import Redial

from .scripted_server import ScriptedServer

Script = Callable[[ScriptedServer], Awaitable[None]]


class Network:
    """Servers that come one after the other; each is a script that a connection meets."""

    def __init__(self, *scripts: Script | OSError | None) -> None:
        """None is a server that cannot be reached: packets vanish."""
        self._scripts = iter(scripts)
        self.times: list[float] = []
        self.news: list[Lost | RoomRefused] = []
        self.gave_up: Exception | None = None
        self._attempted = trio.Event()
        self.redial = Redial()
        self.ahead = 0.0
        """Seconds by which the wall clock is ahead of the one that stands still in sleep."""

    @property
    def reasons(self) -> list[str]:
        return [news.reason for news in self.news if isinstance(news, Lost)]

    async def wait_for_attempt(self, number: int) -> None:
        """Wait until the client has tried so many times."""
        while len(self.times) < number:
            await self._attempted.wait()
        await trio.testing.wait_all_tasks_blocked()

    async def connect(
        self, use: Callable[[Chat], Awaitable[None]], *rooms: str, login: Login | None = None
    ) -> None:
        """Keep a client connected to these servers, from one to the next, as long as there are."""
        async with trio.open_nursery() as nursery:

            async def open_stream() -> trio.abc.Stream:
                await trio.lowlevel.checkpoint()
                self.times.append(trio.current_time())
                self._attempted.set()
                self._attempted = trio.Event()
                try:
                    script = next(self._scripts)
                except StopIteration:
                    nursery.cancel_scope.cancel()
                    script = None
                if script is None:
                    with trio.move_on_after(OPEN_LIMIT):
                        await trio.sleep_forever()
                    raise ConnectionLost("no connection")
                if isinstance(script, OSError):
                    raise script
                server = ScriptedServer()
                nursery.start_soon(script, server)
                return server.stream

            try:
                await keep_connected(
                    use,
                    nick="me",
                    login=login,
                    rooms=rooms,
                    open_stream=open_stream,
                    dice=random.Random(0),
                    told=self.news.append,
                    redial=self.redial,
                    wall=lambda: trio.current_time() + self.ahead,
                )
            except (ChatError, OSError) as error:
                self.gave_up = error
            # Servers that nobody talks to any more are over as well.
            nursery.cancel_scope.cancel()


async def until_the_end(chat: Chat) -> None:
    async for _ in chat:
        pass


async def welcoming(server: ScriptedServer) -> None:
    await server.welcome()
    await server.take_quit()


def visits_until(last: int, visits: list[str]) -> Callable[[Chat], Awaitable[None]]:
    """A use that stays until the connection is lost, and ends at once the `last` time."""

    async def use(chat: Chat) -> None:
        visits.append(chat.nick)
        if len(visits) < last:
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    return use


def farewell(text: str) -> Script:
    async def script(server: ScriptedServer) -> None:
        await server.take_registration()
        await server.send(f"ERROR :{text}")
        await server.hang_up()

    return script
