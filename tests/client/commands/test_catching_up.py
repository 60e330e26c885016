"""What was missed, fetched when one comes back, and put where it belongs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from tests.client.commands.desk import Desk, connected, hear_out, let_in
from trio_chat.client.commands.catching_up import HOLD_LIMIT, MOST_HELD
from trio_chat.client.connect import connect
from trio_chat.client.login import Login
from trio_chat.client.model.entries import Entry
from trio_chat.client.setup.settings import Settings
from trio_chat.testing.chat import VirtualChat
from trio_chat.wire.message import Message

CAPABILITIES = "batch draft/chathistory message-tags server-time"


class Reader(Desk):
    """A desk at which histories are read; `lines` are those from now on, dates left out."""

    def __init__(self, nick: str = "me", history: int = 50) -> None:
        super().__init__(nick=nick)
        self.console.settings = self.console.model.wishes = Settings(history=history)

    def show(self, entry: Entry) -> None:
        if entry.kind.value == "divided":
            if entry.text.startswith("missed"):
                self.shown.append(f"-- {entry.text}")
        elif not entry.noise:
            super().show(entry)

    async def settles(self) -> list[str]:
        """What has been shown once nothing more happens."""
        await self.console.wait_until_settled()
        await trio.sleep(HOLD_LIMIT)
        return [line for line in self.take_shown() if line[:2] != "--" or "missed" in line]


@asynccontextmanager
async def online(chat: VirtualChat, desk: Desk, nick: str, room: str = "") -> AsyncIterator[None]:
    """The person at the desk is connected to our server, in a room."""
    stream = await chat.open_stream()
    async with (
        connect(nick=nick, login=Login(nick, "secret"), stream=stream) as connection,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(desk.console.use, connection)
        if room:
            await connection.join(room)
        await trio.testing.wait_all_tasks_blocked()
        yield
        await desk.console.say_goodbye()


@pytest.fixture
async def people(chat: VirtualChat) -> tuple[Reader, Reader]:
    await chat.account("alice")
    await chat.account("bob")
    return Reader("alice"), Reader("bob")


async def test_what_was_missed_while_away_is_under_a_divider_without_doubles(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, bob = people
    async with online(chat, alice, "alice", "#tea"):
        async with online(chat, bob, "bob", "#tea"):
            await alice.console.say("before")
            assert "<alice> before" in await bob.settles()
        await alice.console.say("one")
        await alice.console.say("two")
        await alice.settles()
        async with online(chat, bob, "bob", "#tea"):
            assert await bob.settles() == ["-- missed 2", "<alice> one", "<alice> two"]
            await alice.console.say("now")
            assert await bob.settles() == ["<alice> now"]
        async with online(chat, bob, "bob", "#tea"):
            assert await bob.settles() == []
    said = [entry.text for entry in bob.console.model.conversations["#tea"].messages()]
    assert said == ["now", "two", "one", "before"]


async def test_at_the_first_start_it_is_what_was_not_read_on_any_device(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, bob = people
    phone = Reader("bob")
    async with online(chat, alice, "alice", "#tea"):
        async with online(chat, phone, "bob", "#tea"):
            await alice.console.say("read")
            await phone.settles()
        await alice.console.say("unread")
        await alice.settles()
        async with online(chat, bob, "bob", "#tea"):
            assert await bob.settles() == ["<alice> read", "-- missed 1", "<alice> unread"]


async def test_what_another_device_reads_is_read_here(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, bob = people
    phone = Reader("bob")
    async with online(chat, alice, "alice", "#tea"), online(chat, bob, "bob", "#trio"):
        await bob.console.connected().join("#tea")
        await bob.settles()
        await alice.console.say("hello")
        await alice.settles()
        await bob.settles()
        assert bob.console.model.conversations["#tea"].unread == 1
        async with online(chat, phone, "bob", "#tea"):
            phone.console.switch("#tea")
            await phone.settles()
        assert bob.console.model.conversations["#tea"].unread == 0


async def test_private_messages_that_were_missed_open_their_conversation(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, bob = people
    phone = Reader("bob")
    async with online(chat, bob, "bob", "#tea"):
        await bob.settles()
    async with online(chat, alice, "alice"), online(chat, phone, "bob"):
        await alice.console.say("psst", to="bob")
        assert await phone.settles() == ["[alice → you] psst"]
        phone.console.switch("alice")
        await phone.console.say("yes?")
        await phone.settles()
        async with online(chat, bob, "bob", "#tea"):
            assert await bob.settles() == [
                "-- missed 1",
                "[alice → you] psst",
                "[you → alice] yes?",
            ]
        other = Reader("bob")
        async with online(chat, other, "bob", "#tea"):
            assert await other.settles() == []  # it has been read


async def test_without_a_wish_for_history_none_is_fetched_at_the_start(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, _ = people
    bob = Reader("bob", history=0)
    async with online(chat, alice, "alice", "#tea"):
        await alice.console.say("before")
        await alice.settles()
        async with online(chat, bob, "bob", "#tea"):
            assert await bob.settles() == []


async def test_earlier_messages_are_put_on_top(
    chat: VirtualChat, people: tuple[Reader, Reader]
) -> None:
    alice, _ = people
    bob = Reader("bob", history=1)
    async with online(chat, alice, "alice", "#tea"):
        for text in ("one", "two", "three"):
            await alice.console.say(text)
        await alice.settles()
        async with online(chat, bob, "bob", "#tea"):
            await bob.settles()
            shown = await bob.console.earlier(5)
            assert [entry.text for entry in shown if entry.is_message] == ["one", "two"]
            assert await bob.console.earlier(5) == []
            said = [entry.text for entry in bob.console.model.here.messages()]
            assert said == ["three", "two", "one"]


# --- step by step ---


@asynccontextmanager
async def reading(
    desk: Reader | None = None, capabilities: str = CAPABILITIES
) -> AsyncIterator[Reader]:
    """A person who comes into #tea at a scripted server that keeps histories."""
    desk = desk or Reader()
    async with (
        connected(desk, capabilities=capabilities) as (_, chat),
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(desk.console.use, chat)
        assert (await desk.server.receive()).params[:1] == ("TARGETS",)
        await desk.server.send(":irc.test BATCH +t draft/chathistory-targets", ":irc.test BATCH -t")
        nursery.start_soon(let_in, desk.server, "#tea")
        await chat.join("#tea")
        await trio.testing.wait_all_tasks_blocked()
        yield desk
        nursery.start_soon(hear_out, desk.server)
        await desk.console.say_goodbye()


def stamped(second: int, text: str) -> str:
    return f"@time=2024-05-01T12:00:{second:02}.000Z;msgid={text} :al!a@h PRIVMSG #tea :{text}"


async def tell(desk: Desk, asked: Message, *lines: str) -> None:
    """Answer a question for a history."""
    assert asked.command == "CHATHISTORY"
    await desk.server.send(
        f":irc.test BATCH +h chathistory {asked.params[1]}",
        *(line.replace("@", "@batch=h;", 1) for line in lines),
        ":irc.test BATCH -h",
    )
    await trio.testing.wait_all_tasks_blocked()


async def test_what_is_said_meanwhile_waits_below() -> None:
    async with reading() as desk:
        asked = await desk.server.expect("CHATHISTORY", "LATEST", "#tea", "*", "50")
        desk.take_shown()
        await desk.server.send(
            ":al!a@h JOIN #tea",
            stamped(2, "two"),
            stamped(3, "three"),
            ":bo!b@h TOPIC #tea :Green",
            "@time=2024-05-01T12:00:04.000Z :al!a@h NICK alice",
            "@+draft/reply=two;+draft/react=👍 :bo!b@h TAGMSG #tea",
            ":irc.test NOTICE me :hello",
        )
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["-- hello"]
        await tell(desk, asked, stamped(1, "one"), stamped(2, "two"))
        assert desk.take_shown() == [
            "<al> one",
            "<al> two",
            "<al> three",
            "-- bo set the topic: Green",
            "-- al is now alice",
            "-- bo reacted to 2: 👍",
        ]


async def test_a_slow_history_is_not_waited_for_too_long(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with reading() as desk:
        asked = await desk.server.receive()
        desk.take_shown()
        await desk.server.send(stamped(3, "now"))
        await trio.sleep(HOLD_LIMIT - 0.1)
        assert desk.take_shown() == []
        await trio.sleep(0.2)
        assert desk.take_shown() == ["<al> now"]
        await tell(desk, asked, stamped(1, "one"), stamped(3, "now"))
        assert desk.take_shown() == ["<al> one"]
        said = [entry.text for entry in desk.console.model.here.messages()]
        assert said == ["now", "one"]


async def test_a_flood_is_not_held() -> None:
    async with reading() as desk:
        asked = await desk.server.receive()
        desk.take_shown()
        for number in range(MOST_HELD + 10):
            await desk.server.send(f"@msgid=m{number} :al!a@h PRIVMSG #tea :{number}")
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == [f"<al> {number}" for number in range(MOST_HELD + 10)]
        await tell(desk, asked)


async def test_who_leaves_meanwhile_hears_nothing_of_it() -> None:
    async with reading() as desk:
        asked = await desk.server.receive()
        await desk.server.send(stamped(2, "two"), ":me!u@h PART #tea")
        await trio.testing.wait_all_tasks_blocked()
        await tell(desk, asked, stamped(1, "one"))
        assert "<al> one" not in desk.take_shown()
        assert "#tea" not in desk.console.model.conversations


async def test_a_refused_history_is_not_told_of() -> None:
    async with reading() as desk:
        await desk.server.receive()
        desk.take_shown()
        await desk.server.send(
            "FAIL CHATHISTORY INVALID_TARGET LATEST #tea :Messages could not be retrieved",
            stamped(3, "now"),
        )
        await trio.testing.wait_all_tasks_blocked()
        assert desk.take_shown() == ["<al> now"]


async def test_a_message_that_the_server_has_forgotten_is_no_end() -> None:
    desk = Reader()
    async with reading(desk):
        await tell(desk, await desk.server.receive(), stamped(30, "last"))
    desk.server = type(desk.server)()
    async with reading(desk):
        await desk.server.expect("CHATHISTORY", "LATEST", "#tea", "msgid=last", "100")
        desk.take_shown()
        await desk.server.send("FAIL CHATHISTORY INVALID_PARAMS LATEST #tea :Unknown msgid")
        since = "timestamp=2024-05-01T12:00:20.000Z"
        asked = await desk.server.expect("CHATHISTORY", "LATEST", "#tea", since, "100")
        await tell(desk, asked, stamped(30, "last"), stamped(40, "new"))
        assert desk.take_shown() == ["-- missed 1", "<al> new"]


async def test_more_may_have_been_missed_than_a_page_has() -> None:
    desk = Reader()
    async with reading(desk):
        await tell(desk, await desk.server.receive(), stamped(0, "last"))
    desk.server = type(desk.server)()
    async with reading(desk):
        asked = await desk.server.receive()
        desk.take_shown()
        page = [stamped(1 + number // 10, f"m{number}") for number in range(100)]
        await tell(desk, asked, *page)
        assert desk.take_shown()[0] == "-- missed more than 100"


async def test_an_own_message_that_did_arrive_is_settled_by_the_history() -> None:
    desk = Reader()
    capabilities = f"{CAPABILITIES} echo-message"

    async def lose_the_connection() -> None:
        async with reading(desk, capabilities):
            await tell(desk, await desk.server.receive(), stamped(0, "last"))
            await desk.console.say("arrived")
            await desk.console.say("lost")
            await desk.server.hang_up()
            await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(BaseExceptionGroup):
        await lose_the_connection()
    assert [entry.text for entry in desk.console.model.pending] == ["arrived", "lost"]
    desk.server = type(desk.server)()
    async with reading(desk, capabilities):
        asked = await desk.server.receive()
        desk.take_shown()
        own = "@time=2024-05-01T12:00:09.000Z;msgid=a :me!u@h PRIVMSG #tea :arrived"
        await tell(desk, asked, own)
        assert desk.take_shown() == [
            "<me> arrived",
            "<me> lost ? perhaps not sent",
            "!! perhaps not sent: the connection was lost meanwhile (Up brings it back)",
        ]
        assert desk.console.model.pending == []
