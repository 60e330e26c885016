"""IRC over WebSocket (IRCv3 websocket), on the port where everything else arrives."""

from __future__ import annotations

import pytest
import trio
from websockets.frames import Opcode

from trio_chat.config import Config, WebSocketSettings
from trio_chat.core.settings import Limits, Settings
from trio_chat.testing import User, VirtualChat, left, said
from trio_chat.wire.frames import LINE, WEBSOCKET_BINARY, WEBSOCKET_TEXT, frame
from trio_chat.wire.lines import CLIENT_LINE

from .web import Browser

VISIT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


async def open_browser(chat: VirtualChat, *subprotocols: str) -> Browser:
    browser = Browser(await chat.open_stream())
    assert await browser.connect(*subprotocols)
    return browser


async def a_couple(chat: VirtualChat) -> tuple[User, Browser]:
    alice = await chat.user("alice", room="#tea")
    browser = await open_browser(chat, "text.ircv3.net")
    await browser.register("bob", "#tea")
    await alice.rest()
    return alice, browser


class TestHandshake:
    @pytest.mark.parametrize(
        ("offered", "agreed"),
        [
            (["text.ircv3.net"], "text.ircv3.net"),
            (["binary.ircv3.net"], "binary.ircv3.net"),
            (["binary.ircv3.net", "text.ircv3.net"], "binary.ircv3.net"),
            (["soap", "text.ircv3.net", "binary.ircv3.net"], "text.ircv3.net"),
            (["soap"], None),
            ([], None),
        ],
    )
    async def test_the_clients_first_subprotocol_that_is_known_is_agreed_on(
        self, chat: VirtualChat, offered: list[str], agreed: str | None
    ) -> None:
        browser = await open_browser(chat, *offered)
        assert browser.subprotocol == agreed
        await browser.send("PING x")
        line = await browser.receive_line()
        assert isinstance(line, bytes if agreed == "binary.ircv3.net" else str)

    async def test_nothing_is_compressed(self, chat: VirtualChat) -> None:
        browser = await open_browser(chat)
        assert browser.response is not None
        assert "Sec-WebSocket-Extensions" not in browser.response.headers

    @pytest.mark.parametrize(
        ("origins", "origin", "welcome"),
        [
            ((), None, True),
            ((), "http://127.0.0.1:8080", True),
            ((), "https://127.0.0.1:8080", True),
            ((), "http://127.0.0.1:8081", False),
            ((), "https://evil.example", False),
            ((), "null", False),
            (("https://chat.example",), "https://chat.example", True),
            (("https://chat.example",), "http://chat.example", False),
            (("https://chat.example",), "https://chat.example.evil.example", False),
            (("*",), "https://anywhere.example", True),
        ],
    )
    async def test_a_page_may_connect_if_it_is_ours_or_listed(
        self, origins: tuple[str, ...], origin: str | None, welcome: bool, chat: VirtualChat
    ) -> None:
        browser = Browser(await chat.open_stream())
        assert await browser.connect(origin=origin) is welcome
        if not welcome:
            assert browser.response is not None
            assert browser.response.status_code == 403
            await browser.stream.aclose()

    @pytest.fixture
    def chat_config(self, request: pytest.FixtureRequest) -> Config:
        params = getattr(request.node, "callspec", None)
        origins = params.params.get("origins", ()) if params else ()
        return Config(websocket=WebSocketSettings(origins))

    async def test_a_request_may_come_byte_by_byte(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream()
        for byte in UPGRADE + b"\r\n":
            await stream.send_all(bytes([byte]))
            await trio.testing.wait_all_tasks_blocked()
        answer = await stream.receive_some(4096)
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer  # RFC 6455 1.3
        await stream.aclose()

    @pytest.mark.parametrize(
        "request_",
        [
            b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 20_000,
            b"GET / nonsense\r\n\r\n",
            b"GET /" + b"\xff" * 100 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            UPGRADE + b"Origin: http://x\r\nOrigin: http://x\r\n\r\n",
            UPGRADE + b"Origin: http://x\r\nHost: x\r\n\r\n",
        ],
    )
    async def test_a_bad_request_is_refused_and_nobody_else_notices(
        self, chat: VirtualChat, request_: bytes
    ) -> None:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        stream = await chat.open_stream()
        await stream.send_all(request_)
        answer = b"".join([bytes(data) async for data in stream])
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        await stream.aclose()
        await alice.say("#tea", "and on")
        await bob.expect(said("and on"))

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (VISIT * 2, b"200"),
            (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nNICK eve\r\nUSER e 0 * :E\r\n", b"405"),
            (UPGRADE + b"Origin: https://evil.example\r\n\r\n\x81\x05hello", b"403"),
        ],
        ids=["a second request", "a body", "a frame that was not agreed on"],
    )
    async def test_what_follows_a_request_does_not_keep_it_from_being_answered(
        self, chat: VirtualChat, request_: bytes, status: bytes
    ) -> None:
        stream = await chat.open_stream()
        await stream.send_all(request_)
        assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 " + status)
        await stream.aclose()

    async def test_what_comes_with_a_request_is_heard_after_it(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream()
        await stream.send_all(UPGRADE + b"\r\n\x81\x86\0\0\0\0PING x")
        answer = b""
        while b"PONG" not in answer:
            answer += await stream.receive_some(4096)
        await stream.aclose()

    async def test_a_header_that_is_a_list_may_come_in_parts(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream()
        await stream.send_all(UPGRADE + b"Connection: keep-alive\r\n\r\n")  # RFC 9110 section 5.3
        assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 101 ")
        await stream.aclose()

    async def test_who_stops_in_the_middle_of_a_request_is_let_go(self, chat: VirtualChat) -> None:
        stream = await chat.open_stream()
        await stream.send_all(b"GET / HTTP/1.1\r\n")
        with trio.fail_after(Limits().registration_seconds + 2):
            assert [data async for data in stream]
        await stream.aclose()


class TestTalking:
    async def test_lines_cross_between_the_two_kinds_of_client(self, chat: VirtualChat) -> None:
        alice, browser = await a_couple(chat)
        await browser.send("PRIVMSG #tea :héllo ☕")
        await alice.expect(said("héllo ☕", by="bob"))
        await alice.say("#tea", "welcome")
        line = await browser.expect("PRIVMSG")
        assert line == f":{chat.world.users['alice'].source} PRIVMSG #tea :welcome"

    @pytest.mark.parametrize("size", [1, 60, 80, 90, 400])
    async def test_lines_of_every_length_arrive_whole(self, chat: VirtualChat, size: int) -> None:
        alice, browser = await a_couple(chat)
        await alice.say("#tea", "x" * size)
        assert (await browser.expect("PRIVMSG")).endswith(" :" + "x" * size)

    async def test_a_message_may_come_in_pieces(self, chat: VirtualChat) -> None:
        alice, browser = await a_couple(chat)
        await browser.send_in_pieces([b"PRIVMSG #te", b"a :one ", b"line"])
        await alice.expect(said("one line", by="bob"))

    @pytest.mark.parametrize("line", ["PRIVMSG #tea :x\r\n", "PRIVMSG #tea :x\n"])
    async def test_an_end_of_line_too_many_does_no_harm(self, chat: VirtualChat, line: str) -> None:
        alice, browser = await a_couple(chat)
        await browser.send(line)
        await alice.expect(said("x", by="bob"))

    async def test_invalid_utf8_is_refused_as_everywhere(self, chat: VirtualChat) -> None:
        _, browser = await a_couple(chat)
        await browser.send(b"PRIVMSG #tea :\xff")
        await browser.expect("FAIL PRIVMSG INVALID_UTF8")

    async def test_a_ping_is_answered_between_two_lines(self, chat: VirtualChat) -> None:
        _, browser = await a_couple(chat)
        await browser.ping(b"are you there")
        answer = await browser.receive()
        assert answer is not None
        assert (answer.opcode, bytes(answer.data)) == (Opcode.PONG, b"are you there")


class TestEnding:
    async def test_quit_ends_with_the_error_and_the_protocols_own_goodbye(
        self, chat: VirtualChat
    ) -> None:
        alice, browser = await a_couple(chat)
        await browser.send("QUIT :bye")
        await browser.expect("ERROR :Closing link")
        while await browser.receive() is not None:
            pass
        assert browser.closed == "1000"
        await alice.expect(left("bob", "Quit: bye"))

    async def test_closing_in_the_protocols_way_is_leaving(self, chat: VirtualChat) -> None:
        alice, browser = await a_couple(chat)
        await browser.close()
        await alice.expect(left("bob", "Connection closed"))

    async def test_a_last_message_does_not_hide_the_end_that_comes_with_it(
        self, chat: VirtualChat
    ) -> None:
        alice, browser = await a_couple(chat)
        with trio.fail_after(1):
            await browser.send_and_close("PRIVMSG #tea :bye")
            await alice.expect(said("bye", by="bob"))
            await alice.expect(left("bob", "Connection closed"))

    async def test_a_tab_that_is_shut_is_leaving(self, chat: VirtualChat) -> None:
        alice, browser = await a_couple(chat)
        await browser.stream.aclose()
        await alice.expect(left("bob"))

    @pytest.mark.parametrize("pieces", [1, 20])
    async def test_a_message_too_long_ends_it_and_costs_nobody_else(
        self, chat: VirtualChat, pieces: int
    ) -> None:
        alice, browser = await a_couple(chat)
        await browser.send_in_pieces([b"x" * (CLIENT_LINE // pieces + 1)] * pieces)
        while await browser.receive() is not None:
            pass
        assert browser.closed == "1009"  # RFC 6455 section 7.4.1: too big
        await alice.expect(left("bob"))

    async def test_bytes_that_are_no_frame_end_it(self, chat: VirtualChat) -> None:
        alice, browser = await a_couple(chat)
        await browser.stream.send_all(b"\xff" * 50)
        while await browser.receive() is not None:
            pass
        assert browser.closed == "1002"  # a protocol error
        await alice.expect(left("bob"))


class TestSilence:
    @pytest.fixture
    def chat_config(self) -> Config:
        return Config(chat=Settings(limits=Limits(registration_seconds=3)))

    async def test_who_opens_a_websocket_and_says_nothing_is_told_and_let_go(
        self, chat: VirtualChat
    ) -> None:
        browser = await open_browser(chat, "text.ircv3.net")
        await browser.expect("Registration timed out")


def test_a_line_is_framed_as_rfc_6455_has_it() -> None:
    assert frame(b"PING x", LINE) == b"PING x\r\n"
    assert frame(b"Hello", WEBSOCKET_TEXT) == b"\x81\x05Hello"  # RFC 6455 section 5.7
    assert frame(b"x" * 125, WEBSOCKET_BINARY) == b"\x82\x7d" + b"x" * 125
    assert frame(b"x" * 126, WEBSOCKET_BINARY) == b"\x82\x7e\x00\x7e" + b"x" * 126
    assert frame(b"x" * 8700, WEBSOCKET_TEXT) == b"\x81\x7e\x21\xfc" + b"x" * 8700
