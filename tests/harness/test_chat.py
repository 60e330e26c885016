"""The language of tests itself: users, expectations, programs, and what a test fails of."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from trio_chat.core.commands import TABLE, Command
from trio_chat.core.effects import Effect
from trio_chat.core.state import Room, Session, World
from trio_chat.testing import (
    EPOCH,
    NotReceived,
    Pattern,
    Violated,
    VirtualChat,
    failed,
    joined,
    kicked,
    left,
    noticed,
    numeric,
    open_chat,
    parted,
    renamed,
    said,
    topic_set,
)
from trio_chat.testing.listeners import MemoryTransport
from trio_chat.testing.user import SHOWN_LINES
from trio_chat.wire.message import Message, parse


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "line"),
        [
            (said(), ":bob!b@h PRIVMSG #tea :hi"),
            (said("hi", by="bob", to="#tea"), ":bob!b@h PRIVMSG #tea :hi"),
            (noticed("hi"), ":bob!b@h NOTICE #tea :hi"),
            (joined("bob", "#tea"), ":bob!b@h JOIN #tea account :real name"),
            (parted("bob"), ":bob!b@h PART #tea"),
            (left("bob", "Quit: bye"), ":bob!b@h QUIT :Quit: bye"),
            (kicked("bob", "#tea", by="alice"), ":alice!a@h KICK #tea bob :out"),
            (renamed("bob", "rob"), ":bob!b@h NICK rob"),
            (topic_set("new", room="#tea"), ":bob!b@h TOPIC #tea :new"),
            (numeric("433", "bob"), ":server 433 * bob :in use"),
            (failed("INVALID_UTF8"), ":server FAIL PRIVMSG INVALID_UTF8 :no"),
            (Pattern("PONG", tags={"label": "1"}), "@label=1;a=b :server PONG server x"),
        ],
    )
    def test_what_is_meant_matches(self, pattern: Pattern, line: str) -> None:
        assert pattern.matches(parse(line.encode()))

    @pytest.mark.parametrize(
        ("pattern", "line"),
        [
            (said("hi"), ":bob!b@h NOTICE #tea :hi"),
            (said("hi"), ":bob!b@h PRIVMSG #tea :hi!"),
            (said(by="bob"), ":rob!b@h PRIVMSG #tea :hi"),
            (said(to="#tea"), ":bob!b@h PRIVMSG #den :hi"),
            (numeric("433", "bob"), ":server 433 bob"),
            (Pattern("PONG", tags={"label": "1"}), "@label=2 :server PONG server x"),
        ],
    )
    def test_what_differs_does_not(self, pattern: Pattern, line: str) -> None:
        assert not pattern.matches(parse(line.encode()))

    def test_a_pattern_reads_as_what_it_means(self) -> None:
        assert str(said("hi", by="bob")) == "PRIVMSG <anything> 'hi' by bob"
        assert str(Pattern("PONG", tags={"label": "1"})) == "PONG with label=1"


class TestHearing:
    async def test_expecting_goes_forward_only(self, chat: VirtualChat) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        for text in ("one", "two", "three"):
            await alice.say("#tea", text)
        await bob.expect(said("two"))
        with pytest.raises(NotReceived):
            await bob.expect(said("one"))
        await bob.expect(said("three"))

    async def test_what_does_not_come_is_a_failure_that_shows_what_came(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        await alice.say("#tea", "hello")
        begin = trio.current_time()
        with pytest.raises(NotReceived) as caught:
            await bob.expect(said("goodbye", by="alice"), within=7)
        assert trio.current_time() - begin == pytest.approx(7)
        assert str(caught.value) == (
            "bob did not receive PRIVMSG <anything> 'goodbye' by alice within 7 s, but:\n"
            "  :alice!~alice@10.0.0.2 PRIVMSG #tea :hello"
        )

    async def test_a_failure_that_has_nothing_to_show_says_so(self, chat: VirtualChat) -> None:
        (bob,) = await chat.users("bob")
        with pytest.raises(NotReceived, match="within 5 s, but nothing at all"):
            await bob.expect("PRIVMSG")

    async def test_of_very_much_only_the_last_is_shown(self, chat: VirtualChat) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        for number in range(SHOWN_LINES + 5):
            await alice.say("#tea", f"text {number}")
        with pytest.raises(NotReceived) as caught:
            await bob.expect("JOIN")
        text = str(caught.value)
        assert "… 5 lines" in text
        assert "text 4" not in text.splitlines()[2]
        assert text.endswith(f"text {SHOWN_LINES + 4}")

    async def test_an_ended_connection_fails_at_once(self, chat: VirtualChat) -> None:
        (bob,) = await chat.users("bob")
        await bob.quit()
        begin = trio.current_time()
        for waiting in (bob.expect("PRIVMSG"), bob.receive()):
            with pytest.raises(NotReceived, match="the connection was closed"):
                await waiting
        assert trio.current_time() == begin

    async def test_waiting_for_an_end_that_does_not_come_fails(self, chat: VirtualChat) -> None:
        (bob,) = await chat.users("bob")
        with pytest.raises(NotReceived, match="the end of the connection within 2 s"):
            await bob.expect_end(within=2)

    async def test_a_message_later_within_the_time_is_waited_for(self, chat: VirtualChat) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bob.expect, said("finally"))
            await trio.sleep(4.9)
            await alice.say("#tea", "finally")

    async def test_receive_gives_everything_in_order_and_rest_what_is_left(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        for text in ("one", "two", "three"):
            await alice.say("#tea", text)
        assert (await bob.receive()).params == ("#tea", "one")
        assert [message.params[1] for message in await bob.rest()] == ["two", "three"]
        assert await bob.rest() == []
        with pytest.raises(NotReceived, match="any message"):
            await bob.receive(within=1)
        assert bob.lines[-1] == ":alice!~alice@10.0.0.2 PRIVMSG #tea :three"

    async def test_a_refused_registration_says_what_the_server_said(
        self, chat: VirtualChat
    ) -> None:
        await chat.users("alice")
        with pytest.raises(NotReceived, match=r"alice was refused: .* 433 .*"):
            await chat.user("alice")

    async def test_a_user_shows_who_it_is(self, chat: VirtualChat) -> None:
        (bob,) = await chat.users("bob")
        assert repr(bob).startswith("<bob with ")
        assert repr(await chat.newcomer()) == "<somebody with 0 lines received>"


class TestDoing:
    async def test_coming_and_leaving_wait_for_the_servers_word(self, chat: VirtualChat) -> None:
        alice, bob = await chat.users("alice", "bob")
        await bob.join("#tea")
        await alice.join("#tea")
        await bob.expect(joined("alice", "#tea"))
        await alice.part("#tea", "no milk")
        assert alice.received[-1].params == ("#tea", "no milk")
        await bob.expect(parted("alice"))
        await alice.quit("good night")
        assert alice.ending == "closed"

    async def test_a_user_that_was_closed_does_not_answer_a_ping(self, chat: VirtualChat) -> None:
        (alice,) = await chat.users("alice")
        (session,) = chat.world.sessions.values()
        session.outlet.out.append(b"PING :you\r\n")
        session.outlet.flush()
        await alice.expect("PING")
        await alice.close()
        await chat.settle()

    async def test_a_user_may_be_closed_just_as_something_arrives(self, chat: VirtualChat) -> None:
        (alice,) = await chat.users("alice")
        (session,) = chat.world.sessions.values()
        session.outlet.out.append(b"PING :you\r\n")
        session.outlet.flush()
        await alice.close()
        assert alice.ending is None


class TestTime:
    async def test_an_hour_passes_at_once_and_the_wall_clock_with_it(
        self, chat: VirtualChat
    ) -> None:
        (alice,) = await chat.users("alice", caps=["server-time"])
        await trio.sleep(3600)
        await alice.send("PING x")
        pong = await alice.expect("PONG")
        assert pong.tags["time"] == "2030-01-01T01:00:00.000Z"
        assert chat.world.now == EPOCH + 3600


class TestPrograms:
    async def test_a_program_needs_no_change_to_be_run(self, chat: VirtualChat) -> None:
        async def greet(host: str, port: int) -> None:
            stream = await trio.open_tcp_stream(host, port)
            await stream.send_all(b"NICK bot\r\nUSER b 0 * :B\r\nJOIN #tea\r\n")
            async for data in stream:
                if b"carol" in data:
                    await stream.send_all(b"PRIVMSG #tea :welcome\r\n")

        (alice,) = await chat.users("alice", room="#tea")
        scope = chat.run(greet, "localhost", 8080)
        await alice.expect(joined("bot"))
        await chat.user("carol", room="#tea")
        await alice.expect(said("welcome", by="bot"))
        scope.cancel()
        await trio.testing.wait_all_tasks_blocked()

    async def test_a_stream_to_the_server_serves_any_client(self, chat: VirtualChat) -> None:
        async with await chat.open_stream() as stream:
            await stream.send_all(b"PING x\r\n")
            assert b"PONG" in await stream.receive_some()


class TestWhatFailsATest:
    """Each of these would pass, were it not for the checks at the end of `open_chat`."""

    async def test_a_bug_in_the_server(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(world: World, session: Session, message: Message) -> Iterator[Effect]:
            raise ZeroDivisionError("planted")

        monkeypatch.setitem(TABLE, "CRASH", Command(crash))
        (alice,) = await chat.users("alice")
        await alice.send("CRASH")
        await alice.expect_end()
        with pytest.raises(Violated, match="ZeroDivisionError: planted"):
            await chat.settle()
        chat.complaints.clear()

    async def test_a_connection_the_server_does_not_close(
        self, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(MemoryTransport, "close", lambda transport: None)
        expected = pytest.RaisesExc(Violated, match="1 connections not closed by the server")
        with pytest.RaisesGroup(expected):
            async with open_chat() as chat:
                await chat.users("alice")

    async def test_an_inconsistent_world(self, chat: VirtualChat) -> None:
        chat.world.rooms["#ghost"] = Room("#ghost", 0.0)
        with pytest.raises(Violated, match="#ghost is empty"):
            await chat.settle()
        del chat.world.rooms["#ghost"]

    async def test_something_left_behind(self, autojump_clock: trio.testing.MockClock) -> None:
        async def linger() -> None:
            await trio.sleep_forever()

        with pytest.RaisesGroup(pytest.RaisesExc(Violated, match=r"the task .*linger, 1 times")):
            async with open_chat() as chat:
                servers = chat.programs.parent_task.child_nurseries[-2]
                servers.start_soon(linger)

    async def test_a_program_that_raises(self, autojump_clock: trio.testing.MockClock) -> None:
        async def fail() -> None:
            await trio.sleep(0.5)
            raise ZeroDivisionError("mine")

        with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
            async with open_chat() as chat:
                chat.run(fail)
                await trio.sleep(1)

    async def test_a_server_that_breaks_the_protocol(
        self, autojump_clock: trio.testing.MockClock
    ) -> None:
        with pytest.RaisesGroup(
            pytest.RaisesExc(AssertionError, match="too long"), flatten_subgroups=True
        ):
            async with open_chat() as chat:
                (alice,) = await chat.users("alice")
                (session,) = chat.world.sessions.values()
                session.outlet.out.append(b"x" * 10_000)
                session.outlet.flush()
                await alice.rest()


async def test_logging_is_as_it_was_afterwards(autojump_clock: trio.testing.MockClock) -> None:
    before = list(logging.getLogger("trio_chat").handlers)
    async with open_chat():
        pass
    assert logging.getLogger("trio_chat").handlers == before
