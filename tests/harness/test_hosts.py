"""Hosts and what is between them, as the programs on them see it."""

from __future__ import annotations

import errno
import os
from random import Random

import pytest
import trio
import trio.testing

from trio_chat.testing import LinkSettings, MemoryListener, Network
from trio_chat.testing.listeners import MemoryTransport
from trio_chat.testing.network import SYN_WAITS

from .timers import ClockTimers, clock_timers

pytestmark = pytest.mark.usefixtures("virtual_time")

SLOW = LinkSettings(latency=0.05, quantum=0.01)


def make_network(timers: ClockTimers, settings: LinkSettings = SLOW) -> Network:
    network = Network(timers=timers, random=Random(1))
    network.defaults = settings
    return network


async def connect(network: Network) -> tuple[trio.SocketStream, MemoryTransport, MemoryListener]:
    """A connection of the host `laptop` to the host `server`."""
    listener = network.listen("server", 6667)
    with network.at("laptop"):
        stream = await network.open_stream("server", 6667)
    return stream, await listener.accept(), listener


class TestPlaces:
    async def test_a_host_has_an_address_and_its_name_leads_there(self) -> None:
        network = Network()
        addresses = {network.host(name).address for name in ("server", "laptop", "phone")}
        assert len(addresses) == 3
        assert network.hosts["server"] == network.host("server").address
        assert network.host("localhost").address == "127.0.0.1"

    async def test_what_is_opened_somewhere_comes_from_there(self) -> None:
        network = Network()
        listener = network.listen("server", 6667)
        with network.in_use(), network.at("laptop") as laptop:
            async with await trio.open_tcp_stream("server", 6667) as stream:
                assert (await listener.accept()).peer == laptop.address
                assert stream.socket.getsockname()[0] == laptop.address
                (connection,) = network.connections()
        assert (connection.client, connection.server) == (laptop, network.host("server"))

    async def test_what_is_started_somewhere_stays_there(self) -> None:
        network = Network()
        places = []

        async def program() -> None:
            await trio.lowlevel.checkpoint()
            places.append(network.here.name)

        async with trio.open_nursery() as nursery:
            for name in ("laptop", "phone"):
                with network.at(name):
                    nursery.start_soon(program)
            nursery.start_soon(program)
        assert sorted(places) == ["laptop", "localhost", "phone"]

    async def test_who_listens_on_loopback_does_so_where_they_are(self) -> None:
        network = Network()
        with network.at("server") as server:
            listener = network.listen("127.0.0.1", 6667)
        assert listener.owner is server
        assert network.listeners("server") == [listener]
        assert network.listeners("laptop") == []

    async def test_a_program_that_serves_is_reached_at_its_host(self) -> None:
        network = Network()

        async def greet(stream: trio.SocketStream) -> None:
            await stream.send_all(b"hello " + stream.socket.getpeername()[0].encode())

        async with trio.open_nursery() as nursery:
            with network.in_use():
                with network.at("bot"):
                    listeners = await nursery.start(trio.serve_tcp, greet, 8080)
                assert listeners[0].socket.getsockname() == (network.hosts["bot"], 8080)
                with network.at("laptop") as laptop:
                    async with await trio.open_tcp_stream("bot", 8080) as stream:
                        said = await stream.receive_some(100)
                        assert said == b"hello " + laptop.address.encode()
                nursery.cancel_scope.cancel()
        assert network.listeners() == []

    async def test_defaults_are_those_of_links_without_their_own(self) -> None:
        async with clock_timers() as timers:
            network = Network(timers=timers)
            network.link("a", "b").settings = LinkSettings(bandwidth=100)
            before = network.link("a", "c")
            network.defaults = SLOW
            assert before.settings == network.link("b", "c").settings == SLOW
            assert network.link("b", "a").settings == LinkSettings(bandwidth=100)

    async def test_without_timers_nothing_can_take_time(self) -> None:
        network = Network()
        network.link("a", "b")
        with pytest.raises(ValueError, match="without timers"):
            network.defaults = SLOW
        with pytest.raises(ValueError, match="without timers"):
            network.link("a", "b").settings = SLOW


class TestConnecting:
    async def test_it_takes_a_way_there_and_one_back(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers, LinkSettings(quantum=0.1))
            await connect(network)
            assert timers.now() == pytest.approx(0.3)  # accepted when the third segment is there

    async def test_a_refusal_takes_as_long(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers, LinkSettings(quantum=0.1))
            with pytest.raises(ConnectionRefusedError):
                await network.open_stream("server", 6667)
            assert timers.now() == pytest.approx(0.2)

    async def test_in_a_partition_it_times_out(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            network.cut("laptop", "server")
            with pytest.raises(TimeoutError):
                await connect(network)
            assert timers.now() == sum(SYN_WAITS) == 131

    async def test_without_timers_it_times_out_as_well(self) -> None:
        network = Network()
        network.cut("laptop", "server")
        start = trio.current_time()
        with pytest.raises(TimeoutError):
            await connect(network)
        assert trio.current_time() - start == 131

    async def test_it_succeeds_at_the_next_attempt_after_a_partition(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            network.cut("laptop", "server")
            timers.call_later(9, network.heal, "laptop", "server")
            await connect(network)
            assert 11 < timers.now() < 12

    async def test_who_closes_while_it_connects_is_not_connected(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            listener = network.listen("server", 6667)
            with network.in_use():
                sock = trio.socket.socket()
            timers.call_later(0.001, sock.close)
            with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
                await sock.connect((network.hosts["server"], 6667))
            assert await (await listener.accept()).receive_some(100) == b""

    async def test_who_gives_up_connecting_leaves_nothing_behind(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers, LinkSettings(quantum=0.1))
            network.listen("server", 6667)
            with trio.move_on_after(0.15):
                await network.open_stream("server", 6667)
            await trio.sleep(1)
            assert network.connections() == []

    async def test_a_listener_that_closes_meanwhile_resets(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers, LinkSettings(quantum=0.1))
            listener = network.listen("server", 6667)
            timers.call_later(0.25, listener.close)
            stream = await network.open_stream("server", 6667)
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)


class TestConnections:
    async def test_those_of_a_host_are_listed_oldest_first(self) -> None:
        network = Network()
        network.listen("server", 6667)
        streams = []
        for name in ("laptop", "phone", "laptop"):
            with network.at(name):
                streams.append(await network.open_stream("server", 6667))
        assert [each.client.name for each in network.connections()] == ["laptop", "phone", "laptop"]
        assert len(network.connections("laptop")) == 2
        assert len(network.connections("server")) == 3
        await streams[0].aclose()
        assert [each.client.name for each in network.connections()] == ["phone", "laptop"]

    async def test_many_that_have_ended_are_not_kept(self) -> None:
        network = Network()
        listener = network.listen("server", 6667)
        for _ in range(300):
            async with await network.open_stream("server", 6667):
                (await listener.accept()).close()
        assert len(network._connections) < 150

    async def test_a_reset_from_the_middle_is_heard_by_both(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, transport, _ = await connect(network)
            network.connections()[0].reset()
            assert network.connections() == []
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)
            with pytest.raises(trio.BrokenResourceError):
                await transport.receive_some(100)

    async def test_what_breaks_before_the_handshake_is_over_never_comes_to_the_server(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            network.listen("server", 6667)
            with network.at("laptop"):
                stream = await network.open_stream("server", 6667)
            network.connections()[0].reset()
            await stream.aclose()
            await trio.sleep(1)
            assert network.half_closed == 0

    async def test_a_reset_heard_by_one_side_reaches_the_other_when_it_sends(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, transport, _ = await connect(network)
            network.connections()[0].reset(heard_by="server")
            with pytest.raises(trio.BrokenResourceError):
                await transport.receive_some(100)
            with trio.move_on_after(3600) as waiting:
                await stream.receive_some(100)
            assert waiting.cancelled_caught
            await stream.send_all(b"anybody there?")
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)

    async def test_half_open_is_silence_until_one_gives_up(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, transport, _ = await connect(network)
            network.connections()[0].half_open()
            await stream.send_all(b"anybody there?")
            with trio.move_on_after(900) as waiting:
                await transport.receive_some(100)
            assert waiting.cancelled_caught
            with trio.move_on_after(60), pytest.raises(trio.BrokenResourceError, match="timed out"):
                await stream.receive_some(100)
            with trio.move_on_after(3600) as waiting:
                await transport.receive_some(100)
            assert waiting.cancelled_caught


class TestFailures:
    async def test_when_a_process_dies_its_kernel_says_so(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, transport, listener = await connect(network)
            transport.send_nowait(b"last words")
            network.host("server").die()
            assert await stream.receive_some(100) == b"last words"
            assert await stream.receive_some(100) == b""
            with pytest.raises(trio.ClosedResourceError):
                await transport.receive_some(100)
            with pytest.raises(trio.ClosedResourceError):
                await listener.accept()
            with network.at("laptop"), pytest.raises(ConnectionRefusedError):
                await network.open_stream("server", 6667)

    async def test_when_it_dies_with_something_unread_it_resets(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, _, _ = await connect(network)
            await stream.send_all(b"unread")
            await trio.sleep(2)
            network.host("server").die()
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)

    async def test_who_was_about_to_be_accepted_is_reset(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers, LinkSettings(quantum=0.1))
            network.listen("server", 6667)
            waiting = await network.open_stream("server", 6667)
            await trio.sleep(1)
            arriving = await network.open_stream("server", 6667)
            network.host("server").die()
            for stream in (waiting, arriving):
                with pytest.raises(trio.BrokenResourceError):
                    await stream.receive_some(100)

    async def test_power_loss_is_silence(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, transport, _ = await connect(network)
            network.host("server").lose_power()
            with pytest.raises(trio.ClosedResourceError):
                await transport.receive_some(100)
            await stream.send_all(b"anybody there?")
            with trio.move_on_after(900) as waiting:
                await stream.receive_some(100)
            assert waiting.cancelled_caught
            with network.at("laptop"), pytest.raises(TimeoutError):
                await network.open_stream("server", 6667)

    async def test_after_power_on_old_connections_are_reset_when_they_say_something(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, _, _ = await connect(network)
            server = network.host("server")
            server.lose_power()
            await trio.sleep(5)
            server.power_on()
            with trio.move_on_after(3600) as waiting:
                await stream.receive_some(100)
            assert waiting.cancelled_caught
            await stream.send_all(b"anybody there?")
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)
            await connect(network)

    async def test_what_was_said_meanwhile_is_answered_by_a_reset_after_power_on(self) -> None:
        async with clock_timers() as timers:
            network = make_network(timers)
            stream, _, _ = await connect(network)
            server = network.host("server")
            server.lose_power()
            await stream.send_all(b"anybody there?")
            await trio.sleep(5)
            server.power_on()
            with trio.fail_after(5), pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)
