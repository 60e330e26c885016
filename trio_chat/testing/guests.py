"""How users and programs come into a chat in a test: the part that every kind of chat shares.

Law: what comes in here comes over the network, as anybody would; nothing is given to the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import trio

from trio_chat.testing.user import User


class Guests:
    """Where users come in; whoever inherits it says in `newcomer` by which way."""

    def __init__(self, programs: trio.Nursery) -> None:
        """`programs` is the nursery of the users' reading, and of programs beside the test."""
        self.programs = programs

    async def newcomer(self) -> User:
        """Somebody who is connected and has said nothing yet, from an address of their own."""
        raise NotImplementedError

    async def user(self, nick: str, *, caps: Iterable[str] = (), room: str | None = None) -> User:
        """Somebody who has registered as `nick` with these capabilities, and joined `room`."""
        user = await self.newcomer()
        await user.register(nick, caps)
        if room is not None:
            await user.join(room)
        return user

    async def users(
        self, *nicks: str, caps: Iterable[str] = (), room: str | None = None
    ) -> tuple[User, ...]:
        """Several of them, in order; what they received of each other's coming is passed over."""
        wanted = tuple(caps)
        users = [await self.user(nick, caps=wanted, room=room) for nick in nicks]
        for user in users:
            await user.rest()
        return tuple(users)

    def run(self, main: Callable[..., Awaitable[Any]], *args: Any) -> trio.CancelScope:
        """Run a program beside the test, until the chat ends or the returned scope is cancelled.

        What it opens with `trio.open_tcp_stream` leads to this chat. If it raises, the test fails.
        """
        scope = trio.CancelScope()

        async def program() -> None:
            with scope:
                await main(*args)

        self.programs.start_soon(program, name=main)
        return scope
