"""What a server process goes through: floods, no file descriptors left, clients that are killed."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from .peers import Peer, chat_on, peer
from .processes import ServerProcess, running_server
from .waiting import Looks

pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024


# -- floods


async def ten_megabytes_without_a_newline(flood: Peer) -> None:
    for _ in range(10):
        await flood.stream.send_all(b"x" * MEGABYTE)
    await flood.send("", "PING :still here")
    await flood.wait_for("PONG .*still here")


async def a_hundred_thousand_lines(flood: Peer) -> None:
    for _ in range(100):
        await flood.stream.send_all(b"PRIVMSG #lobby :buy now\r\n" * 1_000)
    await flood.send("PING :still here")
    await flood.wait_for("PONG .*still here")


async def a_hundred_thousand_mistakes(flood: Peer) -> None:
    """Each is answered; the answers have to be read, or the server lets the flooder go."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flood.wait_for, "PONG .*still here")
        for _ in range(100):
            await flood.stream.send_all(b"NONSENSE and more\r\n" * 1_000)
        await flood.send("PING :still here")


async def answers_nobody_reads(flood: Peer) -> None:
    """The server lets go of a client that makes it talk and does not listen."""
    with pytest.raises(trio.BrokenResourceError):  # noqa: PT012
        while True:
            await flood.stream.send_all(b"LUSERS\r\n" * 1_000)


async def nothing_but_nul(flood: Peer) -> None:
    for _ in range(10):
        await flood.stream.send_all(b"\0" * MEGABYTE)
    await flood.send("", "PING :still here")
    await flood.wait_for("PONG .*still here")


async def random_bytes(flood: Peer) -> None:
    chance = random.Random(2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flood.wait_for, "PONG .*still here")
        for _ in range(100):
            await flood.stream.send_all(chance.randbytes(20_000))
        await flood.send("", "PING :still here")


@pytest.mark.parametrize(
    "flood",
    [
        ten_megabytes_without_a_newline,
        a_hundred_thousand_lines,
        a_hundred_thousand_mistakes,
        answers_nobody_reads,
        nothing_but_nul,
        random_bytes,
    ],
)
async def test_a_flood_costs_the_others_nothing(
    server: ServerProcess, flood: Callable[[Peer], Awaitable[None]]
) -> None:
    async with (
        peer(server.port, "one", "#quiet") as one,
        peer(server.port, "other", "#quiet") as other,
        peer(server.port, "flood") as flooder,
        trio.open_nursery() as nursery,
    ):
        before = _megabytes(server.process.pid)
        nursery.start_soon(chat_on, one, other)
        await flood(flooder)
        nursery.cancel_scope.cancel()
        # What was said may wait to be filed until the chat is calm: UNFILED messages of 780 bytes.
        assert _megabytes(server.process.pid) - before < 40 + 80
    async with (
        peer(server.port, "one", "#after") as one,
        peer(server.port, "other", "#after") as other,
    ):
        await chat_on(one, other, exchanges=5)
    assert "Traceback" not in server.console


async def test_many_who_say_nothing_keep_nobody_out(server: ServerProcess) -> None:
    async with peer(server.port, "one") as one:
        silent = [await trio.open_tcp_stream("127.0.0.1", server.port) for _ in range(200)]
        async with peer(server.port, "other") as other:
            await chat_on(one, other, exchanges=5)
        for stream in silent:
            await stream.aclose()


# -- file descriptors


@asynccontextmanager
async def crowd(port: int, size: int) -> AsyncIterator[list[Peer]]:
    """Connections beyond what the server may open: the kernel takes them, the server cannot."""
    peers = [Peer(await trio.open_tcp_stream("127.0.0.1", port)) for _ in range(size)]
    try:
        yield peers
    finally:
        for one in peers:
            await one.stream.aclose()


FULL = "ERROR :Closing link: server is full, try again later"
LIMITED = ("sh", "-c", 'ulimit -n 40 && exec "$@"', "sh")
"""What runs a server that may open 40 files, and lets in 20 clients."""


async def come_in_once_there_is_room(port: int, nick: str) -> None:
    """Join and leave again; whoever left before may take a moment to be gone."""
    looks = Looks()
    while await looks.again():
        try:
            async with peer(port, nick):
                return
        except (AssertionError, trio.BrokenResourceError):
            continue
    raise AssertionError(f"{nick} never came in")


@pytest.mark.parametrize("cap", [0, 1000], ids=["full", "out of descriptors"])
async def test_when_there_is_no_room_those_inside_are_served_and_the_others_told(
    tmp_path: Path, cap: int
) -> None:
    config = tmp_path / "chat.toml"
    config.write_text(f"[connection]\nmax_clients = {cap}\n")
    async with (
        running_server(tmp_path / "data", "--config", str(config), before=LIMITED) as server,
        peer(server.port, "one") as one,
        peer(server.port, "other") as other,
    ):
        async with crowd(server.port, 60) as peers:
            await server.wait_for_console("no room for another client")
            before = _cpu_seconds(server.process.pid)
            for _ in range(20):
                await chat_on(one, other, exchanges=1)
                await trio.sleep(0.1)
            # To turn away is little work: a server that spun would have used all the time there is.
            assert _cpu_seconds(server.process.pid) - before < 1.5
            assert server.console.count("no room") == 1
            assert FULL in await peers[-1].wait_end()
        await come_in_once_there_is_room(server.port, "late")
        await one.wait_for(":late!\\S+ JOIN ")
        assert await server.stop() == 0
        assert "Traceback" not in server.console


# -- those who take their time

SLOW_ONES = 500


async def test_hundreds_who_never_finish_registering_are_let_go_and_cost_little(
    tmp_path: Path,
) -> None:
    config = tmp_path / "chat.toml"
    config.write_text("[chat.limits]\nregistration_seconds = 8\n")
    async with (
        running_server(tmp_path / "data", "--config", str(config)) as server,
        peer(server.port, "one") as one,
        peer(server.port, "other") as other,
    ):
        before = _megabytes(server.process.pid)
        async with crowd(server.port, SLOW_ONES) as peers:
            for byte in b"NICK s":
                for each in peers:
                    await each.stream.send_all(bytes([byte]))
                await chat_on(one, other, exchanges=1)
            assert _megabytes(server.process.pid) - before < 40
            for each in peers:
                assert "Registration timed out" in await each.wait_end()
        async with peer(server.port, "third") as third:
            await third.send("LUSERS")
            await third.wait_for(" 255 third :I have 3 clients ")
        assert "Traceback" not in server.console


def _cpu_seconds(pid: int) -> float:
    """Processor time a process has used (man 5 proc, "/proc/pid/stat")."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        pytest.skip("needs /proc")
    fields = stat.read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    """Memory a process has in use (man 5 proc, "/proc/pid/statm")."""
    statm = Path(f"/proc/{pid}/statm")
    if not statm.exists():
        pytest.skip("needs /proc")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
