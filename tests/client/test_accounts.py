"""Logging in while one is there already."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trio.testing

from tests.client.scripted_server import ScriptedServer
from tests.client.test_our_server import client, told
from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import LoginFailed, NoAnswer, Unsupported
from trio_chat.client.login import Login
from trio_chat.testing.chat import VirtualChat

PLAIN = b64encode(b"\0alice\0secret").decode()


async def test_at_our_server(chat: VirtualChat) -> None:
    await chat.account("robert")
    async with client(chat, "bob", account=False) as bob:
        with pytest.raises(LoginFailed):
            await bob.log_in(Login("robert", "wrong"))
        assert bob.account == ""
        await bob.log_in(Login("robert", "secret"))
        assert bob.account == "robert"
        last = (await told(bob, events.Replied))[-1]
        assert isinstance(last, events.Replied)
        assert last.code == "900"


@asynccontextmanager
async def at(capabilities: str) -> AsyncIterator[tuple[Chat, ScriptedServer]]:
    """A client, and a server with these capabilities, which hands a login on to others."""
    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(server.welcome, capabilities=capabilities))
        async with connect(nick="alice", stream=server.stream) as chat:
            yield chat, server
            nursery.start_soon(server.take_quit)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([":irc.test 903 alice :Welcome"], ""),
        ([":irc.test 904 alice :Wrong"], "Wrong"),
        ([":irc.test 906 alice :Aborted"], "Aborted"),
    ],
)
async def test_a_login_without_labels_has_its_verdict(answers: list[str], error: str) -> None:
    offer = "sasl=PLAIN batch labeled-response"
    async with at(offer) as (alice, server), trio.open_nursery() as nursery:

        async def log_in() -> None:
            if error:
                with pytest.raises(LoginFailed, match=error):
                    await alice.log_in(Login("alice", "secret"))
            else:
                await alice.log_in(Login("alice", "secret"))

        nursery.start_soon(log_in)
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP alice ACK :sasl")
        await server.expect("AUTHENTICATE", "PLAIN")
        await server.send("AUTHENTICATE +")
        await server.expect("AUTHENTICATE", PLAIN)
        await server.send(*answers)


async def test_the_next_mechanism_is_tried_where_one_lacks() -> None:
    async with at("sasl") as (alice, server), trio.open_nursery() as nursery:
        nursery.start_soon(alice.log_in, Login("alice", "secret"))
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP alice ACK :sasl")
        await server.expect("AUTHENTICATE", "SCRAM-SHA-256")
        await server.send(":irc.test 908 alice PLAIN :are there", ":irc.test 904 alice :No")
        await server.expect("AUTHENTICATE", "PLAIN")
        await server.send("AUTHENTICATE +")
        await server.expect("AUTHENTICATE", PLAIN)
        await server.send(":irc.test 903 alice :Welcome")


async def test_a_challenge_in_chunks_is_read_as_a_whole() -> None:
    async with at("sasl=PLAIN") as (alice, server), trio.open_nursery() as nursery:

        async def fail() -> None:
            with pytest.raises(LoginFailed, match="does not keep to SASL"):
                await alice.log_in(Login("alice", "secret"))

        nursery.start_soon(fail)
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP alice ACK :sasl")
        await server.expect("AUTHENTICATE", "PLAIN")
        await server.send("AUTHENTICATE +")
        await server.expect("AUTHENTICATE", PLAIN)
        await server.send(f"AUTHENTICATE {'A' * 400}", "AUTHENTICATE AAAA")


async def test_where_there_are_no_logins() -> None:
    async with at("") as (alice, _):
        with pytest.raises(Unsupported):
            await alice.log_in(Login("alice", "secret"))
    async with at("sasl") as (alice, server), trio.open_nursery() as nursery:

        async def fail() -> None:
            with pytest.raises(LoginFailed, match="takes no logins now"):
                await alice.log_in(Login("alice", "secret"))

        nursery.start_soon(fail)
        await server.expect("CAP", "REQ", "sasl")
        await server.send(":irc.test CAP alice NAK :sasl")


async def test_a_server_that_does_not_answer(autojump_clock: trio.testing.MockClock) -> None:
    async with at("sasl=PLAIN") as (alice, server), trio.open_nursery() as nursery:

        async def fail() -> None:
            with pytest.raises(NoAnswer):
                await alice.log_in(Login("alice", "secret"))

        nursery.start_soon(fail)
        await server.expect("CAP", "REQ", "sasl")
        await server.expect("PING", "trio-chat")
