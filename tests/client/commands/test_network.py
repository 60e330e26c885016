"""The commands about the connection and the server."""

from __future__ import annotations

import pytest
import trio
import trio.testing

import trio_chat
from tests.client.commands.desk import Desk, connected, sitting
from tests.client.scripted_server import ScriptedServer
from trio_chat.client.reconnect import keep_connected
from trio_chat.client.redial import Redial


async def test_what_the_server_is_asked() -> None:
    async with sitting() as desk:
        for line, *sent in (
            ("/motd", "MOTD"),
            ("/raw STATS u", "STATS", "u"),
            ("/quote PRIVMSG bob :two words", "PRIVMSG", "bob", "two words"),
            ("/version bob", "PRIVMSG", "bob", "\x01VERSION\x01"),
        ):
            assert await desk.does(line) == []
            await desk.server.expect(*sent)
        [ours] = await desk.does("/version")
        assert ours.startswith(f"-- trio-chat {trio_chat.__version__}, ")
        await desk.server.expect("VERSION")
        assert await desk.does("/raw") == ["!! usage: /raw LINE"]
        [wrong] = await desk.does("/raw :only.a.source")
        assert wrong.startswith("!! that is no line of IRC: ")


async def test_the_lag_is_measured(autojump_clock: trio.testing.MockClock) -> None:
    async with sitting() as desk, trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.submit, "/lag")
        await desk.server.expect("MODE", "me")
        await trio.sleep(0.25)
        await desk.server.send(":irc.test 221 me +i")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["-- the server answers after 250 ms"]


async def test_disconnecting_stays_away_until_connecting() -> None:
    desk = Desk()
    async with connected(desk) as (_, chat), trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.use, chat)
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        assert await desk.does("/connect") == ["!! you are connected: /reconnect does it anew"]
        nursery.start_soon(desk.console.submit, "/disconnect so long")
        await desk.server.expect("QUIT", "so long")
        await desk.server.hang_up()
    assert desk.console.redial.held
    assert desk.console.model.connection == "disconnected"
    assert "-- disconnected: /connect comes back, /quit leaves" in desk.take_shown()
    assert await desk.does("/connect irc.example") == [
        "!! one client is for one server: trio-chat client irc.example in another window"
    ]
    assert await desk.does("/reconnect") == []
    assert not desk.console.redial.held


@pytest.mark.parametrize("line", ["/reconnect", "/disconnect"])
async def test_coming_back(line: str, autojump_clock: trio.testing.MockClock) -> None:
    servers = [ScriptedServer(), ScriptedServer()]
    streams = iter(server.stream for server in servers)
    redial = Redial()
    desk = Desk(redial=redial)

    async def open_stream() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return next(streams)

    async def stay() -> None:
        await keep_connected(
            desk.console.use,
            nick="me",
            open_stream=open_stream,
            redial=redial,
            told=desk.console.told,
        )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stay)
        await servers[0].welcome()
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(desk.console.submit, line)
        assert (await servers[0].receive()).command == "QUIT"
        await servers[0].hang_up()
        before = trio.current_time()
        if line == "/disconnect":
            await trio.sleep(1000)
            assert desk.console.chat is None
            before = trio.current_time()
            nursery.start_soon(desk.console.submit, "/connect")
        await servers[1].welcome()
        await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() == before
        assert desk.console.chat is not None
        nursery.cancel_scope.cancel()
