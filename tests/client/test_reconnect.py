"""Staying connected, under a virtual clock."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio

from trio_chat.client.chat import Chat
from trio_chat.client.errors import Refused
from trio_chat.client.reconnect import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    STABLE,
    Lost,
    RoomRefused,
    keep_connected,
    pauses,
)

from .scripted_server import ScriptedServer


class Network:
    """Servers that come one after the other; each is a script that a connection meets."""

    def __init__(self, *scripts: Callable[[ScriptedServer], Awaitable[None]] | OSError) -> None:
        self._scripts = iter(scripts)
        self.times: list[float] = []
        self.news: list[Lost | RoomRefused] = []
        self.gave_up: Exception | None = None

    async def connect(self, use: Callable[[Chat], Awaitable[None]], *rooms: str) -> None:
        """Keep a client connected to these servers, from one to the next, as long as there are."""
        async with trio.open_nursery() as nursery:

            async def open_stream() -> trio.abc.Stream:
                await trio.lowlevel.checkpoint()
                self.times.append(trio.current_time())
                script = next(self._scripts, None)
                if script is None:
                    nursery.cancel_scope.cancel()
                    await trio.sleep_forever()
                if isinstance(script, OSError):
                    raise script
                server = ScriptedServer()
                nursery.start_soon(script, server)
                return server.stream

            try:
                await keep_connected(
                    use,
                    nick="me",
                    rooms=rooms,
                    open_stream=open_stream,
                    dice=random.Random(0),
                    told=self.news.append,
                )
            except (Refused, OSError) as error:
                self.gave_up = error


async def until_the_end(chat: Chat) -> None:
    async for _ in chat:
        pass


async def dropped(server: ScriptedServer, *, after: float = 0) -> None:
    await server.welcome()
    await trio.sleep(after)
    await server.send("ERROR :Restarting")
    await server.hang_up()


def test_pauses_grow_are_jittered_and_have_an_end() -> None:
    waits = list(itertools.islice(pauses(random.Random(7)), 50))
    grown = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(50)]
    assert all(0.5 * base <= wait <= 1.5 * base for wait, base in zip(waits, grown, strict=True))
    assert len(set(waits)) == 50
    assert waits == list(itertools.islice(pauses(random.Random(7)), 50))


async def test_it_tries_again_until_it_is_let_in(autojump_clock: trio.abc.Clock) -> None:
    async def welcoming(server: ScriptedServer) -> None:
        await server.welcome()
        await server.take_quit()

    refused = ConnectionRefusedError(111, "Connection refused")
    network = Network(refused, dropped, refused, welcoming)
    visits = []

    async def use(chat: Chat) -> None:
        visits.append(chat)
        if len(visits) == 1:
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await network.connect(use)
    assert [news.reason for news in network.news if isinstance(news, Lost)] == [
        "connection refused",
        "Restarting",
        "connection refused",
    ]
    expected = [news.pause for news in network.news if isinstance(news, Lost)]
    actual = [later - earlier for earlier, later in itertools.pairwise(network.times)]
    assert actual == pytest.approx(expected)


async def test_rooms_are_joined_again_with_their_keys_and_parted_ones_are_not(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def first(server: ScriptedServer) -> None:
        await server.welcome()
        await server.let_in("#tea")
        await server.expect("JOIN", "#keyed", "sesame")
        await server.send(":me!u@h JOIN #keyed", ":irc.test 366 me #keyed :End")
        await server.expect("PART", "#tea")
        await server.send(":me!u@h PART #tea")
        await server.let_in("#new")
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("JOIN", "#keyed", "sesame")
        await server.send(":irc.test 475 me #keyed :Cannot join channel (+k)")
        await server.let_in("#new")
        await server.take_quit()

    network = Network(first, second)
    visits = []

    async def use(chat: Chat) -> None:
        visits.append(list(chat.rooms))
        if len(visits) == 1:
            await chat.part("#tea")
            await chat.join("#new")
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await network.connect(use, "#tea", "#keyed sesame")
    assert visits == [["#tea", "#keyed"], ["#new"]]
    assert network.news[-1] == RoomRefused("#keyed", "Cannot join channel (+k)")


async def test_the_nick_one_has_taken_is_kept_and_a_ghost_is_worked_around(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def first(server: ScriptedServer) -> None:
        await server.welcome()
        await server.expect("NICK", "other")
        await server.send(":me!u@h NICK other")
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        assert await server.take_registration() == "other"
        await server.send(":irc.test 433 * other :Nickname is already in use")
        await server.expect("NICK", "other_")
        await server.send(":irc.test 001 other_ :hi", ":irc.test 422 other_ :none")
        await server.hang_up()

    async def third(server: ScriptedServer) -> None:
        assert await server.take_registration() == "other"
        await server.send(":irc.test 001 other :hi", ":irc.test 422 other :none")
        await server.take_quit()

    nicks = []

    async def use(chat: Chat) -> None:
        nicks.append(chat.nick)
        if len(nicks) == 1:
            await chat.set_nick("other")
        if len(nicks) < 3:
            await until_the_end(chat)
        await trio.lowlevel.checkpoint()

    await Network(first, second, third).connect(use)
    assert nicks == ["me", "other_", "other"]


async def test_pauses_start_again_after_a_connection_that_lasted(
    autojump_clock: trio.abc.Clock,
) -> None:
    network = Network(
        dropped,
        dropped,
        dropped,
        partial(dropped, after=STABLE - 1),
        partial(dropped, after=STABLE),
    )
    await network.connect(until_the_end)
    bases = [round(news.pause) for news in network.news if isinstance(news, Lost)]
    assert bases[3] > 4
    assert bases[4] <= 1.5


async def test_a_wrong_password_is_not_tried_again(autojump_clock: trio.abc.Clock) -> None:
    async def refusing(server: ScriptedServer) -> None:
        await server.take_registration()
        await server.send(":irc.test 464 * :Password incorrect")

    network = Network(refusing)
    await network.connect(until_the_end)
    assert isinstance(network.gave_up, Refused)
    assert len(network.times) == 1


async def test_a_host_that_was_never_found_is_not_looked_for_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "cannot find the host")
    network = Network(unknown)
    await network.connect(until_the_end)
    assert network.gave_up is unknown
    assert network.news == []


async def test_a_host_that_was_found_before_is_looked_for_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    lost = socket.gaierror(socket.EAI_AGAIN, "cannot find the host")
    network = Network(dropped, lost, lost, dropped)
    await network.connect(until_the_end)
    reasons = [news.reason for news in network.news if isinstance(news, Lost)]
    assert reasons == ["Restarting", "cannot find the host", "cannot find the host", "Restarting"]
