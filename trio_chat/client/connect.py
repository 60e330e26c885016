"""`connect`: a stream to a server, made into a `Chat` for the length of an `async with`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NoReturn

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.connection import Connection
from trio_chat.client.login import Login
from trio_chat.client.reach import open_stream
from trio_chat.client.registration import Identity
from trio_chat.client.tls import TLS


def nick_variants(nick: str) -> Iterable[str]:
    """Nicks like this one, to fall back upon: `nick_`, `nick__`, `nick2` … `nick9`, `nic_`, `nic2`.

    The last are for nicks that are as long as the server lets them be.
    """
    yield from (f"{nick}_", f"{nick}__", *(f"{nick}{number}" for number in range(2, 10)))
    if len(nick) > 1:
        yield from (f"{nick[:-1]}_", f"{nick[:-1]}2")


def split_room(room: str) -> tuple[str, str]:
    """The name and the key in `#room` or `#room key`."""
    name, _, key = room.strip().partition(" ")
    return name, key.strip()


@asynccontextmanager
async def connect(
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    nick: str,
    other_nicks: Iterable[str] = (),
    username: str = "",
    realname: str = "",
    password: str | None = None,
    login: Login | None = None,
    rooms: Iterable[str] = (),
    tls: bool | ssl.SSLContext | TLS = False,
    stream: trio.abc.Stream | None = None,
) -> AsyncIterator[Chat]:
    """Connect and register as `nick`, join `rooms`, and give the `Chat`; quit at the end.

    `other_nicks` are tried in order if the nick is taken (see `nick_variants`). `password` is the
    server's, `login` an account of ours on it. `rooms` are names, or "name key". `tls` is True for
    a server that the system's authorities vouch for, a `TLS` for one with a known fingerprint or to
    show a certificate of your own, or a context. `stream` is an open trio stream to use in place of
    host and port; it is closed at the end.

    Raises `OSError` if the server cannot be reached (`ssl.SSLCertVerificationError` if its
    certificate is not trusted), `WrongCertificate` if it has another fingerprint, `NoTLS` if the
    port does not speak it, `LoginFailed` if there is a `login` and the server does not take it,
    `NickInUse` if every nick is taken, `Refused` if the server refuses
    us or a room, `ConnectionLost` if it hangs up. What the body of the `async with` raises comes
    out as it is, never wrapped in an exception group.
    """
    if stream is None:
        stream = await open_stream(host, port, tls)
    identity = Identity(nick, other_nicks, username or nick, realname or nick, password, login)
    connection = Connection(stream)
    try:
        async with bare(), trio.open_nursery() as nursery:
            nursery.start_soon(connection.write)
            chat = Chat(connection, nick)
            await chat.register(identity)
            nursery.start_soon(chat.read)
            for room in rooms:
                await chat.join(*split_room(room))
            yield chat
            await chat.quit()
            nursery.cancel_scope.cancel()
    finally:
        await connection.aclose()


@asynccontextmanager
async def bare() -> AsyncIterator[None]:
    """Take a lone exception out of the group in which a nursery raises it.

    `except ConnectionLost` around `async with connect(...)` must work: that a nursery is inside is
    nobody's business. Where two went wrong at once, both are told, as a group.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        _raise(group.exceptions[0])


def _raise(error: BaseException) -> NoReturn:
    """Raise an error as it is, with the context it had rather than the group it came from."""
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context
        del error, context  # a frame that holds its exception is a cycle
