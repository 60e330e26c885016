"""The hub: every line to all who are to hear it, in batches, whatever one handler does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import trio
import trio.testing

from trio_chat.core.commands import TABLE, Command
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.events import Opened, Received
from trio_chat.core.settings import Settings
from trio_chat.core.state import Session, World
from trio_chat.net import hub as hub_module
from trio_chat.net.hub import Hub
from trio_chat.net.link import Link
from trio_chat.testing import Network, VirtualChat, left, numeric, said
from trio_chat.wire.message import Malformed, Message, parse, read_line

Run = Callable[[World, Session, Message], Iterator[Effect]]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Run], None]:
    """Give the server another command."""

    def plant(name: str, run: Run) -> None:
        monkeypatch.setitem(TABLE, name, Command(run))

    return plant


class Bug(Exception):
    """A mistake planted by a test."""


def crash_late(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Fail halfway, with something said already."""
    room = world.rooms["#tea"]
    yield Deliver(room.audience, Message("NOTICE", (room.name, "before"), "server"))
    raise Bug("planted")


def take_complaint(chat: VirtualChat) -> str:
    """The one error in the log, with its traceback."""
    (record,) = chat.complaints
    chat.complaints.clear()
    assert record.exc_info is not None
    error = record.exc_info[1]
    assert error is not None
    return f"{record.getMessage()}: {error.__cause__!r}"


class TestCrashes:
    async def test_a_crash_closes_the_session_it_happened_in_and_no_other(
        self, chat: VirtualChat, plant: Callable[[str, Run], None]
    ) -> None:
        plant("CRASH", crash_late)
        alice, bob = await chat.users("alice", "bob", room="#tea")
        await alice.send("CRASH", "PRIVMSG #tea :never said")
        assert "Internal error" in await alice.expect_end()
        await bob.expect("NOTICE")  # what came about before the crash is not lost
        await bob.expect(left("alice", "Internal error"))
        assert await bob.rest() == []
        assert "Bug('planted')" in take_complaint(chat)
        assert chat.server.crashes == 1

        await bob.send("PING still")
        await bob.expect("PONG")
        alice = await chat.user("alice", room="#tea")
        await alice.say("#tea", "back")
        await bob.expect(said("back", by="alice"))

    async def test_a_crash_before_registration_closes_that_connection(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(world: World, session: Session, message: Message) -> Iterator[Effect]:
            raise Bug("planted")

        monkeypatch.setitem(TABLE, "CRASH", Command(crash, registered=False))
        stranger = await chat.newcomer()
        await stranger.send("CRASH")
        assert "Internal error" in await stranger.expect_end()
        take_complaint(chat)

    async def test_a_session_that_cannot_even_be_closed_is_disconnected(
        self,
        chat: VirtualChat,
        plant: Callable[[str, Run], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        plant("CRASH", crash_late)
        alice, bob = await chat.users("alice", "bob", room="#tea")
        whole = World.remove_session
        calls = 0

        def fail_once(world: World, session: Session) -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise Bug("and another")
            whole(world, session)

        monkeypatch.setattr(World, "remove_session", fail_once)
        await alice.send("CRASH")
        await alice.expect_end()
        await bob.expect(left("alice"))
        assert len(chat.complaints) == 2
        chat.complaints.clear()

    async def test_a_crash_at_a_tick_closes_nobody(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")

        def fail(world: World) -> Session | None:
            raise Bug("planted")

        with monkeypatch.context() as patch:
            patch.setattr(World, "take_due", fail)
            await trio.sleep(2.5)
        await alice.say("#tea", "still here")
        await bob.expect(said("still here"))
        assert chat.server.crashes == len(chat.complaints) == 2
        chat.complaints.clear()

    async def test_a_bug_in_a_connection_ends_that_one_and_no_other(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")

        def fail(line: bytes, max_tags: int) -> Message | Malformed:
            if line == b"CRASH":
                raise Bug("planted")
            return read_line(line, max_tags)

        monkeypatch.setattr("trio_chat.net.connection.read_line", fail)
        await alice.send("CRASH")
        await alice.expect_end()
        await bob.expect(left("alice"))
        (record,) = chat.complaints
        assert record.getMessage() == "a connection failed"
        chat.complaints.clear()

    async def test_a_message_that_no_line_can_hold_costs_nobody_anything(
        self, chat: VirtualChat, plant: Callable[[str, Run], None]
    ) -> None:
        def babble(world: World, session: Session, message: Message) -> Iterator[Effect]:
            yield Deliver((session,), Message("NOTICE", ("two\r\nlines",), "server"))
            yield Deliver((session,), Message("NOTICE", ("alice", "fine"), "server"))

        plant("BABBLE", babble)
        (alice,) = await chat.users("alice")
        await alice.send("BABBLE")
        await alice.expect("NOTICE")
        assert len(alice.lines) == len(alice.received)
        assert chat.server.crashes == 1
        chat.complaints.clear()


class Desk:
    """A hub with links of its own, and every write each of them made."""

    def __init__(self) -> None:
        self.hub = Hub(World(Settings(), "test", 0.0), clock=lambda: 0.0)
        self.writes: dict[int, list[bytes]] = {}
        self._network = Network()
        self._listener = self._network.listen("127.0.0.1", 8080)
        self._streams: list[trio.SocketStream] = []

    async def seat(self) -> Link:
        """A new client."""
        self._streams.append(await self._network.open_stream("127.0.0.1", 8080))
        transport = await self._listener.accept()
        session = self.hub.new_session()
        writes = self.writes[session] = []
        send_nowait = transport.send_nowait

        def record(data: bytes) -> int:
            writes.append(data)
            return send_nowait(data)

        transport.send_nowait = record
        link = Link(session, transport, lambda: 10**6, lambda link: None, lambda reason: None)
        self.hub.inbox.send_nowait((link, (Opened(session, transport.peer, 0.0, outlet=link),)))
        return link

    def post(self, link: Link, *lines: str) -> None:
        """Put lines of one read into the inbox, without letting the hub run."""
        events = tuple(Received(link.session, parse(line.encode()), 0.0) for line in lines)
        self.hub.inbox.send_nowait((link, events))

    async def run(self) -> None:
        """Let the hub do what waits."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.hub.run)
            await self.hub.inbox.aclose()


class TestBatches:
    async def test_what_waits_together_is_answered_in_one_write(self) -> None:
        desk = Desk()
        link = await desk.seat()
        desk.post(link, "PING one", "PING two")
        desk.post(link, "NICK")
        await desk.run()
        (write,) = desk.writes[link.session]
        assert write.count(b"\r\n") == 3

    async def test_a_batch_is_flushed_after_so_much_work_though_more_waits(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub_module, "BATCH_WORK", 4)  # an event is one, and so is a line
        desk = Desk()
        link = await desk.seat()
        for number in range(6):
            desk.post(link, f"PING {number}")
        await desk.run()
        assert [write.count(b"\r\n") for write in desk.writes[link.session]] == [2, 2, 2]

    async def test_each_client_gets_one_write_however_many_speak(self) -> None:
        desk = Desk()
        links = [await desk.seat() for _ in range(3)]
        for number, link in enumerate(links):
            desk.post(link, f"NICK n{number}", "USER u 0 * :r", "JOIN #tea")
        for link in links:
            desk.post(link, "PRIVMSG #tea :hello")
        await desk.run()
        for link in links:
            (write,) = desk.writes[link.session]
            assert write.count(b"PRIVMSG #tea :hello") == 2

    async def test_a_long_flush_lets_others_have_their_turn(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub_module, "FLUSH_SLICE", 2)
        nicks = [f"user{number}" for number in range(8)]
        alice, *others = await chat.users("alice", *nicks, room="#tea")
        for other in others:
            other.stop_reading()
        await trio.testing.wait_all_tasks_blocked()
        before = [other.stream.socket.is_readable() for other in others]
        assert not any(before)
        await alice.say("#tea", "hello")
        seen = set()
        while (reached := sum(other.stream.socket.is_readable() for other in others)) < 8:
            seen.add(reached)
            await trio.lowlevel.checkpoint()
        assert seen & set(range(1, 8)), "all were reached in one go"

    async def test_a_line_reaches_everyone_in_the_room_once_and_in_order(
        self, chat: VirtualChat
    ) -> None:
        users = await chat.users(*(f"user{number}" for number in range(5)), room="#tea")
        for round_ in range(3):
            for user in users:
                await user.say("#tea", f"{user.nick} {round_}")
        heard = {
            tuple(message.params[1] for message in await user.rest()): user.nick for user in users
        }
        orders = [list(order) for order in heard]
        everything = sorted({text for order in orders for text in order})
        assert len(everything) == 15
        for order, nick in heard.items():
            assert sorted(order) == [text for text in everything if not text.startswith(nick)]
        first, second = orders[0], orders[1]
        common = set(first) & set(second)
        assert [text for text in first if text in common] == [
            text for text in second if text in common
        ]


async def test_numbers_of_sessions_are_never_used_again(chat: VirtualChat) -> None:
    (alice,) = await chat.users("alice")
    await alice.quit()
    (bob,) = await chat.users("bob")
    await bob.send("LUSERS")
    await bob.expect(numeric("255"))
    assert list(chat.world.sessions) == [2]
