"""Who is let in, in which order, and who is turned away: in memory as over real TCP."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.testing import Network

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the model is of Linux")

HOST = "127.0.0.1"
AT_ONCE = struct.pack("ii", 1, 0)

MOMENT = 0.003
"""Seconds that are waited for what does not happen."""

PATIENCE = 5
"""Seconds within which what is to happen over loopback does."""

ACTIONS = st.one_of(
    st.tuples(st.sampled_from(("listen", "connect", "accept", "connect", "accept")), st.just(0)),
    st.tuples(st.just("stop listening"), st.just(0)),
    st.tuples(st.sampled_from(("hear", "be heard", "hang up", "reset")), st.integers(0, 3)),
)
Action = tuple[str, int]
Outcome = object
WAITED = "waited"


class Place:
    """A place where sockets of trio's connect, on whatever network is in use."""

    def __init__(self, port: int) -> None:
        self.address = (HOST, port)
        self.listener: trio.socket.SocketType | None = None
        self.clients: dict[int, trio.socket.SocketType] = {}
        self.accepted: dict[int, trio.socket.SocketType] = {}
        self.ports: list[int] = []

    def close(self) -> None:
        for each in (self.listener, *self.clients.values(), *self.accepted.values()):
            if each is not None:
                each.close()

    async def act(self, action: str, which: int) -> Outcome:
        client = self.clients.get(which)
        match action:
            case "listen" if self.listener is None:
                return await self.listen()
            case "connect":
                return await self.connect()
            case "stop listening" if self.listener is not None:
                self.listener.close()
                self.listener = None
            case "accept" if self.listener is not None:
                sock, address = await self.listener.accept()
                number = self.ports.index(address[1])
                self.accepted[number] = sock
                return number
            case "hear" if client is not None:
                return await client.recv(100)
            case "be heard" if client is not None and which in self.accepted:
                await client.send(b"hello")
                return await self.accepted[which].recv(100)
            case "hang up" if client is not None:
                self.clients.pop(which).close()
            case "reset" if client is not None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                self.clients.pop(which).close()
        return None

    async def listen(self) -> Outcome:
        self.listener = trio.socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        await self.listener.bind(self.address)
        self.listener.listen()
        return self.listener.getsockname()[0]

    async def connect(self) -> Outcome:
        client = trio.socket.socket()
        try:
            await client.connect(self.address)
        except BaseException:
            client.close()
            raise
        number = len(self.ports)
        self.clients[number] = client
        self.ports.append(client.getsockname()[1])
        return number


async def outcome_of(act: Callable[[], Awaitable[Outcome]], patience: float) -> Outcome:
    """What a call returned, the number of its error, or that nothing happened."""
    with trio.move_on_after(patience):
        try:
            return await act()
        except OSError as error:
            return ("error", error.errno)
    return WAITED


def free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


async def in_memory(script: list[Action]) -> list[Outcome]:
    with Network().in_use(), contextlib.closing(Place(8080)) as place:
        return [await outcome_of(partial(place.act, *action), MOMENT) for action in script]


async def over_loopback(script: list[Action], expected: list[Outcome]) -> None:
    with contextlib.closing(Place(free_port())) as place:
        for step, (action, wanted) in enumerate(zip(script, expected, strict=True)):
            patience = MOMENT if wanted == WAITED else PATIENCE
            outcome = await outcome_of(partial(place.act, *action), patience)
            assert outcome == wanted, f"step {step}: {action}"


@settings(max_examples=25)
@given(st.lists(ACTIONS, min_size=1, max_size=14))
def test_a_script_of_coming_and_going_has_the_same_outcome(actions: list[Action]) -> None:
    script = [("listen", 0), *actions]
    expected = trio.run(in_memory, script, clock=trio.testing.MockClock(autojump_threshold=0))
    trio.run(over_loopback, script, expected)
