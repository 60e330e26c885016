"""Logging in while registering: what is said, to whom, and what becomes of a no."""

from __future__ import annotations

import socket
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from scramp import ScramMechanism

from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import LoginFailed
from trio_chat.client.login import LONGEST_CHALLENGE, Exchange, Login
from trio_chat.client.model.model import Model
from trio_chat.client.reach import is_private
from trio_chat.client.reconnect import keep_connected
from trio_chat.wire.message import Message, parse

from .scripted_server import ScriptedServer

LOGIN = Login("alice", "sesame")


async def offer(server: ScriptedServer, *capabilities: str) -> None:
    """Take what a client opens with, and tell the capabilities, one line each."""
    await server.expect("CAP", "LS", "302")
    await server.expect("NICK", "me")
    assert (await server.receive()).command == "USER"
    for line in capabilities[:-1]:
        await server.send(f":irc.test CAP * LS * :{line}")
    await server.send(f":irc.test CAP * LS :{capabilities[-1]}")


async def take_up(server: ScriptedServer, sasl: str, mechanism: str) -> None:
    """All up to where the client's first response is due."""
    await offer(server, sasl)
    await server.expect("CAP", "REQ", "sasl")
    await server.send(":irc.test CAP * ACK :sasl")
    await server.expect("AUTHENTICATE", mechanism)
    await server.send("AUTHENTICATE +")


async def response(server: ScriptedServer) -> bytes:
    """The client's response, put together from its lines."""
    text = ""
    while True:
        message = await server.receive()
        assert message.command == "AUTHENTICATE"
        [chunk] = message.params
        text += chunk.replace("+", "") if chunk == "+" else chunk
        if len(chunk) < 400:
            return b64decode(text, validate=True)


async def challenge(server: ScriptedServer, text: str) -> None:
    await server.send(f"AUTHENTICATE {b64encode(text.encode()).decode()}")


async def log_in(server: ScriptedServer) -> None:
    """Say yes, and let the client in."""
    await server.send(
        ":irc.test 900 me me!u@h alice :You are now logged in as alice",
        ":irc.test 903 me :SASL authentication successful",
    )
    await server.expect("CAP", "END")
    await server.send(":irc.test 001 me :Welcome", ":irc.test 422 me :No MOTD")


@asynccontextmanager
async def meeting(
    script: Callable[[ScriptedServer], Awaitable[None]], login: Login = LOGIN
) -> AsyncIterator[Chat]:
    """A client that wants to log in, and a server that follows the script."""
    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(script, server)
        try:
            async with connect(nick="me", login=login, stream=server.stream) as chat:
                yield chat
                nursery.start_soon(server.take_quit)
        finally:
            nursery.cancel_scope.deadline = trio.current_time() + 5


async def failure(script: Callable[[ScriptedServer], Awaitable[None]], login: Login = LOGIN) -> str:
    """Why it fails to log in."""
    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(script, server)
        with pytest.raises(LoginFailed) as caught:
            async with connect(nick="me", login=login, stream=server.stream):
                pass
    assert "sesame" not in str(caught.value)
    return str(caught.value)


# --- mechanisms ---


async def test_plain_sends_account_and_password() -> None:
    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=EXTERNAL,PLAIN", "PLAIN")
        assert await response(server) == b"\0alice\0sesame"
        await log_in(server)

    async with meeting(script) as chat:
        assert chat.nick == "me"


async def test_a_server_that_does_not_say_how_is_asked_for_the_best_first() -> None:
    async def script(server: ScriptedServer) -> None:
        await offer(server, "sasl")
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP * ACK :sasl")
        await server.expect("AUTHENTICATE", "SCRAM-SHA-256")
        await server.send(
            ":irc.test 908 me PLAIN,EXTERNAL :are available SASL mechanisms",
            ":irc.test 904 me :SASL authentication failed",
        )
        await server.expect("AUTHENTICATE", "PLAIN")
        await server.send("AUTHENTICATE +")
        assert await response(server) == b"\0alice\0sesame"
        await log_in(server)

    async with meeting(script):
        pass


async def test_a_certificate_says_whose_it_is() -> None:
    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN,EXTERNAL", "EXTERNAL")
        assert await response(server) == b"alice"
        await log_in(server)

    async with meeting(script, Login("alice")):
        pass


@pytest.mark.parametrize("length", [290, 291, 292, 293, 600])
async def test_a_long_password_goes_in_pieces(length: int) -> None:
    login = Login("alice", "x" * length)

    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN", "PLAIN")
        assert await response(server) == b"\0alice\0" + b"x" * length
        await log_in(server)

    async with meeting(script, login):
        pass


class Scram:
    """A server's side of SCRAM, with the keys of one account."""

    def __init__(self, name: str = "SCRAM-SHA-256", password: str = "sesame") -> None:
        self.name = name
        mechanism = ScramMechanism(name)
        keys = mechanism.make_auth_info(password)
        self.names: list[str] = []

        def keys_of(name: str) -> object:
            self.names.append(name)
            return keys

        self.server = mechanism.make_server(keys_of)

    async def go_through(self, server: ScriptedServer) -> None:
        """Up to the server's proof."""
        await take_up(server, f"sasl=PLAIN,SCRAM-SHA-256,{self.name}", self.name)
        self.server.set_client_first((await response(server)).decode())
        await challenge(server, self.server.get_server_first())
        self.server.set_client_final((await response(server)).decode())


@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_scram_is_preferred_and_never_sends_the_password(name: str) -> None:
    scram = Scram(name)

    async def script(server: ScriptedServer) -> None:
        await scram.go_through(server)
        await challenge(server, scram.server.get_server_final())
        assert await response(server) == b""
        await log_in(server)

    async with meeting(script):
        pass
    assert scram.names == ["alice"]


async def test_a_server_that_does_not_prove_that_it_knows_the_password_is_left() -> None:
    scram = Scram()

    async def script(server: ScriptedServer) -> None:
        await scram.go_through(server)
        await server.send(":irc.test 903 me :SASL authentication successful")
        await server.expect_end()

    assert await failure(script) == "the server let us in before the login was complete"


async def test_a_false_proof_is_not_taken() -> None:
    scram = Scram()

    async def script(server: ScriptedServer) -> None:
        await scram.go_through(server)
        await challenge(server, f"v={b64encode(bytes(32)).decode()}")
        await server.expect_end()

    assert (await failure(script)).startswith("SCRAM failed: ")


@pytest.mark.parametrize("iterations", ["1", "4095", "1000001", "many", ""])
async def test_a_server_may_not_choose_any_number_of_iterations(iterations: str) -> None:
    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=SCRAM-SHA-256", "SCRAM-SHA-256")
        nonce = (await response(server)).decode().rpartition("r=")[2]
        salt = b64encode(bytes(16)).decode()
        await challenge(server, f"r={nonce}more,s={salt},i={iterations}")
        await server.expect_end()

    assert (await failure(script)).startswith("SCRAM failed: ")


# --- a no ---


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (":irc.test 904 me :Wrong password", "Wrong password"),
        (":irc.test 902 me :Account locked", "Account locked"),
        (":irc.test 905 me :Too long", "Too long"),
        (":irc.test 904", "the server does not say why"),
        (":irc.test FAIL AUTHENTICATE SLOW_DOWN :Later", "Later"),
        (":irc.test 421 me AUTHENTICATE :Unknown command", "Unknown command"),
        (":irc.test 001 me :Welcome", "the server let us in without a login"),
        ("AUTHENTICATE +", "the server does not keep to SASL"),
        ("AUTHENTICATE !", "the server does not keep to SASL"),
    ],
)
async def test_a_login_that_fails_ends_it(line: str, why: str) -> None:
    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN", "PLAIN")
        await response(server)
        await server.send(line)
        await server.expect_end()

    assert await failure(script) == why


@pytest.mark.parametrize(
    ("capabilities", "why"),
    [
        ("batch", "no accounts to log in to"),
        ("sasl=EXTERNAL,FOO", "no way to log in that this client knows: it has EXTERNAL,FOO"),
    ],
)
async def test_a_server_without_a_way_to_log_in_is_left(capabilities: str, why: str) -> None:
    async def script(server: ScriptedServer) -> None:
        await offer(server, capabilities)
        if "sasl" in capabilities:
            await server.expect("CAP", "REQ", "sasl")
            await server.send(":irc.test CAP * ACK :sasl")
            await server.expect_end()

    assert why in await failure(script)


async def test_a_server_that_takes_no_logins_now_is_left() -> None:
    async def script(server: ScriptedServer) -> None:
        await offer(server, "batch echo-message", "sasl=PLAIN")
        await server.expect("CAP", "REQ", "batch echo-message")
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP * ACK :batch echo-message", ":irc.test CAP * NAK :sasl")
        await server.expect_end()

    assert await failure(script) == "the server takes no logins now"


async def test_a_failed_login_is_not_tried_again() -> None:
    servers: list[ScriptedServer] = []

    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN", "PLAIN")
        await response(server)
        await server.send(":irc.test 904 me :Wrong password")

    async with trio.open_nursery() as nursery:

        async def open_stream() -> trio.abc.Stream:
            await trio.lowlevel.checkpoint()
            servers.append(ScriptedServer())
            nursery.start_soon(script, servers[-1])
            return servers[-1].stream

        with pytest.raises(LoginFailed, match="Wrong password"):
            await keep_connected(use, nick="me", login=LOGIN, open_stream=open_stream)
    assert len(servers) == 1


async def use(chat: Chat) -> None:
    async for _ in chat:
        pass


async def test_after_a_loss_it_logs_in_again(autojump_clock: trio.abc.Clock) -> None:
    logins: list[bytes] = []

    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN", "PLAIN")
        logins.append(await response(server))
        await log_in(server)
        await server.hang_up()

    async with trio.open_nursery() as nursery:

        async def open_stream() -> trio.abc.Stream:
            await trio.lowlevel.checkpoint()
            if len(logins) == 3:
                nursery.cancel_scope.cancel()
            server = ScriptedServer()
            nursery.start_soon(script, server)
            return server.stream

        await keep_connected(use, nick="me", login=LOGIN, open_stream=open_stream)
    assert logins == [b"\0alice\0sesame"] * 3


def test_a_challenge_without_end_is_not_kept() -> None:
    exchange = Exchange(LOGIN, is_private=True)
    exchange.begin()
    part = Message("AUTHENTICATE", ("A" * 400,))
    for _ in range(LONGEST_CHALLENGE // 400):
        assert list(exchange.answer(part)) == []
    with pytest.raises(LoginFailed, match="too long"):
        list(exchange.answer(part))


# --- what is secret ---


def test_the_password_does_not_go_over_a_network_as_it_is() -> None:
    exchange = Exchange(LOGIN, is_private=False)
    exchange.offer("PLAIN")
    with pytest.raises(LoginFailed, match="connect with TLS"):
        exchange.begin()


def test_over_a_network_a_server_cannot_have_plain_by_refusing_scram() -> None:
    exchange = Exchange(LOGIN, is_private=False)
    exchange.offer("SCRAM-SHA-256,PLAIN")
    assert exchange.begin() == Message("AUTHENTICATE", ("SCRAM-SHA-256",))
    with pytest.raises(LoginFailed, match="connect with TLS"):
        list(exchange.answer(parse(b":irc.test 904 me :no")))


@pytest.mark.parametrize(
    ("family", "peer", "private"),
    [
        (socket.AF_INET, "127.0.0.1", True),
        (socket.AF_INET, "192.0.2.1", False),
        (socket.AF_INET6, "::1", True),
        (socket.AF_INET6, "fe80::1%eth0", False),
        (socket.AF_UNIX, "", True),
    ],
)
def test_what_stays_within_this_machine(
    family: socket.AddressFamily, peer: str, private: bool
) -> None:
    class Socket(trio.socket.SocketType):  # what a `SocketStream` asks of one
        type = socket.SOCK_STREAM

        def __init__(self) -> None: ...

        @property
        def family(self) -> socket.AddressFamily:
            return family

        def getpeername(self) -> tuple[str, int]:
            return peer, 6667

        def setsockopt(self, *_: object) -> None: ...

    assert is_private(trio.SocketStream(Socket())) is private


def test_a_login_does_not_show_its_password() -> None:
    assert "sesame" not in repr(LOGIN)


@pytest.mark.parametrize(
    ("account", "password"), [("", "x"), ("a\0b", "x"), ("alice", ""), ("alice", "x\0y")]
)
def test_what_cannot_be_a_login(account: str, password: str) -> None:
    with pytest.raises(ValueError, match=r"no account|the password is empty"):
        Login(account, password)


async def test_a_person_reads_that_they_are_logged_in() -> None:
    async def script(server: ScriptedServer) -> None:
        await take_up(server, "sasl=PLAIN", "PLAIN")
        await response(server)
        await log_in(server)
        await server.hang_up()

    shown = []
    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(script, server)
        async with connect(nick="me", login=LOGIN, stream=server.stream) as chat:
            async for event in chat:
                shown.append([entry.text for entry in Model("me").take(event)])
                if len(shown) == 2:
                    break
    assert ["You are now logged in as alice"] in shown
