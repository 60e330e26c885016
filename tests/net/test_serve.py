"""`serve`: starting, stopping, being cancelled, and running out of descriptors."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing

from trio_chat.config import Config
from trio_chat.core.effects import Report
from trio_chat.net.capacity import (
    ACCEPT_PAUSE_SECONDS,
    FULL,
    LINGER_SECONDS,
    LINGERING,
)
from trio_chat.net.connection import ConnectionLimits
from trio_chat.net.hub import Hub
from trio_chat.server import STOP_SECONDS, Server, serve
from trio_chat.testing import MemoryListener, Network, User, VirtualChat, left, said

HOST = "127.0.0.1"


@dataclass(slots=True)
class House:
    """A server on a network, in a nursery of its own, that can be seen to end."""

    server: Server
    network: Network
    listeners: list[MemoryListener]
    scope: trio.CancelScope
    guests: trio.Nursery
    ended: trio.Event

    async def guest(self, nick: str, port: int = 8080) -> User:
        user = User(await self.network.open_stream(HOST, port), self.guests)
        await user.register(nick)
        return user

    async def wait_ended(self, within: float) -> None:
        """Wait until `serve` has returned, in virtual seconds."""
        with trio.fail_after(within):
            await self.ended.wait()


@asynccontextmanager
async def house(
    *ports: int,
    observe: Callable[[Report], None] | None = None,
    config: Config | None = None,
) -> AsyncIterator[House]:
    network = Network()
    listeners = [network.listen(HOST, port) for port in ports or (8080,)]
    scope = trio.CancelScope()
    ended = trio.Event()

    async def live(**options: Any) -> None:
        try:
            with scope:
                await serve(config, listeners=listeners, observe=observe, **options)
        finally:
            ended.set()

    async with trio.open_nursery() as outer, trio.open_nursery() as guests:
        server: Server = await outer.start(live)
        yield House(server, network, listeners, scope, guests, ended)
        scope.cancel()
        await ended.wait()
        guests.cancel_scope.cancel()


def no_descriptors() -> OSError:
    return OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def hear_all(stream: trio.SocketStream) -> bytes:
    """Read to the end, and close."""
    async with stream:
        return b"".join([bytes(data) async for data in stream])


pytestmark = pytest.mark.usefixtures("virtual_time")


class TestStarting:
    async def test_it_says_where_it_listens_once_it_does(self) -> None:
        async with house(8080, 8081) as here:
            assert here.server.addresses == ("127.0.0.1:8080", "127.0.0.1:8081")
            alice = await here.guest("alice", 8080)
            bob = await here.guest("bob", 8081)
            await alice.say("bob", "hello over there")
            await bob.expect(said("hello over there", by="alice"))
            assert here.server.client_count == 2
            assert here.server.crashes == 0


class TestStopping:
    @pytest.mark.parametrize("how", ["stop", "cancel"])
    async def test_everyone_is_told_why_and_nothing_is_left(self, how: str) -> None:
        async with house() as here:
            alice, bob = await here.guest("alice"), await here.guest("bob")
            stranger = User(await here.network.open_stream(HOST, 8080), here.guests)
            await alice.join("#tea")
            await bob.join("#tea")
            await trio.testing.wait_all_tasks_blocked()
            if how == "stop":
                here.server.stop("back at noon")
            else:
                here.scope.cancel()
            reason = "back at noon" if how == "stop" else "Server shutting down"
            for user in (alice, bob, stranger):
                error = await user.expect_end()
                assert error == f"Closing link: 127.0.0.1 [{reason}]"
                assert "QUIT" not in {message.command for message in user.received}
                await user.close()
            await here.wait_ended(0.01)
            assert here.network.half_closed == 0
            assert here.server.client_count == 0
            with pytest.raises(ConnectionRefusedError):
                await here.network.open_stream(HOST, 8080)

    @pytest.mark.parametrize("how", ["stop", "cancel"])
    async def test_clients_that_read_nothing_cannot_hold_it_up(self, how: str) -> None:
        async with house() as here:
            alice, bob = await here.guest("alice"), await here.guest("bob")
            await alice.join("#tea")
            await bob.join("#tea")
            alice.stop_reading()
            for number in range(300):
                await bob.say("#tea", f"{number} " + "x" * 400)
            bob.stop_reading()
            await trio.testing.wait_all_tasks_blocked()
            if how == "stop":
                here.server.stop()
            else:
                here.scope.cancel()
            await here.wait_ended(STOP_SECONDS + 0.01)
            await alice.close()
            await bob.close()
            assert here.network.half_closed == 0

    async def test_a_client_that_never_stops_talking_cannot_hold_it_up(self) -> None:
        async with house() as here:
            alice = await here.guest("alice")

            @here.guests.start_soon
            async def talk() -> None:
                try:
                    while True:
                        await alice.send("PING you")
                        await trio.sleep(0.01)
                except trio.BrokenResourceError:
                    pass

            await trio.sleep(1)
            here.server.stop()
            await here.wait_ended(STOP_SECONDS + 0.01)
            await alice.expect_end()

    async def test_a_client_that_lags_still_gets_its_last_words(self) -> None:
        async with house() as here:
            alice, bob = await here.guest("alice"), await here.guest("bob")
            await alice.join("#tea")
            await bob.join("#tea")
            alice.stop_reading()
            for number in range(300):
                await bob.say("#tea", f"{number} " + "x" * 400)
            await trio.testing.wait_all_tasks_blocked()
            here.server.stop("enough")
            alice.resume_reading()
            assert "enough" in await alice.expect_end()
            said_to_alice = [message for message in alice.received if message.command == "PRIVMSG"]
            assert len(said_to_alice) == 300

    async def test_whoever_comes_at_that_moment_is_turned_away(self) -> None:
        async with house() as here:
            accepted = User(await here.network.open_stream(HOST, 8080), here.guests)
            await trio.testing.wait_all_tasks_blocked()
            waiting = User(await here.network.open_stream(HOST, 8080), here.guests)
            here.server.stop("too late")
            assert "too late" in await accepted.expect_end()
            assert await waiting.expect_end() in ("", "Closing link: 127.0.0.1 [too late]")
            await here.wait_ended(STOP_SECONDS + 0.01)

    async def test_it_may_be_asked_more_than_once(self) -> None:
        async with house() as here:
            here.server.stop()
            here.server.stop()
            await here.wait_ended(0.01)
            here.server.stop()


class TestTrouble:
    async def test_without_descriptors_whoever_comes_is_told_so(self) -> None:
        async with house() as here:
            alice = await here.guest("alice")
            here.listeners[0].accept_errors.append(no_descriptors())
            stream = await here.network.open_stream(HOST, 8080)
            assert await hear_all(stream) == FULL
            await alice.send("PING me")  # those who are in are served all the while
            await alice.expect("PONG", within=0.01)
            await here.guest("bob")

    async def test_without_even_one_descriptor_it_waits_and_then_goes_on(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with house() as here:
            alice = await here.guest("alice")
            here.listeners[0].accept_errors += [no_descriptors() for _ in range(50)]
            begin = trio.current_time()
            stream = await here.network.open_stream(HOST, 8080)
            await alice.send("PING me")
            await alice.expect("PONG", within=0.01)
            await trio.sleep(30 * ACCEPT_PAUSE_SECONDS)
            bob = User(stream, here.guests)
            await bob.send("NICK bob", "USER b 0 * :B")
            await bob.expect("001", within=60)
            assert trio.current_time() - begin >= 25 * ACCEPT_PAUSE_SECONDS * 0.99
        assert caplog.text.count("no room for another client") == 1

    async def test_when_the_server_is_full_whoever_comes_is_told_so(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with house(config=Config(connection=ConnectionLimits(max_clients=2))) as here:
            alice, bob = await here.guest("alice"), await here.guest("bob")
            for _ in range(2):
                stream = await here.network.open_stream(HOST, 8080)
                await stream.send_all(b"NICK carol\r\n")
                assert await hear_all(stream) == FULL
            assert caplog.text.count("no room for another client: 2 are here") == 1
            await alice.send("PING me")
            await alice.expect("PONG", within=0.01)
            await bob.vanish()
            await trio.sleep(1)
            await here.guest("carol")

    async def test_a_crowd_at_the_door_of_a_full_server_holds_nothing_of_it(self) -> None:
        async with house(config=Config(connection=ConnectionLimits(max_clients=1))) as here:
            alice = await here.guest("alice")
            streams = [await here.network.open_stream(HOST, 8080) for _ in range(4 * LINGERING)]
            await trio.testing.wait_all_tasks_blocked()
            assert here.server.client_count == 1
            await trio.sleep(LINGER_SECONDS)
            for stream in streams:
                assert await hear_all(stream) == FULL
            await alice.send("PING me")
            await alice.expect("PONG", within=0.01)

    async def test_a_listener_that_fails_for_good_ends_the_server_loudly(self) -> None:
        network = Network()
        listener = network.listen(HOST, 8080)
        listener.accept_errors.append(OSError(errno.EINVAL, os.strerror(errno.EINVAL)))
        async with trio.open_nursery() as guests:
            stream = await network.open_stream(HOST, 8080)
            with pytest.RaisesGroup(pytest.RaisesExc(OSError), flatten_subgroups=True):
                await serve(listeners=[listener])
            await stream.aclose()
            guests.cancel_scope.cancel()
        assert network.half_closed == 0

    async def test_a_hub_that_fails_ends_the_server_loudly_and_closes_everything(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail(hub: Hub) -> None:
            await trio.lowlevel.checkpoint()
            raise ZeroDivisionError

        network = Network()
        listener = network.listen(HOST, 8080)
        async with trio.open_nursery() as guests:
            with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
                async with trio.open_nursery() as nursery:
                    await nursery.start(partial(serve, listeners=[listener]))
                    users = [User(await network.open_stream(HOST, 8080), guests) for _ in "abc"]
                    await users[0].register("alice")
                    monkeypatch.setattr(Hub, "_flush", fail)
                    await users[0].send("PING x")
                    await trio.sleep(STOP_SECONDS)
            for user in users:
                await user.expect_end()
                await user.close()
        assert network.half_closed == 0
        assert caplog.records == []  # one mistake is told once, not again for each client

    async def test_an_observer_that_fails_is_not_the_users_business(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(report: Report) -> None:
            raise ZeroDivisionError

        async with house(observe=fail) as here:
            alice, bob = await here.guest("alice"), await here.guest("bob")
            await alice.join("#tea")
            await bob.join("#tea")
            await alice.say("#tea", "hello")
            await bob.expect(said("hello"))
            assert here.server.crashes > 0


async def test_the_console_is_told_of_what_happens_in_public_and_of_nothing_else(
    chat: VirtualChat,
) -> None:
    alice, bob = await chat.users("alice", "bob", room="#tea")
    await alice.say("bob", "a secret")
    await alice.send("JOIN #den", "MODE #den +s", "PRIVMSG #den :another")
    await alice.say("#tea", "hello")
    await alice.quit()
    await bob.expect(left("alice"))
    shown = [(report.deed.value, report.nick, report.text) for report in chat.reports]
    assert ("said", "alice", "hello") in shown
    assert shown[-1][:2] == ("left", "alice")
    assert not [text for _, _, text in shown if text in ("a secret", "another")]
