"""One client's connection, from its first byte to its last, and what the others notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
import trio
import trio.testing

from trio_chat.config import Config
from trio_chat.core.commands import TABLE, Command
from trio_chat.core.costs import OF_EVERYTHING
from trio_chat.core.effects import Effect
from trio_chat.core.events import Reread
from trio_chat.core.questions import Reading
from trio_chat.core.replies import reply
from trio_chat.core.settings import Limits, Settings
from trio_chat.core.state import Session, World
from trio_chat.net.connection import ITEM_LINES, ConnectionLimits
from trio_chat.testing import Pattern, User, VirtualChat, failed, joined, left, numeric, said
from trio_chat.wire.lines import CLIENT_LINE
from trio_chat.wire.message import Message

LIMITS = Limits()


async def close_and_read(stream: trio.SocketStream) -> bytes:
    """Send the end of file, and read all that comes until the server's own."""
    await stream.send_eof()
    return b"".join([bytes(data) async for data in stream])


async def crowd(chat: VirtualChat) -> tuple[User, User]:
    """Alice, who will be rude, and bob, who is to notice nothing of it."""
    alice, bob = await chat.users("alice", "bob", room="#tea")
    return alice, bob


BAD_LINES = {
    "NUL": (b"PRIVMSG #tea :a\0b", numeric("400", "PRIVMSG")),
    "bare CR": (b"PRIVMSG #tea :a\rQUIT", numeric("400", "PRIVMSG")),
    "invalid UTF-8": (b"PRIVMSG #tea :caf\xe9", failed("INVALID_UTF8", "PRIVMSG")),
    "invalid UTF-8 in the command": (b"\xff\xfe", failed("INVALID_UTF8", "*")),
    "half a surrogate": (b"PRIVMSG #tea :\xed\xa0\x80", failed("INVALID_UTF8", "PRIVMSG")),
    "body too long": (b"PRIVMSG #tea :" + b"x" * 497, numeric("417")),
    "tags too long": (b"@+a=" + b"x" * 4092 + b" PING x", numeric("417")),
    "line too long": (b"PRIVMSG #tea :" + b"x" * 100_000, numeric("417")),
    "unknown command": (b"FROBNICATE now", numeric("421", "FROBNICATE")),
    "unknown command of signs": (b":a \x01\x02 :b", numeric("421")),
    "missing parameters": (b"JOIN", numeric("461", "JOIN")),
    "only a source": (b":alice", numeric("400", "*")),
    "only tags": (b"@a=b", numeric("400", "*")),
    "only a colon": (b":", numeric("400", "*")),
    "only an at sign": (b"@", numeric("400", "*")),
    "only spaces": (b"     ", numeric("400", "*")),
}


class TestBadLines:
    @pytest.mark.parametrize(("line", "reply"), BAD_LINES.values(), ids=BAD_LINES.keys())
    async def test_each_gets_its_reply_and_the_next_line_works(
        self, chat: VirtualChat, line: bytes, reply: Pattern
    ) -> None:
        alice, bob = await crowd(chat)
        await alice.send_bytes(line + b"\r\nPRIVMSG #tea :and on\r\n")
        assert reply.matches(await alice.receive())
        assert [message.params for message in await bob.rest()] == [("#tea", "and on")]
        assert await alice.rest() == []

    @pytest.mark.parametrize(("line", "reply"), BAD_LINES.values(), ids=BAD_LINES.keys())
    async def test_before_registration_each_is_refused_and_the_rest_of_it_works(
        self, chat: VirtualChat, line: bytes, reply: Pattern
    ) -> None:
        stranger = await chat.newcomer()
        await stranger.send_bytes(line + b"\r\nNICK alice\r\nUSER a 0 * :A\r\n")
        refusal = await stranger.receive()
        assert reply.matches(refusal) or refusal.command == "451"
        await stranger.expect("001")

    async def test_a_line_too_long_is_refused_before_its_end_and_once(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        await alice.send_bytes(b"x" * CLIENT_LINE)
        await alice.expect("417")
        await alice.send_bytes(b"x" * 50_000)
        assert await alice.rest() == []
        await alice.send_bytes(b"end of it\r\nPRIVMSG #tea :and on\r\n")
        await bob.expect(said("and on"))
        assert await alice.rest() == []

    async def test_the_longest_lines_are_taken(self, chat: VirtualChat) -> None:
        alice, _ = await crowd(chat)
        await alice.send_bytes(b"@+a=" + b"x" * 4091 + b" PING " + b"y" * 505 + b"\r\n")
        await alice.expect("PONG")

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n\n\n"])
    async def test_a_bare_lf_ends_a_line_and_empty_lines_are_nothing(
        self, chat: VirtualChat, end: bytes
    ) -> None:
        alice, bob = await crowd(chat)
        await alice.send_bytes(b"PRIVMSG #tea :one" + end + b"PRIVMSG #tea :two" + end)
        assert [message.params[1] for message in await bob.rest()] == ["one", "two"]
        assert await alice.rest() == []

    async def test_a_line_may_come_byte_by_byte(self, chat: VirtualChat) -> None:
        alice, bob = await crowd(chat)
        for byte in "PRIVMSG #tea :grüße\r\n".encode():
            await alice.send_bytes(bytes([byte]))
            await trio.testing.wait_all_tasks_blocked()
        await bob.expect(said("grüße", by="alice"))

    @pytest.mark.parametrize("command", ["JOIN #tea", "PRIVMSG alice :psst", "WHO", "FROBNICATE"])
    async def test_commands_before_registration_are_refused(
        self, chat: VirtualChat, command: str
    ) -> None:
        alice, _ = await crowd(chat)
        stranger = await chat.newcomer()
        await stranger.send(command)
        await stranger.expect("451")
        assert await alice.rest() == []
        await stranger.register("carol")


class TestStrangers:
    @pytest.mark.parametrize(
        "header",
        [
            b"PROXY TCP4 203.0.113.9 192.0.2.1 40000 6667\r\n",
            b"PROXY UNKNOWN\r\n",
            b"WEBIRC secret gateway host 203.0.113.9\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x9c\x40\x1a\x0b",
        ],
        ids=["PROXY", "PROXY UNKNOWN", "WEBIRC", "PROXY in binary"],
    )
    async def test_nobody_says_where_they_come_from_without_being_asked(
        self, chat: VirtualChat, header: bytes
    ) -> None:
        alice, _ = await crowd(chat)
        stream = await chat.open_stream(source="198.51.100.7")
        with suppress(trio.BrokenResourceError):
            await stream.send_all(header + b"NICK eve\r\nUSER eve 0 * :E\r\n")
        await trio.testing.wait_all_tasks_blocked()
        addresses = {session.address for session in chat.world.sessions.values()}
        assert "203.0.113.9" not in addresses
        eve = chat.world.find_user("eve")
        # Of the binary one only "QUIT" is a line; WEBIRC is not for strangers to try.
        assert (eve is None) == (not header.startswith(b"PROXY"))
        assert eve is None or eve.address == "198.51.100.7"
        assert await alice.rest() == []

    async def test_a_tls_hello_is_told_that_there_is_no_tls(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream()
        await stream.send_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 32)
        error = b"ERROR :Closing link: 127.0.0.1 [This port speaks IRC without TLS]\r\n"
        assert await close_and_read(stream) == error

    @pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 405), ("OPTIONS", 405)])
    async def test_an_http_request_is_answered_in_http(
        self, chat: VirtualChat, method: str, status: int
    ) -> None:
        stream = await chat.open_stream()
        await stream.send_all(f"{method} / HTTP/1.1\r\nHost: x\r\nQUIT: y\r\n\r\n".encode())
        answer = b"".join([bytes(data) async for data in stream])
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.count(b"\r\n\r\n") == 1
        assert answer.endswith(b"or connect a web client by WebSocket.\n")
        await stream.aclose()

    async def test_an_irc_line_with_http_in_it_is_irc(self, chat: VirtualChat) -> None:
        alice, bob = await crowd(chat)
        await alice.say("#tea", "GET / HTTP/1.1")
        await bob.expect(said("GET / HTTP/1.1"))


class TestNames:
    async def test_a_nick_in_use_is_refused_whatever_its_case(self, chat: VirtualChat) -> None:
        await chat.users("alice")
        stranger = await chat.newcomer()
        await stranger.send("NICK ALICE", "USER a 0 * :A")
        await stranger.expect(numeric("433", "ALICE"))
        await stranger.register("carol")

    async def test_of_two_who_want_a_nick_at_once_one_gets_it(self, chat: VirtualChat) -> None:
        one, other = await chat.newcomer(), await chat.newcomer()
        await one.send("NICK alice")
        await other.send("NICK alice")
        await trio.testing.wait_all_tasks_blocked()
        await other.send("USER o 0 * :O")
        await other.expect("001")
        await one.send("USER o 0 * :O")
        await one.expect(numeric("433", "alice"))
        await one.register("bob")

    async def test_the_nick_of_somebody_who_left_is_free_at_once(self, chat: VirtualChat) -> None:
        (alice,) = await chat.users("alice")
        await alice.quit()
        await chat.users("alice")


class TestEndings:
    async def test_quit_is_answered_with_an_error_and_told_to_the_others(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        await alice.send("QUIT :good night", "PRIVMSG #tea :never said")
        assert await alice.expect_end() == "Closing link: 10.0.0.2 [Quit: good night]"
        await bob.expect(left("alice", "Quit: good night"))
        assert await bob.rest() == []

    async def test_whoever_sends_lines_and_an_end_of_file_gets_every_reply(
        self, chat: VirtualChat
    ) -> None:
        _, bob = await crowd(chat)
        stream = await chat.open_stream()
        await stream.send_all(
            b"NICK nc\r\nUSER n 0 * :N\r\nJOIN #tea\r\nPRIVMSG #tea :hi\r\nPING done\r\n"
        )
        answer = (await close_and_read(stream)).decode()
        for part in (" 001 nc ", " 422 nc ", " JOIN #tea", " 366 nc #tea ", " PONG ", "ERROR :"):
            assert part in answer
        await bob.expect(joined("nc"))
        await bob.expect(said("hi", by="nc"))
        await bob.expect(left("nc", "Connection closed"))

    async def test_a_half_line_before_the_end_of_file_is_not_a_line(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        await alice.send_bytes(b"PRIVMSG #tea :hal")
        await alice.hang_up()
        await alice.expect_end()
        assert [message.command for message in await bob.rest()] == ["QUIT"]

    async def test_a_client_that_vanishes_in_mid_line_is_announced(self, chat: VirtualChat) -> None:
        alice, bob = await crowd(chat)
        await alice.send_bytes(b"PRIVMSG #tea :hal")
        await alice.vanish()
        await bob.expect(left("alice", "Connection reset"))
        assert await bob.rest() == []

    async def test_a_client_killed_while_it_is_sent_to_is_announced_once(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        alice.stop_reading()
        for number in range(400):
            await bob.say("#tea", f"{number} " + "x" * 400)
        await bob.send("PING sent")
        await bob.expect("PONG", within=100)
        (link,) = (s.outlet for s in chat.world.sessions.values() if s.user.nick == "alice")
        assert link.backlog > 0
        await alice.vanish()
        await bob.expect(left("alice", "Connection reset"))
        assert await bob.rest() == []

    async def test_somebody_without_a_registration_leaves_unnoticed(
        self, chat: VirtualChat
    ) -> None:
        _, bob = await crowd(chat)
        stranger = await chat.newcomer()
        await stranger.send("NICK carol")
        await stranger.vanish()
        assert await bob.rest() == []
        await chat.settle()
        assert chat.server.client_count == 2

    async def test_a_client_that_reads_no_more_gets_its_last_words_for_a_while_only(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        alice.stop_reading()
        await alice.send("QUIT")
        await bob.expect(left("alice"))
        await trio.sleep(chat.config.connection.close_seconds + 0.1)
        await alice.send("anybody there?")  # answered by a reset
        with pytest.raises(trio.BrokenResourceError):
            await alice.send("hello?")


class TestSilence:
    async def test_half_a_line_and_then_nothing_is_closed_in_time(self, chat: VirtualChat) -> None:
        begin = trio.current_time()
        stranger = await chat.newcomer()
        await stranger.send_bytes(b"NICK ali")
        error = await stranger.expect_end(within=LIMITS.registration_seconds + 2)
        assert "Registration timed out" in error
        assert trio.current_time() - begin >= LIMITS.registration_seconds

    async def test_nothing_at_all_is_closed_in_time(self, chat: VirtualChat) -> None:
        stranger = await chat.newcomer()
        error = await stranger.expect_end(within=LIMITS.registration_seconds + 2)
        assert "Registration timed out" in error

    async def test_a_registration_that_trickles_does_not_get_more_time(
        self, chat: VirtualChat
    ) -> None:
        stranger = await chat.newcomer()
        with trio.move_on_after(LIMITS.registration_seconds + 2):
            while stranger.ending is None:
                await stranger.send("CAP LS 302")
                await trio.sleep(1)
        assert "Registration timed out" in await stranger.expect_end()

    async def test_a_silent_client_is_asked_and_then_announced_as_gone(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        alice.answers_pings = False
        begin = trio.current_time()
        silence = LIMITS.ping_after_seconds + LIMITS.ping_timeout_seconds
        await alice.expect("PING", within=LIMITS.ping_after_seconds + 2)
        assert trio.current_time() - begin >= LIMITS.ping_after_seconds
        gone = await bob.expect(left("alice"), within=silence)
        assert gone.params[0].startswith("Ping timeout: 12")
        assert trio.current_time() - begin >= silence
        assert "Ping timeout" in await alice.expect_end()

    async def test_a_client_that_is_gone_without_a_sign_is_found_out(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        alice.stop_reading()
        await bob.expect(left("alice"), within=150)
        assert chat.server.client_count == 1

    async def test_whoever_answers_stays(self, chat: VirtualChat) -> None:
        alice, bob = await crowd(chat)
        await trio.sleep(3600)
        await alice.say("#tea", "still here")
        await bob.expect(said("still here"))
        assert len([message for message in bob.received if message.command == "PING"]) > 20

    async def test_whoever_talks_is_not_asked(self, chat: VirtualChat) -> None:
        alice, _ = await crowd(chat)
        for _ in range(10):
            await trio.sleep(60)
            await alice.say("#tea", "hm")
        assert "PING" not in {message.command for message in alice.received}


class TestFloods:
    async def test_a_flooding_client_waits_and_the_others_are_served(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def flood() -> None:
                await alice.send_bytes(b"PRIVMSG #tea :flood\r\n" * 20_000)

            await bob.expect(said("flood"))
            await bob.send("PING me")
            await bob.expect("PONG")
            nursery.cancel_scope.cancel()

    async def test_so_many_lines_come_at_once_and_the_others_one_by_one(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        await trio.sleep(60)
        begin = trio.current_time()
        await alice.send(*[f"PRIVMSG #tea :{number}" for number in range(LIMITS.burst + 20)])
        for number in range(LIMITS.burst):
            await bob.expect(said(str(number)))
        assert trio.current_time() == begin
        for number in range(LIMITS.burst, LIMITS.burst + 20):
            await bob.expect(said(str(number)))
        # Up to one item more comes at once, before it is known what it costs.
        late = 20 / LIMITS.lines_per_second
        assert late - ITEM_LINES / LIMITS.lines_per_second <= trio.current_time() - begin <= late
        assert await bob.rest() == []

    async def test_what_costs_much_comes_less_often(self, chat: VirtualChat) -> None:
        alice, _ = await crowd(chat)
        await trio.sleep(60)
        begin = trio.current_time()
        await alice.send(*["WHO *"] * 30, "PING done")
        await alice.expect("PONG", within=600)
        many = 30 * 5 * OF_EVERYTHING
        assert trio.current_time() - begin >= (many - LIMITS.burst) / LIMITS.lines_per_second

    async def test_whoever_was_too_fast_is_kept_waiting_no_longer_than_that(
        self, chat: VirtualChat
    ) -> None:
        alice, _ = await crowd(chat)
        await alice.send(*["PONG"] * 200)
        await trio.sleep(100 / LIMITS.lines_per_second)
        begin = trio.current_time()
        await alice.send("PING me")
        await alice.expect("PONG")
        assert trio.current_time() - begin < 2 * ITEM_LINES / LIMITS.lines_per_second

    async def test_whoever_hangs_up_is_not_waited_for(self, chat: VirtualChat) -> None:
        alice, bob = await crowd(chat)
        await trio.sleep(60)
        await alice.send(*["PRIVMSG #tea :x"] * (LIMITS.burst + 10))
        await alice.hang_up()
        await bob.expect(left("alice"), within=10 / LIMITS.lines_per_second + 0.1)

    @pytest.mark.parametrize(
        "flood",
        [b"\r\n", b"x" * 1024, b"\0", b"\0\r\n", b"@a=" + b"b" * 1021, b"a\n"],
        ids=["blank lines", "no end", "NUL", "NULs", "tags", "short lines"],
    )
    async def test_a_flood_of_nothing_is_slowed_like_any_other(
        self, chat: VirtualChat, flood: bytes
    ) -> None:
        alice, bob = await crowd(chat)
        sent = 0
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def pour() -> None:
                nonlocal sent
                while True:
                    await alice.send_bytes((flood * 65536)[:65536])
                    sent += 65536

            await trio.sleep(30)
            begin = trio.current_time()
            await bob.send("PING me")
            await bob.expect("PONG")
            assert trio.current_time() == begin
            nursery.cancel_scope.cancel()
        assert sent < 1_000_000

    async def test_who_is_exempt_is_not_slowed(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream(source="127.0.0.1")
        begin = trio.current_time()
        await stream.send_all(b"NICK eve\nUSER a 0 * a\n" + b"WHO *\n" * 1000 + b"PING x\n")
        heard = b""
        while b"PONG" not in heard:
            heard += await stream.receive_some()
        assert trio.current_time() == begin
        await stream.aclose()

    async def test_another_pace_holds_at_once(self, chat: VirtualChat) -> None:
        alice, _ = await crowd(chat)
        settings = chat.world.settings
        faster = replace(settings, limits=replace(settings.limits, lines_per_second=1000))
        await alice.send(*["PONG"] * 150)
        await chat.server._hub.inbox.send((None, (Reread(Reading("x", faster), 0.0),)))
        begin = trio.current_time()
        await alice.send(*["PONG"] * 500, "PING me")
        await alice.expect("PONG")
        assert trio.current_time() - begin < 5


class TestWhoHasNotRegistered:
    @pytest.fixture
    def chat_config(self) -> Config:
        limits = ConnectionLimits(sendq=200_000, unregistered_sendq=9_000)
        return Config(chat=Settings(exempt=("10.0.0.0/8",)), connection=limits)

    async def test_less_is_kept_for_those_who_have_not_registered(self, chat: VirtualChat) -> None:
        stranger, alice = await chat.newcomer(), await chat.user("alice")
        for client in (stranger, alice):
            client.stop_reading()
            for _ in range(1000):  # some 60 KB of answers, and as much again
                await client.send("NICK", "NICK")
        await trio.sleep(1)
        assert [session.user.nick for session in chat.world.sessions.values()] == ["alice"]
        await alice.vanish()


class TestLag:
    @pytest.fixture
    def chat_config(self) -> Config:
        # Exempt, so that they may send as fast as the others can read.
        chat = Settings(exempt=("10.0.0.0/8",), cloaking=False)
        return Config(chat=chat, connection=ConnectionLimits(sendq=20_000))

    async def test_a_client_that_lags_gets_everything_when_it_reads_again(
        self, chat: VirtualChat
    ) -> None:
        alice, bob = await crowd(chat)
        alice.stop_reading()
        for number in range(150):
            await bob.say("#tea", f"{number} " + "x" * 400)
        await bob.send("PING sent")
        await bob.expect("PONG")
        alice.resume_reading()
        for number in range(150):
            await alice.expect(said(f"{number} " + "x" * 400, by="bob"))

    async def test_a_client_that_reads_nothing_is_let_go_and_the_others_stay(
        self, chat: VirtualChat
    ) -> None:
        alice, bob, carol = await chat.users("alice", "bob", "carol", room="#tea")
        alice.stop_reading()
        for number in range(400):
            await bob.say("#tea", f"{number} " + "x" * 400)
        await bob.expect(left("alice", "SendQ exceeded"))
        await carol.expect(left("alice", "SendQ exceeded"))
        await bob.say("#tea", "and on")
        await carol.expect(said("and on"))
        assert len([message for message in carol.received if message.command == "PRIVMSG"]) == 401
        assert chat.server.client_count == 2

    async def test_who_asks_for_more_than_they_read_is_let_go_before_all_is_answered(
        self, chat: VirtualChat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = 0

        def tell(world: World, session: Session, message: Message) -> Iterator[Effect]:
            nonlocal asked
            asked += 1
            for _ in range(10):
                yield reply(world, session, "371", "x" * 400)

        monkeypatch.setitem(TABLE, "TELL", Command(tell))
        alice, bob = await crowd(chat)
        alice.stop_reading()
        await alice.send_bytes(b"TELL\n" * 3000)  # one read of the server's
        await bob.expect(left("alice", "SendQ exceeded"))
        assert asked < 1000  # what is under way when it is noticed, not all there is


class TestCapabilities:
    async def test_no_tag_is_sent_before_it_was_agreed_upon(self, chat: VirtualChat) -> None:
        _, bob = await crowd(chat)
        alice = await chat.newcomer()
        await alice.send("CAP LS 302", "NICK carol", "USER c 0 * :C", "PING early")
        await alice.expect("PONG")
        await alice.send("CAP REQ :server-time message-tags")
        await alice.expect(Pattern("CAP", (None, "ACK")))
        before = len(alice.lines)
        await alice.send("CAP END")
        await alice.join("#tea")
        await bob.say("#tea", "hello")
        await alice.expect(said("hello", by="bob"))
        assert not [line for line in alice.lines[: before - 1] if line.startswith("@")]
        assert all(line.startswith("@time=2030-01-01T00:00:") for line in alice.lines[before:])

    async def test_the_time_is_that_of_the_servers_clock(self, chat: VirtualChat) -> None:
        alice, bob = await chat.users("alice", "bob", caps=["server-time"], room="#tea")
        await trio.sleep(30)
        await alice.say("#tea", "now")
        heard = await bob.expect(said("now"))
        assert heard.tags["time"] == "2030-01-01T00:00:30.000Z"

    async def test_an_echo_comes_only_to_those_who_asked_for_it(self, chat: VirtualChat) -> None:
        (alice,) = await chat.users("alice", caps=["echo-message"], room="#tea")
        (bob,) = await chat.users("bob", room="#tea")
        await alice.rest()
        await alice.say("#tea", "one")
        await alice.expect(said("one", by="alice"))
        await bob.expect(said("one"))
        await bob.say("#tea", "two")
        await alice.expect(said("two"))
        assert await bob.rest() == []

    async def test_a_labelled_request_has_its_label_in_the_one_answer(
        self, chat: VirtualChat
    ) -> None:
        caps = ["batch", "echo-message", "labeled-response", "message-tags"]
        alice, bob = await chat.users("alice", "bob", caps=caps, room="#tea")
        await alice.send("@label=one PRIVMSG #tea :hi", "@label=two PONG", "@label=three PING x")
        echo = await alice.expect(said("hi", by="alice"))
        assert echo.tags["label"] == "one"
        heard = await bob.expect(said("hi", by="alice"))
        assert "label" not in heard.tags
        assert heard.tags["msgid"] == echo.tags["msgid"]
        await alice.expect(Pattern("ACK", tags={"label": "two"}))
        await alice.expect(Pattern("PONG", tags={"label": "three"}))
        assert await alice.rest() == []

    async def test_several_answers_to_a_label_come_in_one_batch(self, chat: VirtualChat) -> None:
        caps = ["batch", "labeled-response"]
        (alice,) = await chat.users("alice", caps=caps)
        await alice.send("@label=w WHOIS alice")
        begin = await alice.expect(
            Pattern("BATCH", (None, "labeled-response"), tags={"label": "w"})
        )
        name = begin.params[0][1:]
        while (message := await alice.receive()).command != "BATCH":
            assert message.tags["batch"] == name
        assert message.params == (f"-{name}",)


class TestPassword:
    @pytest.fixture
    def chat_config(self) -> Config:
        return Config(chat=Settings(password="sesame"))

    async def test_a_wrong_password_is_told_and_the_connection_closed(
        self, chat: VirtualChat
    ) -> None:
        stranger = await chat.newcomer()
        await stranger.send("PASS please", "NICK alice", "USER a 0 * :A")
        await stranger.expect("464")
        assert "Password incorrect" in await stranger.expect_end()

    async def test_the_right_one_lets_in(self, chat: VirtualChat) -> None:
        stranger = await chat.newcomer()
        await stranger.send("PASS sesame")
        await stranger.register("alice")
