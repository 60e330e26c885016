"""Staying connected: connect, use, and when the connection is lost, again after a pause.

Laws:

* The time between attempts grows and is jittered, so that a server that comes back is not met by
  all its clients in the same instant; the dice are given from outside, so that a test can.
* What another attempt cannot change is not tried again: it is raised.
"""

from __future__ import annotations

import random
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.connect import bare, connect, nick_variants, split_room
from trio_chat.client.errors import (
    Banned,
    ConnectionLost,
    NickInUse,
    NoLogins,
    NoTLS,
    Refused,
    TurnedAway,
    in_words,
)
from trio_chat.client.farewell import was_killed
from trio_chat.client.login import Login
from trio_chat.client.redial import Redial
from trio_chat.client.regain import regain
from trio_chat.client.sleep import notice_sleep
from trio_chat.client.tls import TLS

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 120.0
STABLE = 60.0
"""Seconds a connection must have lasted for the pauses to start again from the first.

A server that lets us in and at once out again must not be hit every second.
"""

TURNED_AWAY_PAUSE = 60.0
"""Seconds at least after the server said that it has no place, or that we come too often: many
count an attempt within a minute, and turn one away for longer the more there are."""

ENTRY_LIMIT = 20.0
"""Seconds to wait until all rooms have let us in or not, before the connection is used anyway."""

GRACE = 10.0
"""Seconds `use` has to begin to iterate, until when no event is dropped."""


def pauses(dice: random.Random) -> Iterator[float]:
    """Seconds to wait before each attempt: doubling from 1 s up to 2 min, each by ±50 %."""
    pause = FIRST_PAUSE
    while True:
        yield pause * dice.uniform(0.5, 1.5)
        pause = min(pause * 2, LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended or could not be made, for `reason`; the next attempt is in `pause` s."""

    reason: str
    pause: float


@dataclass(frozen=True, slots=True)
class RoomRefused:
    """The server does not let us back into a room."""

    room: str
    reason: str


async def keep_connected(
    use: Callable[[Chat], Awaitable[None]],
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    nick: str,
    username: str = "",
    realname: str = "",
    password: str | None = None,
    login: Login | Callable[[], Login | None] | None = None,
    rooms: Iterable[str] = (),
    tls: bool | ssl.SSLContext | TLS = False,
    open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
    dice: random.Random | None = None,
    told: Callable[[Lost | RoomRefused], None] = lambda news: None,
    redial: Redial | None = None,
    wall: Callable[[], float] = time.time,
) -> None:
    """Call `use(chat)` with one connection after the other, until it returns.

    Whenever the connection is lost, `use` is left by `ConnectionLost`; after a pause it is called
    again with a new `Chat`, in the rooms the last one was in, under the nick it had. As long as our
    own ghost holds that nick, we have one like it, and get it back when it is free. `told` hears of
    every loss, and of rooms that do not let us in. `redial` has a say in when to connect: after
    `Redial.hold`, a `use` that returns is called again once `Redial.now` has led to a connection.
    `login` may be a function that says how to log in, each time anew. `wall` is the time in
    seconds, by which is noticed that the machine has slept; the server is asked for a sign of
    life then.

    Raises `Refused` if the server does not want us at all (a wrong password), `Banned` if it says
    so as it hangs up, `LoginFailed` if it does not take our login, an
    `OSError` if the host is not found from the first (`socket.gaierror`) or its certificate is not
    trusted (`ssl.SSLCertVerificationError`, `WrongCertificate`), `NoTLS` if the port has never
    spoken it, and whatever else `use` raises. `open_stream` replaces
    host, port and tls.
    """

    async def meet(nick: str) -> AbstractAsyncContextManager[Chat]:
        stream = None if open_stream is None else await open_stream()
        await trio.lowlevel.checkpoint()
        return connect(
            host,
            port,
            nick=nick,
            other_nicks=nick_variants(nick),
            username=username,
            realname=realname,
            password=password,
            login=login() if callable(login) else login,
            tls=tls,
            stream=stream,
        )

    stay = _Stay(
        nick, dict(map(split_room, rooms)), dice or random.Random(), redial or Redial(), told
    )
    async with bare(), trio.open_nursery() as nursery:
        nursery.start_soon(notice_sleep, stay.wake, wall)
        while not await stay.visit(meet, use):
            await stay.pause()
        nursery.cancel_scope.cancel()


class _Stay:
    """What lasts from one connection to the next."""

    def __init__(
        self,
        nick: str,
        places: dict[str, str],
        dice: random.Random,
        redial: Redial,
        told: Callable[[Lost | RoomRefused], None],
    ) -> None:
        self._nick = nick
        self._places = places
        """The rooms to be in, with their keys."""
        self._dice = dice
        self._waits = pauses(dice)
        self._pause = 0.0
        self._redial = redial
        self._told = told
        self._chat: Chat | None = None
        self._found = self._met = False
        """Whether the host was ever found, and the server ever let us in."""
        self._was_killed = False

    def wake(self) -> None:
        """The machine has slept: what there was need not be there any more."""
        if self._chat is not None:
            self._chat.ask_for_sign()
        elif not self._redial.held:
            self._redial.now()

    async def visit(
        self,
        meet: Callable[[str], Awaitable[AbstractAsyncContextManager[Chat]]],
        use: Callable[[Chat], Awaitable[None]],
    ) -> bool:
        """Connect once, if that succeeds, and have it used; whether that was all."""
        since, self._pause = trio.current_time(), 0.0
        try:
            with self._redial.attempt():
                async with await meet(self._nick) as self._chat:
                    self._redial.succeed()
                    await self._stay_in(self._chat, use)
                    return not self._redial.held
        except (ssl.SSLCertVerificationError, Banned):
            raise  # another attempt would meet the same
        except (ConnectionLost, NickInUse, NoLogins, OSError) as error:
            if self._is_hopeless(error):
                raise
            if trio.current_time() - since >= STABLE:
                self._waits = pauses(self._dice)
            self._lose(error)
        finally:
            self._chat = None
        return False

    def _is_hopeless(self, error: Exception) -> bool:
        """Whether it is a slip of the pen, most likely: what has been there comes back."""
        not_found = isinstance(error, socket.gaierror)
        hopeless = not_found and not self._found
        self._found = self._found or not not_found
        return hopeless or (isinstance(error, (NoTLS, NoLogins)) and not self._met)

    def _lose(self, error: Exception) -> None:
        self._pause = next(self._waits)
        if isinstance(error, (TurnedAway, NoLogins)):
            self._pause = max(self._pause, TURNED_AWAY_PAUSE * self._dice.uniform(1, 1.5))
        reason = in_words(error)
        self._was_killed = isinstance(error, ConnectionLost) and was_killed(reason)
        self._told(Lost(reason, self._pause))

    async def pause(self) -> None:
        """Wait before the next attempt; when it was cut short, the pauses start again."""
        if await self._redial.pause(self._pause):
            self._waits = pauses(self._dice)

    async def _stay_in(self, chat: Chat, use: Callable[[Chat], Awaitable[None]]) -> None:
        given, self._met = chat.nick, True
        refused = await self._enter(chat)
        # Two programs under one account that take the nick from each other would never end it.
        ask_services = not self._was_killed
        try:
            async with bare(), trio.open_nursery() as nursery:
                nursery.start_soon(_let_go_of_events, chat)
                nursery.start_soon(partial(regain, chat, self._nick, ask_services=ask_services))
                await use(chat)
                nursery.cancel_scope.cancel()
        finally:
            self._places = {name: room.key for name, room in chat.rooms.items()} | refused
            self._nick = self._nick if chat.nick == given else chat.nick

    async def _enter(self, chat: Chat) -> dict[str, str]:
        """Go into the rooms; those that do not let us in, which are tried next time."""
        chat.keep_events(True)
        troubles = await chat.join_all(self._places, ENTRY_LIMIT)
        for name, trouble in troubles.items():
            reason = trouble.text if isinstance(trouble, Refused) else str(trouble)
            self._told(RoomRefused(name, reason))
        return {name: self._places[name] for name in troubles}


async def _let_go_of_events(chat: Chat) -> None:
    """Who has not begun to iterate by now may never do so, and must go on hearing the server."""
    await trio.sleep(GRACE)
    chat.keep_events(False)
