"""Errands: questions answered outside the hub, and what their clients may do meanwhile."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from trio_chat.config import Config, Listen, Source
from trio_chat.core.history import FindKept, SearchHistory
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import CheckPassword, ReadSettings
from trio_chat.core.settings import Settings
from trio_chat.core.state import World
from trio_chat.net.connection import ITEM_LINES, ConnectionLimits, serve_client
from trio_chat.net.errands import READERS, THREADS, WAITING_ERRANDS, WRITTEN_SECONDS, Errands
from trio_chat.net.hub import Hub
from trio_chat.passwords import check_password, hash_password
from trio_chat.server import Server, serve

from .carriers import in_memory

CHEAP = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$QQCd8VPOryZiCF3MtwQnPTK7odKCaPcXJGplgNEuj1A"
"""The hash of `secret`, with as little work as argon2 can do."""


# -- errands


async def test_an_errand_is_run_by_the_answerer_of_its_question() -> None:
    errands = Errands({CheckPassword: lambda question: question.password == "x"})
    assert await errands.answer(CheckPassword("x", "")) is True
    assert await errands.answer(CheckPassword("y", "")) is False


async def test_a_failed_errand_is_logged_and_has_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(question: CheckPassword) -> bool:
        raise ValueError("no")

    for errands in (Errands({CheckPassword: fail}), Errands({})):
        caplog.clear()
        assert await errands.answer(CheckPassword("x", "")) is None
        assert "nobody could answer a CheckPassword" in caplog.text


@pytest.mark.parametrize(
    "fault", [sqlite3.OperationalError("disk I/O error"), OSError("No space left on device")]
)
async def test_what_a_disk_fails_is_one_line_of_the_log(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(question: CheckPassword) -> bool:
        raise fault

    assert await Errands({CheckPassword: fail}).answer(CheckPassword("x", "")) is None
    (record,) = caplog.records
    assert record.getMessage() == f"nobody could answer a CheckPassword: {fault}"
    assert record.exc_info is None


async def test_few_errands_are_run_at_once() -> None:
    errands: Errands
    running = 0
    most = 0
    lock = threading.Lock()
    go_on = threading.Semaphore(0)
    started = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def count(question: CheckPassword) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == THREADS:
                token.run_sync_soon(started.set)
        go_on.acquire()
        with lock:
            running -= 1
        return True

    errands = Errands({CheckPassword: count})
    async with trio.open_nursery() as nursery:
        for _ in range(THREADS + 3):
            nursery.start_soon(errands.answer, CheckPassword("x", ""))
        await started.wait()
        go_on.release(THREADS + 3)
    assert most == THREADS


class Halted:
    """An answerer that waits until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(0)

    def __call__(self, question: object) -> bool:
        self.go_on.acquire()
        return True


async def test_who_would_wait_behind_too_many_is_told_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    halted = Halted()
    errands = Errands({CheckPassword: halted}, threads=1)
    async with trio.open_nursery() as nursery:
        for _ in range(1 + WAITING_ERRANDS):
            nursery.start_soon(errands.answer, CheckPassword("x", ""))
        await trio.testing.wait_all_tasks_blocked()
        assert await errands.answer(CheckPassword("x", "")) is None
        assert (errands.refused, caplog.text) == (1, "")
        halted.go_on.release(1 + WAITING_ERRANDS)
    halted.go_on.release()
    assert await errands.answer(CheckPassword("x", "")) is True


async def test_what_waits_for_another_machine_keeps_nobody_else_waiting() -> None:
    halted = Halted()
    errands = Errands(
        {ReadSettings: halted, CheckPassword: lambda question: True},
        threads=1,
        waiting={ReadSettings},
    )
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(errands.answer, ReadSettings())
        await trio.testing.wait_all_tasks_blocked()
        assert await errands.answer(CheckPassword("x", "")) is True
        halted.go_on.release(3)


async def test_those_who_search_keep_nobody_waiting_who_reads_the_latest_or_logs_in() -> None:
    halted = Halted()
    errands = Errands(
        {CheckPassword: lambda question: True},
        reading={SearchHistory: halted, FindKept: lambda question: True},
    )
    async with trio.open_nursery() as nursery:
        for _ in range(READERS + 1):
            nursery.start_soon(errands.answer, SearchHistory(("#tea",), "", 10))
        await trio.testing.wait_all_tasks_blocked()
        assert await errands.answer(FindKept("#tea", "1-1")) is True
        assert await errands.answer(CheckPassword("x", "")) is True
        halted.go_on.release(READERS + 1)


async def test_who_reads_history_waits_for_what_is_being_written() -> None:
    order: list[str] = []

    async def wait_written() -> None:
        await trio.lowlevel.checkpoint()
        order.append("written")

    errands = Errands(
        {CheckPassword: lambda question: order.append("checked")},
        reading={FindKept: lambda question: order.append("read")},
        wait_written=wait_written,
    )
    await errands.answer(CheckPassword("x", ""))
    await errands.answer(FindKept("#tea", "1-1"))
    assert order == ["checked", "written", "read"]


async def test_who_reads_history_does_not_wait_for_ever_for_a_disk_that_hangs(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    errands = Errands(
        {}, reading={FindKept: lambda question: True}, wait_written=trio.sleep_forever
    )
    start = trio.current_time()
    assert await errands.answer(FindKept("#tea", "1-1")) is None
    assert trio.current_time() == start + WRITTEN_SECONDS
    assert caplog.text == ""


# -- passwords


def test_a_password_fits_its_hash_alone() -> None:
    assert check_password(CheckPassword("secret", CHEAP))
    assert not check_password(CheckPassword("Secret", CHEAP))


@pytest.mark.slow
def test_a_hash_is_made_for_the_configuration_and_never_twice() -> None:
    first, second = hash_password("sécret"), hash_password("sécret")
    assert first != second
    assert Operator("root", first).password == first
    assert check_password(CheckPassword("sécret", first))


# -- a whole server


@dataclass(slots=True)
class Peer:
    """A raw connection to the server under test."""

    stream: trio.SocketStream
    unread: bytes = b""

    async def say(self, *lines: str) -> None:
        await self.stream.send_all("".join(f"{line}\r\n" for line in lines).encode())

    async def hear(self, *words: str) -> str:
        """Wait for a line with all these words in it."""
        while True:
            line, end, rest = self.unread.partition(b"\r\n")
            if end:
                self.unread = rest
                if all(word in line.decode() for word in words):
                    return line.decode()
                continue
            data = await self.stream.receive_some()
            assert data, f"the server closed before {words}"
            self.unread += data


@dataclass(slots=True)
class Place:
    server: Server
    file: Path
    peers: AsyncExitStack

    async def enter(self, nick: str) -> Peer:
        host, _, port = self.server.addresses[0].rpartition(":")
        stream = await trio.open_tcp_stream(host, int(port))
        peer = Peer(await self.peers.enter_async_context(stream))
        await peer.say(f"NICK {nick}", f"USER {nick} 0 * :x")
        await peer.hear(" 422 ")
        return peer


def write(path: Path, text: str = "") -> None:
    path.write_text(
        f"""
        [[listen]]
        port = 0
        [[operators]]
        name = "root"
        password = "{CHEAP}"
        {text}
        """
    )


@asynccontextmanager
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    path = tmp_path / "chat.toml"
    write(path)
    source = Source(path)

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            server: Server = await nursery.start(partial(serve, source.load(), source=source))
            async with AsyncExitStack() as peers:
                yield Place(server, path, peers)
            server.stop()


async def test_an_operator_is_made_by_the_right_password_alone(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        alice = await here.enter("alice")
        await alice.say("OPER root wrong", "OPER root secret", "PING late")
        await alice.hear(" 464 ")
        await alice.hear(" 381 ")
        await alice.hear("PONG", "late")


async def test_little_waits_behind_a_question() -> None:
    # What waits is obeyed in one go, and the others wait for all of it.
    is_known = trio.Event()

    class SlowErrands(Errands):
        async def answer(self, question: object) -> object:
            await is_known.wait()
            return False

    world = World(Settings(operators=(Operator("root", CHEAP),)), "boot", 0.0)
    hub = Hub(world, errands=SlowErrands({}))
    async with in_memory() as here, trio.open_nursery() as nursery:
        nursery.start_soon(hub.run)
        async with here.dial() as stream:
            transport = await here.listener.accept()
            nursery.start_soon(serve_client, transport, hub, ConnectionLimits())
            lines = b"NICK alice\nUSER a 0 * a\nOPER root x\n" + b"PING x\n" * 1000
            await stream.send_all(lines)
            await trio.testing.wait_all_tasks_blocked()
            (session,) = world.sessions.values()
            assert session.asked is not None
            assert len(session.asked.waiting) <= 2 * ITEM_LINES
            is_known.set()
            await trio.testing.wait_all_tasks_blocked()
            await stream.send_eof()
            heard = b"".join([bytes(data) async for data in stream])
            assert heard.count(b" PONG ") == 1000
            nursery.cancel_scope.cancel()


async def test_a_client_may_leave_while_it_is_asked_for(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        bob = await here.enter("bob")
        await bob.say("JOIN #tea")
        for _ in range(3):
            alice = await here.enter("alice")
            await alice.say("JOIN #tea", "OPER root secret")
            await alice.stream.aclose()
            await bob.hear(":alice!", "QUIT")
        assert here.server.crashes == 0


async def test_a_rehash_makes_the_file_true(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        alice = await here.enter("alice")
        await alice.say("OPER root secret")
        await alice.hear(" 381 ")
        write(here.file, "[chat]\nnetwork = 'Tea'\nserver_name = 'tea.example'")
        await alice.say("REHASH")
        await alice.hear(" 382 alice chat.toml ")
        await alice.hear(" 005 alice NETWORK=Tea ")
        await alice.hear("NOTICE alice :a change of chat.server_name takes a restart")
        write(here.file, "[chat]\nnetwork = 'two words'")
        await alice.say("REHASH")
        assert ":8: chat.network must be one word" in await alice.hear(" 400 alice REHASH ")
        await alice.say("VERSION")
        await alice.hear("NETWORK=Tea")


async def test_a_rehash_from_outside_is_told_to_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with place(tmp_path) as here:
        alice = await here.enter("alice")
        write(here.file, "[connection]\nsendq = 20000\n[chat]\nnetwork = 'Tea'")
        await here.server.rehash()
        await alice.hear(" 005 alice NETWORK=Tea ")
        assert here.server.config.connection.sendq == 20000
        write(here.file, "nonsense")
        await here.server.rehash()
        await alice.say("PING x")
        await alice.hear("PONG")
        assert "the configuration is as before" in caplog.text
        write(here.file, f"deep = {'[' * 10_000}")
        await here.server.rehash()  # more than the parser of TOML can take
        await alice.say("PING y")
        await alice.hear("PONG", "y")
        assert here.server.config.connection.sendq == 20000


async def test_a_server_without_a_file_has_nothing_to_read_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    config = Config(listen=(Listen(port=0),))
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(partial(serve, config))
        await server.rehash()
        server.stop()
    assert "without a configuration file" in caplog.text
    await server.rehash()  # it has stopped: nothing happens


@pytest.mark.parametrize(("line", "restarts"), [("DIE", False), ("RESTART", True)])
async def test_an_operator_stops_the_server(tmp_path: Path, line: str, restarts: bool) -> None:
    async with place(tmp_path) as here:
        alice, bob = await here.enter("alice"), await here.enter("bob")
        await alice.say("OPER root secret", line)
        await bob.hear("ERROR", "by alice")
        await here.server.wait_stopped()
        assert here.server.is_to_restart == restarts
