"""Those who come to do harm: they cost a bounded amount, and the others notice nothing."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio
import trio.testing

from trio_chat.core.costs import cost
from trio_chat.core.settings import Limits
from trio_chat.net.connection import ITEM_LINES
from trio_chat.testing import User, VirtualChat
from trio_chat.wire.lines import CLIENT_LINE
from trio_chat.wire.message import read_line

from .web import Browser

LIMITS = Limits()
STRANGER = "198.51.100.7"
"""An address that is not exempt."""

MASK = b"\0\0\0\0"
FIN, TEXT, CONTINUATION, PING = 0x80, 0x1, 0x0, 0x9
COMPRESSED = 0x40  # RSV1 (RFC 7692 section 6)


def frame(first: int, payload: bytes = b"", size: int | None = None) -> bytes:
    """A frame as a client sends it; `size` is what it says of its length."""
    size = len(payload) if size is None else size
    match size:
        case _ if size < 126:
            head = struct.pack("!BB", first, 0x80 | size)
        case _ if size < 65536:
            head = struct.pack("!BBH", first, 0xFE, size)
        case _:
            head = struct.pack("!BBQ", first, 0xFF, size)
    return head + MASK + payload


async def assert_served(*users: User) -> None:
    """Each of them is answered at once, whatever goes on beside."""
    begin = trio.current_time()
    for user in users:
        await user.send("PING served")
        await user.expect("PONG")
    assert trio.current_time() == begin


async def pour_until_broken(stream: trio.abc.SendStream, data: bytes) -> None:
    """Send the same every second until the other side has had enough of it."""
    with suppress(trio.BrokenResourceError), trio.fail_after(100):
        while True:
            await stream.send_all(data)
            await trio.sleep(1)


@asynccontextmanager
async def pouring(stream: trio.abc.SendStream, data: bytes) -> AsyncIterator[list[int]]:
    """Send the same again and again beside the body; how many bytes were taken."""
    taken: list[int] = []

    async def pour() -> None:
        while True:
            await stream.send_all(data)
            taken.append(len(data))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pour)
        yield taken
        nursery.cancel_scope.cancel()


class TestWebSocket:
    async def open(self, chat: VirtualChat) -> Browser:
        browser = Browser(await chat.open_stream(source=STRANGER))
        assert await browser.connect("text.ircv3.net")
        return browser

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (frame(FIN | TEXT | COMPRESSED, b"\x4b\x04\x00"), "1002"),
            (frame(FIN | TEXT, size=CLIENT_LINE + 1), "1009"),
            (frame(FIN | TEXT, size=2**40), "1009"),
            (frame(TEXT, b"x" * 4000) + frame(CONTINUATION, b"x" * 4000), "1009"),
            (frame(TEXT, b"x") + frame(CONTINUATION, b"x" * 100) * 50, "1009"),
            (frame(FIN | PING, b"x" * 126), "1002"),
            (frame(PING), "1002"),
            (frame(FIN | CONTINUATION, b"x"), "1002"),
            (b"\x81\x05hello", "1002"),
        ],
        ids=[
            "compressed, as a zip bomb would be",
            "too long by its own account",
            "a terabyte by its own account",
            "too long in pieces",
            "too long in many pieces",
            "a long ping",
            "half a ping",
            "the end of nothing",
            "not masked",
        ],
    )
    async def test_what_could_cost_much_is_refused_before_it_does(
        self, chat: VirtualChat, data: bytes, code: str
    ) -> None:
        alice = await chat.user("alice")
        browser = await self.open(chat)
        await browser.stream.send_all(data)
        while await browser.receive() is not None:
            pass
        assert browser.closed.startswith(code)
        await browser.stream.aclose()
        await assert_served(alice)

    @pytest.mark.parametrize(
        ("begin", "again"),
        [
            (b"", frame(FIN | PING)),
            (frame(TEXT), frame(CONTINUATION)),
            (b"", frame(FIN | TEXT)),
            (b"", frame(TEXT) + frame(FIN | CONTINUATION)),
        ],
        ids=["pings", "a message that does not end", "empty messages", "empty ones in pieces"],
    )
    async def test_frames_that_say_nothing_are_slowed(
        self, chat: VirtualChat, begin: bytes, again: bytes
    ) -> None:
        alice = await chat.user("alice")
        browser = await self.open(chat)
        await browser.register("eve", "#tea")
        await browser.stream.send_all(begin)
        async with pouring(browser.stream, again * 1000) as taken, trio.open_nursery() as nursery:

            @nursery.start_soon
            async def read() -> None:
                while await browser.stream.receive_some(65536):
                    pass

            await trio.sleep(10)
            so_far = sum(taken)
            await assert_served(alice)
            await trio.sleep(30)
            assert sum(taken) - so_far < 30 * 10_000
            nursery.cancel_scope.cancel()
        await browser.stream.aclose()

    @pytest.mark.parametrize(
        "endless",
        [b"x", b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000, b"GET /" + b"x" * 100_000],
        ids=["silence", "many headers", "a long address"],
    )
    async def test_a_request_without_end_is_given_up(
        self, chat: VirtualChat, endless: bytes
    ) -> None:
        alice = await chat.user("alice")
        stream = await chat.open_stream(source=STRANGER)
        if endless == b"x":
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: ")
            await pour_until_broken(stream, endless)
            assert trio.current_time() < 2 * LIMITS.registration_seconds
        else:
            await pour_until_broken(stream, endless)
        await stream.aclose()
        await assert_served(alice)


class TestStrangers:
    async def test_those_who_take_their_time_to_register_keep_nobody_out(
        self, chat: VirtualChat
    ) -> None:
        alice = await chat.user("alice")
        streams = [
            await chat.open_stream(source=f"198.51.{number // 50}.{number % 50}")
            for number in range(500)
        ]
        begin = trio.current_time()
        for second in range(25):
            for stream in streams:
                await stream.send_all(b"NICK slow"[second % 9 : second % 9 + 1])
            await trio.sleep(1)
            await assert_served(alice)
        assert chat.server.client_count == 501
        await assert_served(await chat.user("bob"))
        await trio.sleep(LIMITS.registration_seconds + 2 - (trio.current_time() - begin))
        assert chat.server.client_count == 2
        for stream in streams:
            with trio.move_on_after(1) as patience:
                heard = b"".join([bytes(data) async for data in stream])
            assert b"Registration timed out" in heard
            assert not patience.cancelled_caught
            await stream.aclose()

    async def test_who_is_one_too_many_is_told_in_plain_words_and_let_go(
        self, chat: VirtualChat
    ) -> None:
        streams = [await chat.open_stream(source=STRANGER) for _ in range(70)]
        await trio.sleep(1)
        assert chat.server.client_count == LIMITS.connections_per_address
        heard = b"".join([bytes(data) async for data in streams[-1]])
        assert heard == (
            b"ERROR :Closing link: 198.51.100.7 [Too many connections from your address]\r\n"
        )
        for stream in streams:
            await stream.aclose()
        await trio.sleep(1)
        assert chat.server.client_count == 0


class TestCrowds:
    @pytest.mark.parametrize(
        "lines",
        [
            [f"NICK {{nick}}{number}" for number in range(200)],
            [line for _ in range(100) for line in ("JOIN #tea", "PART #tea")],
            [f"JOIN #{{nick}}{number}" for number in range(200)],
            ["WHO *"] * 200,
        ],
        ids=["nicks", "joining and leaving", "rooms", "asking"],
    )
    async def test_many_who_are_too_fast_make_nobody_wait_for_long(
        self, chat: VirtualChat, lines: list[str]
    ) -> None:
        """Counted is what the hub does before it comes to somebody else's line."""
        bob = await chat.user("bob", room="#quiet")
        crowd = [await chat.user(f"eve{number}x") for number in range(30)]
        for user in crowd:
            said = [line.format(nick=user.nick) + "\r\n" for line in lines]
            await user.send_bytes("".join(said).encode())
        uses = chat.world.uses
        before = sum(uses.values())
        await assert_served(bob)
        assert sum(uses.values()) - before <= len(crowd) * 2 * ITEM_LINES
        await trio.sleep(20)
        before = sum(uses.values())
        await trio.sleep(20)
        each = min(cost(read_line(line.encode(), 4096)) for line in lines)
        most = len(crowd) * (20 * LIMITS.lines_per_second / each + ITEM_LINES)
        assert sum(uses.values()) - before <= most
        await assert_served(bob)
