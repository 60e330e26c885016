"""The network in memory, as the programs on it see it."""

from __future__ import annotations

import errno
import operator
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trio
import trio.testing

from trio_chat.net.transport import Transport
from trio_chat.testing import MemoryListener, Network

HOST = "127.0.0.1"


class TransportStream(trio.abc.HalfCloseableStream):
    """A server's transport as a stream of trio's, so that trio's own contract can be put to it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._is_sending = False
        self._is_closed = False
        self._has_sent_eof = False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._is_sending:
            raise trio.BusyResourceError
        if self._is_closed:
            raise trio.ClosedResourceError
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        with self._alone():
            if self._has_sent_eof:
                raise trio.ClosedResourceError
            await trio.lowlevel.checkpoint()
            rest = bytes(data)
            while rest:
                try:
                    rest = rest[self._transport.send_nowait(rest) :]
                except BlockingIOError:
                    await self._transport.wait_writable()
                except OSError as error:
                    raise trio.BrokenResourceError from error

    async def wait_send_all_might_not_block(self) -> None:
        with self._alone():
            await self._transport.wait_writable()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        size = 65536 if max_bytes is None else operator.index(max_bytes)
        if size < 1:
            raise ValueError("max_bytes must be >= 1")
        return await self._transport.receive_some(size)

    async def send_eof(self) -> None:
        with self._alone():
            await trio.lowlevel.checkpoint()
            self._has_sent_eof = True
            self._transport.send_eof()

    async def aclose(self) -> None:
        self._is_closed = True
        self._transport.close()
        await trio.lowlevel.checkpoint()


async def make_streams() -> tuple[TransportStream, trio.SocketStream]:
    network = Network()
    listener = network.listen(HOST, 8080)
    stream = await network.open_stream(HOST, 8080)
    transport = await listener.accept()
    listener.close()
    return TransportStream(transport), stream


async def make_clogged_streams() -> tuple[TransportStream, trio.SocketStream]:
    server, client = await make_streams()
    for each in (server, client):
        with trio.move_on_after(0.01):
            while True:
                await each.send_all(b"x" * 8192)
    return server, client


async def test_both_sides_keep_the_contract_that_trio_has_for_streams(
    autojump_clock: trio.testing.MockClock,
) -> None:
    await trio.testing.check_half_closeable_stream(make_streams, make_clogged_streams)


class TestPrograms:
    async def accept_and_greet(self, listener: MemoryListener) -> None:
        transport = await listener.accept()
        transport.send_nowait(f"hello {transport.peer}".encode())
        transport.close()

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "irc.example.net"])
    async def test_open_tcp_stream_leads_to_the_network_in_use(self, host: str) -> None:
        network = Network()
        network.hosts["irc.example.net"] = HOST
        with network.in_use():
            listener = network.listen(HOST, 6667)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.accept_and_greet, listener)
                async with await trio.open_tcp_stream(host, 6667) as stream:
                    assert await stream.receive_some(100) == b"hello 127.0.0.1"
                    assert stream.socket.getpeername() == (HOST, 6667)
                    assert stream.socket.getsockname()[0] == HOST

    async def test_ipv6_addresses_work_as_well(self) -> None:
        network = Network()
        with network.in_use():
            listener = network.listen("::1", 6667)
            assert listener.address == "[::1]:6667"
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.accept_and_greet, listener)
                async with await trio.open_tcp_stream("::1", 6667) as stream:
                    assert await stream.receive_some(100) == b"hello ::1"

    async def test_nobody_there_is_a_refused_connection(self) -> None:
        network = Network()
        with network.in_use(), pytest.raises(OSError, match="all attempts to connect"):
            await trio.open_tcp_stream(HOST, 6667)
        with pytest.raises(ConnectionRefusedError):
            await network.open_stream(HOST, 6667)

    async def test_an_unknown_name_is_not_looked_up_outside(self) -> None:
        with Network().in_use(), pytest.raises(socket.gaierror, match=r"irc\.example\.net"):
            await trio.open_tcp_stream("irc.example.net", 6667)

    async def test_sockets_of_other_kinds_stay_real(self) -> None:
        with Network().in_use(), trio.socket.socket(type=socket.SOCK_DGRAM) as sock:
            await sock.bind((HOST, 0))
            assert sock.getsockname()[1] > 0

    async def test_afterwards_the_real_network_is_there_again(self) -> None:
        with Network().in_use():
            pass
        with trio.socket.socket() as sock:
            await sock.bind((HOST, 0))
            assert sock.getsockname()[1] > 0


class TestAddresses:
    async def test_an_address_is_its_own_name(self) -> None:
        with Network().in_use():
            assert await trio.socket.getnameinfo((HOST, 80), 0) == (HOST, "80")

    async def test_a_socket_says_what_kind_it_is(self) -> None:
        with Network().in_use(), trio.socket.socket(socket.AF_INET6) as sock:
            kind = (sock.family, sock.type, sock.proto)
            assert kind == (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP)

    async def test_an_address_can_be_listened_on_once_at_a_time(self) -> None:
        network = Network()
        listener = network.listen(HOST, 8080)
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            network.listen(HOST, 8080)
        listener.close()
        network.listen(HOST, 8080)

    async def test_port_0_picks_one(self) -> None:
        network = Network()
        addresses = {network.listen(HOST, 0).address for _ in range(3)}
        assert len(addresses) == 3

    async def test_a_client_comes_from_where_it_says(self) -> None:
        network = Network()
        listener = network.listen(HOST, 8080)
        async with await network.open_stream(HOST, 8080, source="192.0.2.7"):
            assert (await listener.accept()).peer == "192.0.2.7"

    async def test_an_error_planted_in_a_listener_costs_no_client(self) -> None:
        network = Network()
        listener = network.listen(HOST, 8080)
        listener.accept_errors.append(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
        async with await network.open_stream(HOST, 8080):
            with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
                await listener.accept()
            await listener.accept()


class TestSockets:
    async def test_a_socket_that_was_not_connected_says_so(self) -> None:
        with Network().in_use(), trio.socket.socket() as sock:
            with pytest.raises(OSError, match=os.strerror(errno.ENOTCONN)):
                sock.getpeername()
            with pytest.raises(OSError, match=os.strerror(errno.ENOTCONN)):
                await sock.recv(1)
        with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
            await sock.connect((HOST, 1))

    async def test_a_socket_connects_once(self) -> None:
        network = Network()
        network.listen(HOST, 8080)
        with network.in_use(), trio.socket.socket() as sock:
            await sock.connect((HOST, 8080))
            with pytest.raises(OSError, match=os.strerror(errno.EISCONN)):
                await sock.connect((HOST, 8080))

    async def test_shutting_down_the_reading_is_not_noticed_by_the_peer(self) -> None:
        server, client = await make_streams()
        client.socket.shutdown(socket.SHUT_RD)
        await client.send_all(b"still here")
        assert await server.receive_some() == b"still here"

    async def test_half_closed_counts_what_the_server_has_yet_to_close(self) -> None:
        network = Network()
        listener = network.listen(HOST, 8080)
        one = await network.open_stream(HOST, 8080)
        await network.open_stream(HOST, 8080)
        transport = await listener.accept()
        assert network.half_closed == 0
        await one.aclose()
        assert network.half_closed == 1
        transport.close()
        assert network.half_closed == 0
        network.reset_clients()
        assert network.half_closed == 1
        listener.close()
        assert network.half_closed == 0
