"""Where a server listens changes while it runs: by REHASH, whole or not at all."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.net.secure import certificate
from trio_chat import doors
from trio_chat.config import Config, Listen, Source
from trio_chat.net.transport import Found, TcpListener, listen_on
from trio_chat.server import Server, serve
from trio_chat.testing import Network, User


@dataclass(slots=True)
class House:
    """A server whose configuration file is rewritten and read again."""

    server: Server
    file: Path
    guests: trio.Nursery
    came_true: list[Config] = field(default_factory=list)

    async def listens(self, *entries: Listen | tuple[str, int], more: str = "") -> None:
        """Have these entries in the file, and the file read again."""
        write(self.file, *entries, more=more)
        await self.server.rehash()

    async def guest(self, nick: str, port: int, host: str = "127.0.0.1") -> User:
        user = User(await trio.open_tcp_stream(host, port), self.guests)
        await user.register(nick)
        return user

    @property
    def ports(self) -> list[int]:
        return [int(address.rpartition(":")[2]) for address in self.server.addresses]


def write(path: Path, *entries: Listen | tuple[str, int], more: str = "") -> None:
    lines = [more]
    for each in entries:
        host, port = each.address if isinstance(each, Listen) else each
        lines.append(f"[[listen]]\nhost = '{host}'\nport = {port}")
        if isinstance(each, Listen):
            lines.append(f"plain = {str(each.plain).lower()}")
    path.write_text("\n".join(lines))


ANY = ("127.0.0.1", 0)


@asynccontextmanager
async def house(tmp_path: Path, *entries: tuple[str, int]) -> AsyncIterator[House]:
    path = tmp_path / "chat.toml"
    write(path, *entries or (ANY,))
    source = Source(path)
    came_true: list[Config] = []
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery, trio.open_nursery() as guests:
            run = partial(serve, source.load(), source=source, reconfigured=came_true.append)
            server: Server = await nursery.start(run)
            yield House(server, path, guests, came_true)
            server.stop()


@asynccontextmanager
async def taken_port(host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server((host, 0)) as other:
        yield other.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        return port


async def is_open(port: int, host: str = "127.0.0.1") -> bool:
    try:
        await (await trio.open_tcp_stream(host, port)).aclose()
    except OSError:
        return False
    return True


async def test_a_new_address_is_opened_and_the_others_are_not_touched(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with house(tmp_path) as here:
        before = here.server.addresses
        alice = await here.guest("alice", here.ports[0])
        await here.listens(ANY, ANY)
        assert here.server.addresses[:1] == before
        assert f"listening on {before[0]} and 127.0.0.1:{here.ports[1]}" in caplog.text
        bob = await here.guest("bob", here.ports[1])
        carol = await here.guest("carol", here.ports[0])
        for user in (bob, carol):
            await user.say("alice", "hello")
            await alice.expect("PRIVMSG")
            await user.close()
        assert here.came_true == [here.server.config]
        caplog.clear()
        await here.listens(ANY, ANY)
        assert "listening on" not in caplog.text
        await alice.close()


async def test_an_address_that_is_gone_is_closed_and_its_clients_stay(tmp_path: Path) -> None:
    port = free_port()
    async with house(tmp_path, ("127.0.0.1", port), ANY) as here:
        alice = await here.guest("alice", port)
        await here.listens(ANY)
        assert len(here.ports) == 1
        assert not await is_open(port)
        await alice.say("alice", "still here")
        await alice.expect("PRIVMSG")
        await here.listens(ANY, ("127.0.0.1", port))  # it may come back at once
        bob = await here.guest("bob", port)
        await bob.close()
        await alice.close()


async def test_if_one_address_cannot_be_had_nothing_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port, other = free_port(), free_port()
    async with house(tmp_path, ("127.0.0.1", port)) as here, taken_port() as taken:
        before = (here.server.addresses, here.server.config)
        alice = await here.guest("alice", port)
        await here.listens(
            ("127.0.0.1", other), ("127.0.0.1", taken), more="[connection]\nsendq = 20000\n"
        )
        await alice.send("PING x")
        await alice.expect("PONG")
        reason = os.strerror(errno.EADDRINUSE)
        assert f"as before: cannot listen on 127.0.0.1:{taken}: {reason}" in caplog.text
        assert (here.server.addresses, here.server.config) == before
        assert here.came_true == []
        assert not await is_open(other)
        assert await is_open(port)
        await here.listens(("nowhere.invalid", other), more="insecure = true\n")
        await alice.send("PING y")
        await alice.expect("PONG")
        assert f"as before: cannot listen on nowhere.invalid:{other}: " in caplog.text
        assert await is_open(port)
        await alice.close()


async def test_one_address_gives_way_to_all_of_the_same_port_and_back(tmp_path: Path) -> None:
    port = free_port()
    async with house(tmp_path, ("127.0.0.1", port)) as here:
        alice = await here.guest("alice", port)
        await here.listens(("0.0.0.0", port), more="insecure = true\n")
        assert here.server.addresses == (f"0.0.0.0:{port}",)
        bob = await here.guest("bob", port, "127.0.0.2")
        await here.listens(("127.0.0.1", port))
        assert here.server.addresses == (f"127.0.0.1:{port}",)
        assert not await is_open(port, "127.0.0.2")
        for user in (alice, bob):
            await user.send("PING x")
            await user.expect("PONG")
            await user.close()
        assert await is_open(port)


async def test_what_gave_way_in_vain_is_opened_again(tmp_path: Path) -> None:
    port = free_port()
    async with house(tmp_path, ("127.0.0.1", port)) as here, taken_port() as taken:
        alice = await here.guest("alice", port)
        await here.listens(("0.0.0.0", port), ("127.0.0.1", taken), more="insecure = true\n")
        assert here.server.addresses == (f"127.0.0.1:{port}",)
        bob = await here.guest("bob", port)
        await bob.say("alice", "hello")
        await alice.expect("PRIVMSG")
        await bob.close()
        await alice.close()


async def test_an_address_that_is_lost_to_somebody_faster_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    tries: list[int] = []

    def meddled_with(found: list[Found], port: int) -> list[TcpListener]:
        tries.append(port)
        if len(tries) > 2:  # when the old address is wanted back
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        return listen_on(found, port)

    async with house(tmp_path, ("127.0.0.1", port), ANY) as here:
        with socket.create_server(("127.0.0.2", port)):  # in the way for good
            monkeypatch.setattr(doors, "listen_on", meddled_with)
            await here.listens(("0.0.0.0", port), ANY, more="insecure = true\n")
        assert f"cannot listen on 127.0.0.1:{port} again: Address already in use" in caplog.text
        assert len(here.ports) == 1
        assert await is_open(here.ports[0])


async def test_what_may_be_spoken_at_an_address_changes_without_closing_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as here:
        before = here.server.addresses
        (port,) = here.ports
        alice = await here.guest("alice", port)
        file = certificate(tmp_path).cert
        tls = f"[tls]\ncertificates = [{{ cert = '{file}' }}]\n"
        await here.listens(Listen(*ANY, plain=False), more=tls)
        assert here.server.addresses == before
        stranger = User(await trio.open_tcp_stream("127.0.0.1", port), here.guests)
        await stranger.send("NICK bob")
        assert "TLS" in await stranger.expect_end()
        await stranger.close()
        await alice.send("PING x")
        await alice.expect("PONG")
        await here.listens(ANY)
        bob = await here.guest("bob", port)
        await bob.close()
        await alice.close()


async def test_changes_at_the_same_time_come_one_after_the_other(tmp_path: Path) -> None:
    port = free_port()
    async with house(tmp_path) as here:
        write(here.file, ("127.0.0.1", port))
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(here.server.rehash)
        assert here.ports == [port]
        assert len(here.came_true) == 3


async def test_a_server_that_has_stopped_opens_nothing(tmp_path: Path) -> None:
    port = free_port()
    async with house(tmp_path) as here:
        here.server.stop()
        await trio.testing.wait_all_tasks_blocked()
        await here.listens(("127.0.0.1", port))
        assert not await is_open(port)


async def test_listeners_that_somebody_else_has_opened_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "chat.toml"
    write(path, ("127.0.0.1", 8080))
    source = Source(path)
    listener = Network().listen("127.0.0.1", 8080)
    async with trio.open_nursery() as nursery:
        run = partial(serve, source.load(), source=source, listeners=[listener])
        server: Server = await nursery.start(run)
        write(path, ANY)
        await server.rehash()
        await trio.testing.wait_all_tasks_blocked()
        assert "a change of listen takes a restart" in caplog.text
        assert server.addresses == ("127.0.0.1:8080",)
        assert server.config.listen == (Listen(port=8080),)
        server.stop()


async def test_whoever_asked_and_left_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    async with house(tmp_path) as here:
        before = here.server.addresses
        write(here.file, ("127.0.0.1", port))
        has_begun, may_go_on = trio.Event(), threading.Event()
        token = trio.lowlevel.current_trio_token()

        def slow(self: Source, load: Callable[[Source], Config] = Source.load) -> Config:
            token.run_sync_soon(has_begun.set)
            may_go_on.wait()
            return load(self)

        monkeypatch.setattr(Source, "load", slow)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(here.server.rehash)
            await has_begun.wait()
            nursery.cancel_scope.cancel()
        may_go_on.set()
        monkeypatch.undo()
        await here.listens(ANY)  # waits for the other to be done
        assert here.server.addresses == before
        assert len(here.came_true) == 1
