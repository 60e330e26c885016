"""Going from one conversation to another."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, at_our_server, sitting
from trio_chat.testing.chat import VirtualChat


def open_some(desk: Desk) -> None:
    """#tea, #trio and bob, in this order."""
    for name in ("#tea", "#trio", "bob"):
        desk.console.go_to(name, private=name == "bob")
    desk.console.go_to("#tea")
    desk.switches.clear()


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (["/win 2"], "#trio"),
        (["/buffer bob"], "bob"),
        (["/win tri"], "#trio"),
        (["/win trio"], "#trio"),
        (["/window goto 3"], "bob"),
        (["/buffer *3"], "bob"),
        (["/win next"], "#trio"),
        (["/buffer +1"], "#trio"),
        (["/win prev"], "bob"),
        (["/window goto bob"], "bob"),
        (["/win -1"], "bob"),
        (["/win 3", "/win last"], "#tea"),
        (["/query bob"], "bob"),
    ],
)
async def test_ways_to_go(lines: list[str], at: str) -> None:
    desk = Desk()
    open_some(desk)
    for line in lines:
        assert await desk.does(line) == []
    assert desk.console.model.current == at
    assert desk.switches[-1] == at


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("/win 4", "there is no conversation 4: /win lists them, /join opens a room"),
        ("/win t", "t may be #tea, #trio"),
        ("/win last", "you were nowhere else before"),
        ("/unread", "nothing is unread"),
        ("/win unread", "nothing is unread"),
    ],
)
async def test_nowhere_to_go(line: str, trouble: str) -> None:
    desk = Desk()
    open_some(desk)
    desk.console.model.previous = ""
    assert await desk.does(line) == [f"!! {trouble}"]
    assert desk.console.model.current == "#tea"


async def test_without_conversations() -> None:
    desk = Desk()
    assert await desk.does("/win") == [
        "-- there are no conversations: /join a room, or /query somebody"
    ]
    assert await desk.does("/win next") == ["!! there is no other conversation"]
    assert await desk.does("/close") == ["!! there is nothing to close"]
    assert await desk.does("/read") == ["-- nothing was unread"]


async def test_what_is_unread_is_listed_gone_to_and_read() -> None:
    async with sitting() as desk:
        desk.console.go_to("#trio")
        await desk.server.send(":bob!b@h PRIVMSG #tea :me: hello", ":bob!b@h PRIVMSG #tea :well?")
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        assert await desk.does("/win") == [
            "--    1  #tea  2 unread, 1 for you",
            "-- *  2  #trio",
        ]
        assert await desk.does("/unread") == []
        assert desk.console.model.current == "#tea"
        assert await desk.does("/unread now") == ["!! usage: /unread"]
        desk.console.go_to("#trio")
        await desk.server.send(":bob!b@h PRIVMSG #tea :hm")
        await trio.testing.wait_all_tasks_blocked()
        desk.take_shown()
        assert await desk.does("/read tea") == ["-- read: #tea"]
        assert desk.console.model.conversations["#tea"].unread == 0


async def test_a_conversation_is_closed_from_within_win() -> None:
    desk = Desk()
    open_some(desk)
    assert await desk.does("/win close") == []
    assert "#tea" not in desk.console.model.conversations
    assert await desk.does("/close bob") == []
    assert list(desk.console.model.conversations) == ["#trio"]


async def test_closing_a_room_leaves_it() -> None:
    async with sitting() as desk:
        desk.console.go_to("bob", private=True)
        assert await desk.does("/wc") == []
        assert "bob" not in desk.console.model.conversations
        assert desk.console.model.current == "#tea"
        await desk.asks("/close", "PART", "#tea", answers=[":me!u@h PART #tea"])
        assert not desk.console.model.conversations


async def test_our_server_is_told_what_is_read(chat: VirtualChat) -> None:
    async with at_our_server(chat, "alice") as alice, at_our_server(chat, "bob") as bob:
        alice.console.go_to("bob", private=True)
        await bob.does("one")
        assert await alice.does("/read") == ["-- read: #tea"]
        connection = alice.console.connected()
        last = alice.console.model.conversations["#tea"].last
        assert last is not None
        assert await connection.read_marker("#tea") == last.at
