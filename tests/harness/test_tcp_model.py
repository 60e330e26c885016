"""The connection in memory held to real TCP: the same script over both gives the same outcomes."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import sys
from collections.abc import Callable
from random import Random
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.testing.links import Link, LinkSettings, Ticks
from trio_chat.testing.tcp import End, connect_ends

from .timers import HandTimers

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the model is of Linux; others differ in which error comes when"
)

SIDES = st.sampled_from((0, 1))
ACTIONS = st.one_of(
    st.tuples(SIDES, st.just("send"), st.integers(0, 50)),
    st.tuples(SIDES, st.just("receive"), st.integers(1, 80)),
    st.tuples(SIDES, st.sampled_from(("shut", "close", "reset")), st.just(0)),
)
Action = tuple[int, str, int]
Outcome = object


def outcome_of(call: Callable[[], Outcome]) -> Outcome:
    """What a call returned, or the number of its error."""
    try:
        return call()
    except OSError as error:
        return ("error", error.errno)


def text(start: int, size: int) -> bytes:
    """Bytes of which each tells its place, so that none can be lost, doubled or moved unnoticed."""
    first = start % len(_PATTERN)
    return (_PATTERN * (size // len(_PATTERN) + 2))[first : first + size]


_PATTERN = bytes(range(251))


class Pair(Protocol):
    """Two connected ends, of one kind or another."""

    def act(self, side: int, action: str, data: bytes, size: int) -> Outcome:
        """Let a side do something, when all that was done before has had its effect."""
        ...


class InstantPair:
    """Two ends in memory of which each has at once what the other sends."""

    def __init__(self) -> None:
        self.ends = connect_ends()

    def act(self, side: int, action: str, data: bytes, size: int) -> Outcome:
        end = self.ends[side]
        match action:
            case "send":
                return outcome_of(lambda: self.send(end, data))
            case "receive":
                return outcome_of(lambda: self.receive(end, size))
            case "shut":
                return outcome_of(end.shut)
            case "close":
                return outcome_of(end.close)
            case _:
                return outcome_of(end.reset)

    def send(self, end: End, data: bytes) -> int:
        return end.send_nowait(data)

    def receive(self, end: End, size: int) -> bytes:
        return end.receive_nowait(size)


SLOW = LinkSettings(latency=0.03, quantum=0.01, bandwidth=20_000, partial=0.5)


class SlowPair(InstantPair):
    """Two ends in memory with a slow link between them, and calls that take only a part."""

    def __init__(self) -> None:
        self.timers = HandTimers()
        self.link = Link(SLOW, Ticks(self.timers), Random(1))
        self.ends = connect_ends(ways=self.link.ways)

    def act(self, side: int, action: str, data: bytes, size: int) -> Outcome:
        self.timers.pass_by(5)
        return super().act(side, action, data, size)

    def send(self, end: End, data: bytes) -> int:
        sent = end.send_nowait(data)
        while sent < len(data):
            sent += end.send_nowait(data[sent:])
        return sent

    def receive(self, end: End, size: int) -> bytes:
        data = end.receive_nowait(size)
        while end.unread and len(data) < size:
            data += end.receive_nowait(size - len(data))
        return data


class LoopbackPair:
    """Two real sockets, connected."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.ends = [socket.create_connection(listener.getsockname())]
            accepted, _ = listener.accept()
            self.ends.append(accepted)
        for each in self.ends:
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def act(self, side: int, action: str, data: bytes, size: int) -> Outcome:
        end = self.ends[side]
        match action:
            case "send":
                return outcome_of(lambda: end.send(data))
            case "receive":
                return outcome_of(lambda: end.recv(size))
            case "shut":
                return outcome_of(lambda: end.shutdown(socket.SHUT_WR))
            case "close":
                return outcome_of(end.close)
            case _:
                if end.fileno() >= 0:
                    at_once = struct.pack("ii", 1, 0)
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                return outcome_of(end.close)

    def await_news(self, side: int, kind: int) -> None:
        """Loopback is fast, not instant: let arrive what has already arrived in the model."""
        end = self.ends[side]
        if end.fileno() >= 0:
            poll = select.poll()
            poll.register(end, kind)
            poll.poll(1000)

    def close(self) -> None:
        for each in self.ends:
            with contextlib.suppress(OSError):
                each.close()


@settings(max_examples=150)
@given(st.lists(ACTIONS, min_size=1, max_size=12))
def test_a_script_has_the_same_outcome_in_memory_and_over_loopback(script: list[Action]) -> None:
    instant, slow, real = InstantPair(), SlowPair(), LoopbackPair()
    sent = [0, 0]
    try:
        for step, (side, action, size) in enumerate(script):
            end = instant.ends[side]
            is_news = action == "receive" and end.is_readable()
            data = text(sent[side], size) if action == "send" else b""
            expected = instant.act(side, action, data, size)
            assert slow.act(side, action, data, size) == expected, f"slowly, {step}: {action}"
            if is_news:
                real.await_news(side, select.POLLIN)
            elif isinstance(expected, tuple) and action != "receive" and not end.is_shut:
                real.await_news(side, 0)  # what is always reported: a hang-up, an error
            assert real.act(side, action, data, size) == expected, f"in earnest, {step}: {action}"
            sent[side] += len(data)
    finally:
        real.close()


class Flow(Protocol):
    """Two connected ends through which more is to go than they hold."""

    chunk: int
    """Bytes to be sent at a time."""

    def send(self, side: int, data: bytes) -> int:
        """Send what is taken, when some is; 0 if there is no room."""
        ...

    def receive(self, side: int) -> bytes | None:
        """What comes next, empty at the end of file; None if nothing does."""
        ...

    def shut(self, side: int) -> None: ...


class MemoryFlow:
    """Through memory, with or without a slow link."""

    chunk = 900

    def __init__(self, settings: LinkSettings) -> None:
        self.timers = HandTimers()
        self.ends = connect_ends(2000, Link(settings, Ticks(self.timers), Random(2)).ways)

    def send(self, side: int, data: bytes) -> int:
        self.timers.pass_by(0 if self.ends[side].is_writable() else 5)
        with contextlib.suppress(BlockingIOError):
            return self.ends[side].send_nowait(data)
        return 0

    def receive(self, side: int) -> bytes | None:
        self.timers.pass_by(0 if self.ends[side].is_readable() else 5)
        with contextlib.suppress(BlockingIOError):
            return self.ends[side].receive_nowait(700)
        return None

    def shut(self, side: int) -> None:
        self.ends[side].shut()


PATIENCE_MS = 20
"""How long a socket must have no room to be taken for full."""

NEWS_MS = 5000
"""How long what is to come may take: after a window was full Linux may wait for its next probe."""


class LoopbackFlow:
    """Through real sockets."""

    chunk = 100_000

    def __init__(self, pair: LoopbackPair) -> None:
        self.ends = pair.ends

    def send(self, side: int, data: bytes) -> int:
        if not self.is_ready(side, select.POLLOUT, PATIENCE_MS):
            return 0
        return self.ends[side].send(data)

    def receive(self, side: int) -> bytes | None:
        return (
            self.ends[side].recv(100_000) if self.is_ready(side, select.POLLIN, NEWS_MS) else None
        )

    def shut(self, side: int) -> None:
        self.ends[side].shutdown(socket.SHUT_WR)

    def is_ready(self, side: int, kind: int, within: int) -> bool:
        poll = select.poll()
        poll.register(self.ends[side], kind)
        return bool(poll.poll(within))


class Floods:
    """Both sides send without end, and read at times."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.sent = [0, 0]
        self.received = [0, 0]

    def flood(self, side: int) -> None:
        """Send until no more is taken."""
        while taken := self.flow.send(side, text(self.sent[side], self.flow.chunk)):
            self.sent[side] += taken

    def drain(self, side: int) -> None:
        """Receive all that was sent."""
        while self.received[side] < self.sent[1 - side]:
            data = self.flow.receive(side)
            assert data == text(self.received[side], len(data or b"")) != b""
            self.received[side] += len(data)


FLOWS: dict[str, Callable[[LoopbackPair], Flow]] = {
    "instant": lambda _: MemoryFlow(LinkSettings()),
    "slow": lambda _: MemoryFlow(SLOW),
    "real": LoopbackFlow,
}


@pytest.mark.parametrize("kind", FLOWS)
def test_who_is_not_read_has_to_wait_and_goes_on_when_they_are(kind: str) -> None:
    with contextlib.closing(LoopbackPair()) as pair:
        flood_and_drain(Floods(FLOWS[kind](pair)))


def flood_and_drain(floods: Floods) -> None:
    for _ in range(3):
        before = floods.sent.copy()
        for side in (0, 1, 0, 1):  # what one sends may tell the other that there is room again
            floods.flood(side)
        assert all(now > then for now, then in zip(floods.sent, before, strict=True))
        for side in (1, 0):
            floods.drain(side)
    floods.flood(0)
    floods.flow.shut(0)
    floods.flood(1)
    for side in (1, 0):
        floods.drain(side)
    assert floods.flow.receive(1) == b""
