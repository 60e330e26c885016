"""What carries a connection in the tests of the net layer: every transport, in one list.

A new transport is one more line of `CARRIERS`, and has to pass all that the others pass.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import trio

from trio_chat.net.transport import Listener, Transport, open_tcp_listeners
from trio_chat.testing import Network


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to connect to: the listener, and how clients get there."""

    listener: Listener
    dial: Callable[[], AbstractAsyncContextManager[trio.SocketStream]]


Carrier = Callable[[], AbstractAsyncContextManager[Place]]


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


CARRIERS: dict[str, Carrier] = {"tcp": over_tcp, "memory": in_memory}


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection, both sides of it."""

    transport: Transport
    stream: trio.SocketStream


@asynccontextmanager
async def open_wire(carrier: Carrier) -> AsyncIterator[Wire]:
    """A connection over this carrier, closed at the end."""
    async with carrier() as place, place.dial() as stream:
        transport = await place.listener.accept()
        try:
            yield Wire(transport, stream)
        finally:
            transport.close()


async def reset(stream: trio.SocketStream) -> None:
    """Break a connection from the client's side."""
    at_once = struct.pack("ii", 1, 0)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    await trio.aclose_forcefully(stream)


def fill(transport: Transport) -> int:
    """Send until no more is taken; how many bytes that was."""
    sent = 0
    try:
        while True:
            sent += transport.send_nowait(b"x" * 65536)
    except BlockingIOError:
        return sent
