"""The async client: one connection to a server, registered, as an object to talk with.

Laws: whoever cancels a method loses only its answer; every method that acts returns once the server
has confirmed it, as far as servers do. `dialogue` is what all of it stands on.
"""

from __future__ import annotations

from collections.abc import Mapping

import trio

from trio_chat.client.accounts import Accounts
from trio_chat.client.company import Company
from trio_chat.client.errors import ConnectionLost
from trio_chat.client.events import Event
from trio_chat.client.past import Past
from trio_chat.client.talking import Talking
from trio_chat.wire.message import Message

FAREWELL_LIMIT = 2.0
"""Seconds to wait for the server's goodbye: it closes once it has read our QUIT."""


class Chat(Talking, Past, Company, Accounts):
    """A registered connection: iterate over it for events, and call its methods to act.

    Made by `connect`. A method that acts returns once the server has confirmed it. It raises
    `Refused` when the server says no, `NoAnswer` after 60 s without a word, `Unsupported` when the
    server cannot do such a thing, and `ConnectionLost` when the connection ends; iterating raises
    that too, unless we quit, which just ends the loop.
    """

    # --- what is known ---

    @property
    def nick(self) -> str:
        """Our nick, as the server has it."""
        return self._mirror.nick

    @property
    def account(self) -> str:
        """The account we are logged in to, as far as the server told; empty for none."""
        return self._mirror.account

    @property
    def isupport(self) -> Mapping[str, str]:
        """What the server says of itself in RPL_ISUPPORT (005)."""
        return self._mirror.isupport.tokens

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities in use."""
        return self._mirror.capabilities.enabled

    def capability(self, name: str) -> str | None:
        """The value of a capability in use, often empty ("max-bytes=4096"); None if it is not."""
        capabilities = self._mirror.capabilities
        return capabilities.value(name) or "" if name in capabilities else None

    def offers(self, name: str) -> bool:
        """Whether the server has a capability, in use or not."""
        return self._mirror.capabilities.value(name) is not None

    def same(self, one: str, other: str) -> bool:
        """Whether two names are the same under the server's case mapping."""
        return self._mirror.same(one, other)

    def is_room(self, target: str) -> bool:
        """Whether this would be a room's name on this server."""
        return self._mirror.isupport.looks_like_room(target)

    def __aiter__(self) -> Chat:
        return self

    async def __anext__(self) -> Event:
        return await self._inbox.take()

    # --- the connection ---

    async def send(self, message: Message) -> None:
        """Send any other line; what comes of it comes as events."""
        await self._connection.send(message)

    async def quit(self, reason: str = "") -> None:
        """Leave the server, saying why; `async for` ends after the events that still wait."""
        await trio.lowlevel.checkpoint()
        if self._quitting:
            return
        self._quitting = True
        self._inbox.nudge()
        with trio.move_on_after(FAREWELL_LIMIT):
            try:
                await self._connection.send(Message("QUIT", (reason,) if reason else ()))
            except ConnectionLost:
                return
            # Closing at once could reset the connection before the server has read the QUIT.
            await self._ended.wait()
        await self._connection.aclose()
