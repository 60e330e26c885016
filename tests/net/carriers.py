"""What carries a connection in the tests of the net layer: every transport, in one list.

A new transport is one more line of `CARRIERS`, and has to pass all that the others pass.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from trio_chat.net.certificates import Certificates
from trio_chat.net.tls import Tls
from trio_chat.net.tls_settings import TlsSettings
from trio_chat.net.transport import Listener, Transport, open_tcp_listeners
from trio_chat.testing import Network

from .secure import TlsStream, certificate


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to connect to: the listener, and how clients get there."""

    listener: Listener
    dial: Callable[[], AbstractAsyncContextManager[trio.SocketStream]]


@asynccontextmanager
async def over_tcp() -> AsyncIterator[Place]:
    (listener,) = await open_tcp_listeners("127.0.0.1", 0)
    host, _, port = listener.address.rpartition(":")

    @asynccontextmanager
    async def dial() -> AsyncIterator[trio.SocketStream]:
        async with await trio.open_tcp_stream(host, int(port)) as stream:
            yield stream

    try:
        yield Place(listener, dial)
    finally:
        listener.close()


@asynccontextmanager
async def in_memory() -> AsyncIterator[Place]:
    network = Network()
    listener = network.listen("127.0.0.1", 8080)

    @asynccontextmanager
    async def dial() -> AsyncIterator[trio.SocketStream]:
        async with await network.open_stream("127.0.0.1", 8080) as stream:
            yield stream

    try:
        yield Place(listener, dial)
    finally:
        listener.close()


PLACES: dict[str, Callable[[], AbstractAsyncContextManager[Place]]] = {
    "tcp": over_tcp,
    "memory": in_memory,
}
"""Where clients arrive."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection, both sides of it."""

    transport: Transport
    stream: trio.SocketStream | TlsStream


Carrier = Callable[[], AbstractAsyncContextManager[Wire]]


def bare_wire(kind: str) -> Carrier:
    """Connections as they arrive at a place of this kind."""

    @asynccontextmanager
    async def carrier() -> AsyncIterator[Wire]:
        async with PLACES[kind]() as place, place.dial() as stream:
            transport = await place.listener.accept()
            try:
                yield Wire(transport, stream)
            finally:
                transport.close()

    return carrier


@asynccontextmanager
async def tls_wire() -> AsyncIterator[Wire]:
    with TemporaryDirectory() as directory:
        tls = Tls(Certificates([certificate(Path(directory))]), TlsSettings())
    async with over_tcp() as place, place.dial() as stream:
        bare = await place.listener.accept()
        try:
            secure = TlsStream(stream)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(secure.do_handshake)
                transport = await tls.shake_hands(bare)
            yield Wire(transport, secure)
        finally:
            bare.close()


CARRIERS: dict[str, Carrier] = {
    "tcp": bare_wire("tcp"),
    "memory": bare_wire("memory"),
    "tls": tls_wire,
}


async def reset(stream: trio.SocketStream | TlsStream) -> None:
    """Break a connection from the client's side."""
    at_once = struct.pack("ii", 1, 0)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    await trio.aclose_forcefully(stream)


CHUNK = b"x" * 65536


def fill(transport: Transport) -> int:
    """Send until no more is taken; how many bytes that was. The next to be sent is `CHUNK`."""
    sent = 0
    try:
        while True:
            sent += transport.send_nowait(CHUNK)
    except BlockingIOError:
        return sent
