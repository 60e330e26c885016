"""The connection in memory held to real TCP: the same script over both gives the same outcomes."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.testing.tcp import End, connect_ends

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


def act_in_memory(end: End, action: str, size: int) -> Outcome:
    match action:
        case "send":
            return outcome_of(lambda: end.send_nowait(b"x" * size))
        case "receive":
            return outcome_of(lambda: end.receive_nowait(size))
        case "shut":
            return outcome_of(end.shut)
        case "close":
            return outcome_of(end.close)
        case _:
            return outcome_of(end.reset)


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

    def act(self, side: int, action: str, size: int) -> Outcome:
        end = self.ends[side]
        match action:
            case "send":
                return outcome_of(lambda: end.send(b"x" * size))
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


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTIONS, min_size=1, max_size=12))
def test_a_script_has_the_same_outcome_in_memory_and_over_loopback(script: list[Action]) -> None:
    model = connect_ends()
    real = LoopbackPair()
    try:
        for step, (side, action, size) in enumerate(script):
            end = model[side]
            if action == "receive" and end.is_readable():
                real.await_news(side, select.POLLIN)
            expected = act_in_memory(end, action, size)
            if isinstance(expected, tuple) and action != "receive" and not end.is_shut:
                real.await_news(side, 0)  # what is always reported: a hang-up, an error
            assert real.act(side, action, size) == expected, f"step {step}: {action}"
    finally:
        real.close()
