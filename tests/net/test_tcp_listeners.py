"""Listening on TCP: addresses, ports, and what can go wrong with a newcomer."""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from typing import Any

import pytest
import trio

from trio_chat.net.transport import TcpListener, open_tcp_listeners


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


async def test_port_0_picks_a_free_port_and_shows_it() -> None:
    (listener,) = await open_tcp_listeners("127.0.0.1", 0)
    host, _, port = listener.address.rpartition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    listener.close()


@needs_ipv6
async def test_an_ipv6_address_is_shown_in_brackets_and_reached() -> None:
    (listener,) = await open_tcp_listeners("::1", 0)
    host, _, port = listener.address.rpartition(":")
    assert host == "[::1]"
    async with await trio.open_tcp_stream("::1", int(port)):
        transport = await listener.accept()
        assert transport.peer == "::1"
        transport.close()
    listener.close()


@needs_ipv6
async def test_every_address_of_a_name_is_listened_on_with_the_same_port() -> None:
    listeners = await open_tcp_listeners("", 0)
    addresses = {listener.address for listener in listeners}
    ports = {address.rpartition(":")[2] for address in addresses}
    assert len(addresses) == 2
    assert len(ports) == 1
    for listener in listeners:
        listener.close()


async def test_a_port_in_use_is_an_error_and_leaves_nothing_open() -> None:
    (listener,) = await open_tcp_listeners("127.0.0.1", 0)
    port = int(listener.address.rpartition(":")[2])
    with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
        await open_tcp_listeners("127.0.0.1", port)
    listener.close()


async def test_a_port_can_be_listened_on_again_at_once() -> None:
    (listener,) = await open_tcp_listeners("127.0.0.1", 0)
    port = int(listener.address.rpartition(":")[2])
    async with await trio.open_tcp_stream("127.0.0.1", port):
        (await listener.accept()).close()  # the side that closes first keeps the port in TIME_WAIT
    listener.close()
    (again,) = await open_tcp_listeners("127.0.0.1", port)
    again.close()


async def test_lines_are_not_held_back_to_be_sent_together() -> None:
    (listener,) = await open_tcp_listeners("127.0.0.1", 0)
    port = int(listener.address.rpartition(":")[2])
    async with await trio.open_tcp_stream("127.0.0.1", port):
        transport = await listener.accept()
        assert transport._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        transport.close()
    listener.close()


class TroubledSocket(socket.socket):
    """A listening socket on which things happen to those who wait to be accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.bind(("127.0.0.1", 0))
        self.listen()
        self.setblocking(False)
        self.troubles: deque[OSError | socket.socket] = deque()

    def accept(self) -> tuple[socket.socket, Any]:
        if self.troubles:
            trouble = self.troubles.popleft()
            if isinstance(trouble, OSError):
                raise trouble
            return trouble, ("127.0.0.1", 1)
        return super().accept()


async def test_what_became_of_one_newcomer_does_not_keep_out_the_next() -> None:
    sock = TroubledSocket()
    gone = socket.socket()
    gone.close()
    sock.troubles += [
        OSError(errno.ECONNABORTED, os.strerror(errno.ECONNABORTED)),
        OSError(errno.EPROTO, os.strerror(errno.EPROTO)),
        gone,
    ]
    listener = TcpListener(sock)
    async with await trio.open_tcp_stream(*sock.getsockname()) as stream:
        transport = await listener.accept()
        await stream.send_all(b"hello")
        assert await transport.receive_some(100) == b"hello"
        transport.close()
    listener.close()


async def test_want_of_descriptors_is_told() -> None:
    sock = TroubledSocket()
    sock.troubles.append(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    listener = TcpListener(sock)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        await listener.accept()
    listener.close()
