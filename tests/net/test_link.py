"""A link: lines out without waiting, kept for a client that lags, up to a bound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import trio
import trio.testing

from trio_chat.net.link import Link

from .carriers import CARRIERS, Wire, fill, reset

SENDQ = 1000


@dataclass(slots=True)
class Rig:
    """A link on a wire, with what it asked for."""

    link: Link
    wire: Wire
    ends: list[str]
    drains: list[Link]

    def put(self, *lines: bytes) -> None:
        """Do what the hub does with lines."""
        self.link.out.extend(lines)
        self.link.flush()

    async def read(self, count: int) -> bytes:
        """So many bytes, client side."""
        data = b""
        while len(data) < count:
            data += await self.wire.stream.receive_some(count - len(data))
        return data


@pytest.fixture
async def rig(virtual_time: None) -> AsyncIterator[Rig]:
    ends: list[str] = []
    drains: list[Link] = []
    async with CARRIERS["memory"]() as wire:
        link = Link(7, wire.transport, lambda: SENDQ, drains.append, ends.append)
        yield Rig(link, wire, ends, drains)


async def test_the_lines_of_a_batch_go_out_in_one_write(rig: Rig) -> None:
    rig.put(b"one\r\n", b"two\r\n")
    assert await rig.wire.stream.receive_some(100) == b"one\r\ntwo\r\n"
    assert rig.link.out == []
    assert rig.drains == []


async def test_what_the_client_does_not_take_is_kept_and_drained_in_order(rig: Rig) -> None:
    filled = fill(rig.wire.transport)
    rig.put(b"one ")
    rig.put(b"two ")
    assert rig.drains == [rig.link]
    assert rig.link.backlog == 8
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        await trio.testing.wait_all_tasks_blocked()
        rig.put(b"three")
        assert await rig.read(filled + 13) == b"x" * filled + b"one two three"
    assert rig.link.backlog == 0
    assert rig.drains == [rig.link]


async def test_of_a_write_taken_in_part_only_the_rest_is_kept(rig: Rig) -> None:
    room = 5
    filled = fill(rig.wire.transport)
    await rig.read(room)
    rig.put(b"0123456789")
    assert rig.link.backlog == 10 - room
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        assert await rig.read(filled + 5) == b"x" * (filled - room) + b"0123456789"


async def test_a_client_that_lags_again_is_drained_again(rig: Rig) -> None:
    for _ in range(2):
        filled = fill(rig.wire.transport)
        rig.put(b"kept")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(rig.link.drain)
            assert (await rig.read(filled + 4)).endswith(b"kept")
    assert rig.drains == [rig.link, rig.link]


async def test_a_drain_that_is_cancelled_loses_nothing_and_sends_nothing_twice(rig: Rig) -> None:
    filled = fill(rig.wire.transport)
    rig.put(b"one ")
    rig.put(b"two")
    with trio.move_on_after(1):
        await rig.link.drain()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        assert await rig.read(filled + 7) == b"x" * filled + b"one two"
    rig.wire.transport.send_eof()
    assert await rig.wire.stream.receive_some(1) == b""


async def test_up_to_the_sendq_lines_are_kept(rig: Rig) -> None:
    filled = fill(rig.wire.transport)
    rig.put(b"y" * (SENDQ - 1))
    rig.put(b"y")
    assert rig.link.backlog == SENDQ
    assert rig.ends == []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        assert (await rig.read(filled + SENDQ)).endswith(b"y" * SENDQ)


@pytest.mark.parametrize("sizes", [(SENDQ + 1,), (SENDQ, 1)])
async def test_beyond_the_sendq_the_client_is_let_go_and_its_memory_freed(
    rig: Rig, sizes: tuple[int, ...]
) -> None:
    filled = fill(rig.wire.transport)
    for size in sizes:
        rig.put(b"y" * size)
    assert rig.ends == ["SendQ exceeded"]
    assert rig.link.is_closed
    assert rig.link.backlog == 0
    rig.put(b"more")
    await rig.link.drain()
    rig.wire.transport.send_eof()
    assert await rig.read(filled) == b"x" * filled
    assert await rig.wire.stream.receive_some(1) == b""


async def test_a_connection_that_breaks_at_a_flush_ends(rig: Rig) -> None:
    await reset(rig.wire.stream)
    rig.put(b"hello")
    assert rig.ends == ["Connection reset"]
    assert rig.link.is_closed


async def test_a_connection_that_breaks_at_a_drain_ends(rig: Rig) -> None:
    fill(rig.wire.transport)
    rig.put(b"hello")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        await trio.testing.wait_all_tasks_blocked()
        await reset(rig.wire.stream)
    assert rig.ends == ["Connection reset"]


async def test_a_transport_closed_under_a_drain_ends_it(rig: Rig) -> None:
    fill(rig.wire.transport)
    rig.put(b"hello")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        await trio.testing.wait_all_tasks_blocked()
        rig.wire.transport.close()
    assert rig.link.is_closed


async def test_a_link_closed_under_a_drain_sends_no_more(rig: Rig) -> None:
    filled = fill(rig.wire.transport)
    rig.put(b"hello")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        await trio.testing.wait_all_tasks_blocked()
        rig.link.close()
        assert await rig.read(filled) == b"x" * filled
    rig.wire.transport.send_eof()
    assert await rig.wire.stream.receive_some(1) == b""


async def test_finishing_sends_what_is_there_and_ends_the_connection(rig: Rig) -> None:
    rig.link.out.append(b"ERROR :bye\r\n")
    rig.link.finish()
    assert await rig.wire.stream.receive_some(100) == b"ERROR :bye\r\n"
    assert rig.ends == [""]


@pytest.mark.parametrize("first", ["finish", "wait"])
async def test_waiting_for_the_finish_ends_with_it_whichever_came_first(
    rig: Rig, first: str
) -> None:
    async with trio.open_nursery() as nursery:
        if first == "finish":
            rig.link.finish()
        nursery.start_soon(rig.link.wait_finished)
        await trio.testing.wait_all_tasks_blocked()
        if first == "wait":
            assert len(nursery.child_tasks) == 1
            rig.link.finish()


async def test_after_the_end_no_drain_is_started_and_the_last_words_wait_for_one(rig: Rig) -> None:
    filled = fill(rig.wire.transport)
    rig.link.stop_draining()
    rig.put(b"goodbye")
    assert rig.drains == []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.link.drain)
        assert (await rig.read(filled + 7)).endswith(b"goodbye")
