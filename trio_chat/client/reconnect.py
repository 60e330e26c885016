"""Staying connected: connect, use, and when the connection is lost, again after a pause.

Law: the time between attempts grows and is jittered, so that a server that comes back is not met
by all its clients in the same instant; the dice are given from outside, so that a test can.
"""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect, nick_variants, split_room
from trio_chat.client.errors import ConnectionLost, NickInUse, NoAnswer, NoTLS, Refused, in_words
from trio_chat.client.login import Login
from trio_chat.client.tls import TLS

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 120.0
STABLE = 60.0
"""Seconds a connection must have lasted for the pauses to start again from the first.

A server that lets us in and at once out again must not be hit every second.
"""


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
    login: Login | None = None,
    rooms: Iterable[str] = (),
    tls: bool | ssl.SSLContext | TLS = False,
    open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
    dice: random.Random | None = None,
    told: Callable[[Lost | RoomRefused], None] = lambda news: None,
) -> None:
    """Call `use(chat)` with one connection after the other, until it returns.

    Whenever the connection is lost, `use` is left by `ConnectionLost`; after a pause it is called
    again with a new `Chat`, in the rooms the last one was in, under the nick it had (or one like
    it, as long as our own ghost holds it). `told` hears of every loss, and of rooms that do not
    let us in. Raises `Refused` if the server does not want us at all (a wrong password) or
    `LoginFailed` if it does not take our login, an
    `OSError` if the host is not found from the first (`socket.gaierror`) or its certificate is not
    trusted (`ssl.SSLCertVerificationError`, `WrongCertificate`), `NoTLS` if the port has never
    spoken it, and whatever else `use` raises. `open_stream` replaces
    host, port and tls.
    """
    places = dict(split_room(room) for room in rooms)
    dice = dice or random.Random()
    waits = pauses(dice)
    found = met = False
    while True:
        since = trio.current_time()
        try:
            stream = None if open_stream is None else await open_stream()
            async with connect(
                host,
                port,
                nick=nick,
                other_nicks=nick_variants(nick),
                username=username,
                realname=realname,
                password=password,
                login=login,
                tls=tls,
                stream=stream,
            ) as chat:
                given, met = chat.nick, True
                await _enter(chat, places, told)
                try:
                    await use(chat)
                    return
                finally:
                    places = {name: room.key for name, room in chat.rooms.items()}
                    nick = nick if chat.nick == given else chat.nick
        except ssl.SSLCertVerificationError:
            raise  # another attempt would meet the same certificate
        except (ConnectionLost, NickInUse, OSError) as error:
            not_found = isinstance(error, socket.gaierror)
            if (not_found and not found) or (isinstance(error, NoTLS) and not met):
                raise  # a slip of the pen, most likely; a network that is down comes back
            found = found or not not_found
            reason = in_words(error)
        if trio.current_time() - since >= STABLE:
            waits = pauses(dice)
        pause = next(waits)
        told(Lost(reason, pause))
        await trio.sleep(pause)


async def _enter(
    chat: Chat, places: dict[str, str], told: Callable[[Lost | RoomRefused], None]
) -> None:
    await trio.lowlevel.checkpoint()
    for name, key in places.items():
        try:
            await chat.join(name, key)
        except Refused as refusal:
            told(RoomRefused(name, refusal.text))
        except NoAnswer as silence:
            told(RoomRefused(name, str(silence)))
