"""The commands of a person at a terminal, against a scripted server."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, connected, sitting
from trio_chat.client.reconnect import Lost, RoomRefused


async def test_a_line_is_said_where_one_is() -> None:
    async with sitting() as desk:
        assert await desk.does("hello all") == ["<me> hello all"]
        await desk.server.expect("PRIVMSG", "#tea", "hello all")
        assert await desk.does("//join is a command") == ["<me> /join is a command"]
        await desk.server.expect("PRIVMSG", "#tea", "/join is a command")
        assert await desk.does("   ") == []


async def test_messages_actions_and_private_talk() -> None:
    async with sitting() as desk:
        assert await desk.does("/msg bob  hi there") == ["[you → bob] hi there"]
        await desk.server.expect("PRIVMSG", "bob", "hi there")
        assert await desk.does("/me waves") == ["* me waves"]
        await desk.server.expect("PRIVMSG", "#tea", "\x01ACTION waves\x01")
        await desk.does("/query bob")
        assert await desk.does("hm?") == ["[you → bob] hm?"]
        await desk.server.expect("PRIVMSG", "bob", "hm?")


async def test_rooms_are_joined_switched_to_and_left() -> None:
    async with sitting() as desk:
        shown = await desk.asks(
            "/join trio sesame",
            "JOIN",
            "#trio",
            "sesame",
            answers=[
                ":me!u@h JOIN #trio",
                ":irc.test 353 me = #trio :me al",
                ":irc.test 366 me #trio :End",
            ],
        )
        assert shown == ["-- you joined #trio", "-- here: me, al"]
        assert desk.console.model.current == "#trio"
        await desk.does("/j #tea")
        assert desk.console.model.current == "#tea"
        assert await desk.asks(
            "/part #trio so long", "PART", "#trio", "so long", answers=[":me!u@h PART #trio"]
        ) == ["-- you left #trio"]
        assert await desk.asks(
            "/part bye", "PART", "#tea", "bye", answers=[":me!u@h PART #tea :bye"]
        ) == ["-- you left #tea (bye)"]
        assert desk.console.model.current == ""
        assert await desk.does("anybody?") == ["!! nobody would hear that: /join a room first"]


async def test_a_refusal_is_shown() -> None:
    async with sitting() as desk:
        assert await desk.asks(
            "/join #secret",
            "JOIN",
            "#secret",
            answers=[":irc.test 473 me #secret :Cannot join channel (+i)"],
        ) == ["!! #secret: Cannot join channel (+i)"]


async def test_a_room_without_people_one_can_see() -> None:
    async with sitting() as desk:
        assert await desk.asks(
            "/names #dark", "NAMES", "#dark", answers=[":irc.test 366 me #dark :End"]
        ) == ["-- nobody to be seen in #dark"]


async def test_a_person_has_no_topic() -> None:
    async with sitting() as desk:
        await desk.does("/query bob")
        assert await desk.does("/topic") == ["!! this is not a room: name one, or go into one"]


async def test_nick_and_topic() -> None:
    async with sitting() as desk:
        assert await desk.does("/topic") == ["-- topic of #tea: none"]
        await desk.asks(
            "/topic Green tea", "TOPIC", "#tea", "Green tea", answers=[":me!u@h TOPIC #tea :Green"]
        )
        assert await desk.does("/topic") == ["-- topic of #tea: Green"]
        assert await desk.asks("/nick you", "NICK", "you", answers=[":me!u@h NICK you"]) == [
            "-- you are now you"
        ]
        assert desk.console.model.nick == "you"


async def test_names_and_who() -> None:
    async with sitting() as desk:
        assert await desk.asks(
            "/names",
            "NAMES",
            "#tea",
            answers=[":irc.test 353 me = #tea :me @al", ":irc.test 366 me #tea :End"],
        ) == ["-- #tea (2): me, @al"]
        assert await desk.asks(
            "/who al",
            "WHO",
            "al",
            answers=[
                ":irc.test 352 me * ~al host irc.test al G :0 Alice",
                ":irc.test 315 me al :End",
            ],
        ) == ["-- al (~al@host) Alice, away"]
        assert await desk.asks(
            "/who nobody", "WHO", "nobody", answers=[":irc.test 315 me nobody :End"]
        ) == ["-- nobody to be seen by the name of nobody"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/join", "!! usage: /join ROOM [KEY]"),
        ("/msg bob", "!! usage: /msg NICK|ROOM TEXT"),
        ("/me", "!! usage: /me TEXT"),
        ("/nick", "!! usage: /nick NICK"),
        ("/query", "!! usage: /query NICK [TEXT]"),
        ("/msg :bob hi", "!! that cannot be sent: it does not fit into IRC's lines"),
        ("/topic one\ntwo", "!! that cannot be sent: it does not fit into IRC's lines"),
    ],
)
async def test_mistakes_are_told(line: str, shown: str) -> None:
    async with sitting() as desk:
        assert await desk.does(line) == [shown]


async def test_an_unknown_command_says_what_to_do() -> None:
    async with sitting() as desk:
        [hint] = await desk.does("/usr/bin")
        assert "/help" in hint
        assert "//usr/bin" in hint


@pytest.mark.parametrize("line", ["exit", "/quit", "/exit", " exit "])
async def test_ways_to_leave(line: str) -> None:
    async with sitting() as desk:
        assert not desk.console.leaving.is_set()
        await desk.does(line)
        assert desk.console.leaving.is_set()


async def test_a_reason_for_leaving_reaches_the_server() -> None:
    async with connected() as (desk, chat), trio.open_nursery() as nursery:
        nursery.start_soon(desk.console.use, chat)
        await trio.testing.wait_all_tasks_blocked()
        await desk.console.submit("/quit good night")
        nursery.start_soon(desk.console.say_goodbye)
        await desk.server.expect("QUIT", "good night")
        await desk.server.hang_up()


async def test_without_a_connection_nothing_is_lost_silently() -> None:
    desk = Desk()
    desk.console.model.open("#tea")
    desk.console.model.switch("#tea")
    assert await desk.does("hello?") == [
        "!! not sent: there is no connection now (Up brings it back)"
    ]
    assert not desk.console.can_do("/msg bob hello?")
    assert not await desk.does("  ")
    assert desk.console.can_do("/help")
    assert desk.console.can_do("exit")
    assert await desk.does("/hlep") == [
        "!! there is no command /hlep: /help lists them, //hlep says it as text"
    ]
    desk.console.told(Lost("connection refused", 2.4))
    desk.console.told(RoomRefused("#tea", "banned"))
    assert desk.take_shown() == [
        "!! not connected: connection refused; next try in 2 s",
        "!! #tea does not let us in: banned",
    ]
    assert desk.console.model.connection == "not connected, next try in 2 s"


async def test_a_line_on_its_way_when_the_connection_ends_is_told_of() -> None:
    async with connected() as (desk, chat):
        desk.console.chat = chat
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.console.submit, "/join #tea")
            await desk.server.expect("JOIN", "#tea")
            await desk.server.hang_up()
        assert desk.take_shown() == [
            "!! perhaps not sent: the server closed the connection (Up brings it back)"
        ]
