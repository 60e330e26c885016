"""The nick one wants, got back from one's ghost."""

from __future__ import annotations

import itertools

import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.chat import Chat

from .network import Network, farewell, until_the_end
from .scripted_server import ScriptedServer


async def ghosted(
    server: ScriptedServer, isupport: str = "CASEMAPPING=ascii", *, account: str = ""
) -> None:
    """Let the client in as me_, as me is taken; logged in, if there is an account."""
    await server.take_registration()
    await server.send(":irc.test 433 * me :Nickname is already in use")
    await server.expect("NICK", "me_")
    if account:
        await server.send(f":irc.test 900 me_ me_!u@h {account} :You are logged in as {account}")
    await server.send(
        ":irc.test 001 me_ :hi",
        f":irc.test 005 me_ {isupport} :are supported",
        ":irc.test 422 me_ :none",
    )
    server.nick = "me_"


async def wait_until_called(chat: Chat, nick: str) -> float:
    async for _ in chat:
        if chat.nick == nick:
            return trio.current_time()
    raise AssertionError


async def test_the_wanted_nick_is_taken_back_once_its_ghost_has_quit(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def script(server: ScriptedServer) -> None:
        await ghosted(server)
        await server.expect("JOIN", "#tea")
        await server.send(
            ":me_!u@h JOIN #tea",
            ":irc.test 353 me_ = #tea :me_ me bob",
            ":irc.test 366 me_ #tea :End",
        )
        await trio.sleep(3)
        await server.send(":me!u@h QUIT :Ping timeout", ":bob!b@h QUIT :bye")
        await server.expect("NICK", "me")
        await server.send(":me_!u@h NICK me")
        await server.take_quit()

    network = Network(script)
    took: list[float] = []

    async def use(chat: Chat) -> None:
        took.append(await wait_until_called(chat, "me"))
        await chat.quit()

    await network.connect(use, "#tea")
    assert took[0] - network.times[0] == 3


async def test_the_wanted_nick_is_monitored_where_that_can_be(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def script(server: ScriptedServer) -> None:
        await ghosted(server, "MONITOR=100")
        await server.expect("MONITOR", "+", "me")
        await server.send(":irc.test 730 me_ :me!u@h")
        await trio.sleep(3)
        await server.send(":irc.test 731 me_ :me")
        await server.expect("NICK", "me")
        await server.send(":me_!u@h NICK me")
        await server.expect("MONITOR", "-", "me")
        await server.take_quit()

    network = Network(script)

    async def use(chat: Chat) -> None:
        took = await wait_until_called(chat, "me")
        assert took - network.times[0] == 3
        await trio.sleep(1)
        await chat.quit()

    await network.connect(use)
    assert network.gave_up is None


async def test_without_a_sign_the_nick_is_asked_for_at_growing_intervals(
    autojump_clock: trio.abc.Clock,
) -> None:
    asked: list[float] = []

    async def script(server: ScriptedServer) -> None:
        await ghosted(server)
        while len(asked) < 9:
            message = await server.receive()
            if message.command == "PING":
                await server.send(":irc.test PONG irc.test trio-chat")
                continue
            assert message.params == ("me",)
            asked.append(trio.current_time())
            await server.send(":irc.test 433 me_ me :Nickname is already in use")
        await server.hang_up()

    shown: list[events.Event] = []

    async def use(chat: Chat) -> None:
        async for event in chat:
            shown.append(event)

    await Network(script).connect(use)
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert gaps == [30, 60, 120, 240, 480, 600, 600, 600]
    assert not [
        event for event in shown if isinstance(event, events.Replied) and "433" in event.code
    ]


async def test_a_nick_that_the_person_chooses_meanwhile_is_kept(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def script(server: ScriptedServer) -> None:
        await ghosted(server)
        await server.expect("NICK", "chosen")
        await server.send(":me_!u@h NICK chosen")
        await server.send(":me!u@h QUIT :gone")
        await server.expect("PING", "trio-chat")  # and never NICK
        await server.hang_up()

    async def second(server: ScriptedServer) -> None:
        assert await server.take_registration() == "chosen"
        await server.hang_up()

    async def use(chat: Chat) -> None:
        await chat.set_nick("chosen")
        await until_the_end(chat)

    network = Network(script, second)
    await network.connect(use)
    assert len(network.times) == 3


async def test_who_is_logged_in_has_services_regain_the_nick(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def script(server: ScriptedServer) -> None:
        await ghosted(server, account="alice")
        await server.expect("PRIVMSG", "NickServ", "REGAIN me")
        await server.send(":NickServ!s@s NOTICE me_ :Invalid command")
        await server.expect("NICK", "me")
        await server.send(":irc.test 433 me_ me :Nickname is already in use")
        await server.expect("PRIVMSG", "NickServ", "GHOST me")
        await server.expect("NICK", "me")
        await server.send(":me_!u@h NICK me")
        await server.take_quit()

    async def use(chat: Chat) -> None:
        await wait_until_called(chat, "me")
        await chat.quit()

    network = Network(script)
    await network.connect(use)
    assert network.gave_up is None


async def test_who_was_killed_does_not_have_services_kill_in_turn(
    autojump_clock: trio.abc.Clock,
) -> None:
    """Or else two programs under one account would take the nick from each other for ever."""

    async def script(server: ScriptedServer) -> None:
        await ghosted(server, account="alice")
        await server.expect("NICK", "me")
        await server.hang_up()

    killed = farewell("Closing Link: me (Killed (NickServ (REGAIN command used by alice)))")
    network = Network(killed, script)
    await network.connect(until_the_end)
    assert network.reasons[1] == "the server closed the connection"


async def test_a_nick_that_the_server_has_cut_is_not_asked_for(
    autojump_clock: trio.abc.Clock,
) -> None:
    async def script(server: ScriptedServer) -> None:
        await server.take_registration()
        await server.send(":irc.test 001 m :hi", ":irc.test 422 m :none")
        await server.expect("PING", "trio-chat")
        await server.hang_up()

    network = Network(script)
    await network.connect(until_the_end)
    assert network.reasons == ["the server closed the connection"]
