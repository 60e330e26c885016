"""The contract of every transport, server side, held by each of them alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import trio
import trio.testing

from trio_chat.net.transport import Transport

from .carriers import CARRIERS, CHUNK, PLACES, Place, Wire, fill, reset

PATIENCE = 5
"""Seconds after which a test that hangs is ended; nothing ever waits for them."""


@pytest.fixture(params=CARRIERS)
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    with trio.fail_after(PATIENCE):
        async with CARRIERS[request.param]() as wire:
            yield wire


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    with trio.fail_after(PATIENCE):
        async with PLACES[request.param]() as place:
            yield place


async def receive_all(stream: trio.abc.ReceiveStream) -> bytes:
    return b"".join([bytes(data) async for data in stream])


class TestBytesOut:
    async def test_what_is_sent_arrives_in_order(self, wire: Wire) -> None:
        assert wire.transport.send_nowait(b"one ") == 4
        assert wire.transport.send_nowait(b"two") == 3
        wire.transport.send_eof()
        assert await receive_all(wire.stream) == b"one two"

    async def test_sending_never_waits_and_takes_at_least_one_byte_or_says_so(
        self, wire: Wire
    ) -> None:
        sent = 0
        with suppress(BlockingIOError):
            while True:
                taken = wire.transport.send_nowait(b"x" * 100_000)
                assert 1 <= taken <= 100_000
                sent += taken
        wire.transport.send_eof()
        assert len(await receive_all(wire.stream)) == sent

    async def test_sending_works_again_after_the_client_has_read(self, wire: Wire) -> None:
        sent = fill(wire.transport)
        received = 0
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def read() -> None:
                nonlocal received
                while received < sent:
                    received += len(await wire.stream.receive_some(65536))

            await wire.transport.wait_writable()
            assert wire.transport.send_nowait(CHUNK) >= 1

    async def test_it_is_writable_at_once_when_it_has_room(self, wire: Wire) -> None:
        with trio.testing.assert_checkpoints():
            await wire.transport.wait_writable()

    async def test_sending_to_a_client_that_reset_raises(self, wire: Wire) -> None:
        await reset(wire.stream)
        with pytest.raises(trio.BrokenResourceError):
            await wire.transport.receive_some(100)
        with pytest.raises(BrokenPipeError):
            wire.transport.send_nowait(b"x")

    async def test_waiting_to_send_ends_when_the_client_resets(self, wire: Wire) -> None:
        fill(wire.transport)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.transport.wait_writable)
            await trio.testing.wait_all_tasks_blocked()
            await reset(wire.stream)
        with pytest.raises(ConnectionResetError):
            wire.transport.send_nowait(CHUNK)

    async def test_after_the_end_of_file_nothing_can_be_sent(self, wire: Wire) -> None:
        wire.transport.send_eof()
        with pytest.raises(BrokenPipeError):
            wire.transport.send_nowait(b"x")

    async def test_sending_the_end_of_file_to_a_client_that_is_gone_does_nothing(
        self, wire: Wire
    ) -> None:
        await reset(wire.stream)
        with pytest.raises(trio.BrokenResourceError):
            await wire.transport.receive_some(100)
        wire.transport.send_eof()
        wire.transport.send_eof()


class TestBytesIn:
    async def test_no_more_is_received_than_asked_for(self, wire: Wire) -> None:
        await wire.stream.send_all(b"abcdef")
        assert await wire.transport.receive_some(4) == b"abcd"
        assert await wire.transport.receive_some(4) == b"ef"

    async def test_the_end_of_file_comes_after_the_bytes_and_stays(self, wire: Wire) -> None:
        await wire.stream.send_all(b"last words")
        await wire.stream.send_eof()
        assert await wire.transport.receive_some(100) == b"last words"
        assert await wire.transport.receive_some(100) == b""
        assert await wire.transport.receive_some(100) == b""

    async def test_a_client_that_has_sent_its_last_can_still_be_answered(self, wire: Wire) -> None:
        await wire.stream.send_eof()
        assert await wire.transport.receive_some(100) == b""
        wire.transport.send_nowait(b"answer")
        assert await wire.stream.receive_some(100) == b"answer"

    async def test_receiving_waits_for_bytes(self, wire: Wire) -> None:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def receive() -> None:
                assert await wire.transport.receive_some(100) == b"hello"

            await trio.testing.wait_all_tasks_blocked()
            await wire.stream.send_all(b"hello")

    async def test_receiving_from_a_client_that_reset_raises(self, wire: Wire) -> None:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def receive() -> None:
                with pytest.raises(trio.BrokenResourceError):
                    await wire.transport.receive_some(100)

            await trio.testing.wait_all_tasks_blocked()
            await reset(wire.stream)

    async def test_a_client_that_is_not_read_has_to_wait(self, wire: Wire) -> None:
        sent = 0
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def flood() -> None:
                    nonlocal sent
                    while True:
                        await wire.stream.send_all(b"x" * 4096)
                        sent += 4096

                await trio.testing.wait_all_tasks_blocked(0.01)
                scope.cancel()
        assert sent > 0
        assert await wire.transport.receive_some(1) == b"x"

    async def test_receiving_can_be_cancelled_and_loses_nothing(self, wire: Wire) -> None:
        with trio.move_on_after(0) as scope:
            await wire.transport.receive_some(100)
        assert scope.cancelled_caught
        await wire.stream.send_all(b"here")
        assert await wire.transport.receive_some(100) == b"here"

    async def test_two_tasks_must_not_receive_at_once(self, wire: Wire) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.transport.receive_some, 100)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(trio.BusyResourceError):
                await wire.transport.receive_some(100)
            nursery.cancel_scope.cancel()


class TestClosing:
    async def test_the_client_reads_the_rest_and_the_end(self, wire: Wire) -> None:
        wire.transport.send_nowait(b"goodbye")
        wire.transport.close()
        assert await receive_all(wire.stream) == b"goodbye"

    async def test_bytes_of_the_client_left_unread_reset_it(self, wire: Wire) -> None:
        await wire.stream.send_all(b"unread")
        assert await wire.transport.receive_some(1) == b"u"
        wire.transport.close()
        with pytest.raises(trio.BrokenResourceError):
            await wire.stream.receive_some(100)

    async def test_it_may_be_closed_again_and_refuses_everything_else(self, wire: Wire) -> None:
        wire.transport.close()
        wire.transport.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            wire.transport.send_nowait(b"x")
        with pytest.raises(trio.ClosedResourceError):
            await wire.transport.receive_some(100)
        with pytest.raises(trio.ClosedResourceError):
            await wire.transport.wait_writable()
        wire.transport.send_eof()

    async def test_closing_wakes_whoever_waits(self, wire: Wire) -> None:
        fill(wire.transport)

        async def receive(transport: Transport) -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.receive_some(100)

        async def wait_writable(transport: Transport) -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.wait_writable()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive, wire.transport)
            nursery.start_soon(wait_writable, wire.transport)
            await trio.testing.wait_all_tasks_blocked()
            wire.transport.close()


class TestListening:
    async def test_clients_are_accepted_in_the_order_they_came(self, place: Place) -> None:
        async with place.dial() as first, place.dial() as second:
            for stream, word in ((first, b"first"), (second, b"second")):
                transport = await place.listener.accept()
                await stream.send_all(word)
                assert await transport.receive_some(100) == word
                transport.close()

    async def test_a_transport_knows_its_client(self, wire: Wire) -> None:
        assert wire.transport.peer == "127.0.0.1"

    async def test_accepting_waits_for_a_client(self, place: Place) -> None:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def accept() -> None:
                (await place.listener.accept()).close()

            await trio.testing.wait_all_tasks_blocked()
            async with place.dial() as stream:
                assert await stream.receive_some(100) == b""

    async def test_accepting_can_be_cancelled_and_loses_no_client(self, place: Place) -> None:
        with trio.move_on_after(0) as scope:
            await place.listener.accept()
        assert scope.cancelled_caught
        async with place.dial():
            (await place.listener.accept()).close()

    async def test_a_client_that_left_before_it_was_accepted_is_accepted_broken(
        self, place: Place
    ) -> None:
        async with place.dial() as stream:
            await reset(stream)
        transport = await place.listener.accept()
        with pytest.raises(trio.BrokenResourceError):
            await transport.receive_some(100)
        transport.close()

    async def test_closing_wakes_whoever_accepts(self, place: Place) -> None:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def accept() -> None:
                with pytest.raises(trio.ClosedResourceError):
                    await place.listener.accept()

            await trio.testing.wait_all_tasks_blocked()
            place.listener.close()
            place.listener.close()

    async def test_after_closing_nobody_is_accepted(self, place: Place) -> None:
        place.listener.close()
        with pytest.raises(trio.ClosedResourceError):
            await place.listener.accept()
        with pytest.raises(OSError, match=r"refused|failed"):
            async with place.dial():
                pass

    async def test_closing_turns_away_those_who_wait(self, place: Place) -> None:
        async with place.dial() as stream:
            place.listener.close()
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some(100)
