"""`serve` on real sockets, as a config has it: a few tests, since the rest needs none."""

from __future__ import annotations

import errno
import os

import pytest
import trio

from trio_chat.config import Config, Listen
from trio_chat.server import Server, serve
from trio_chat.testing import User, said


async def test_people_chat_over_real_sockets_on_two_addresses() -> None:
    config = Config(listen=(Listen(port=0), Listen(port=0)))
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(serve, config)
        addresses = [address.rpartition(":") for address in server.addresses]
        users = []
        for nick, (host, _, port) in zip(("alice", "bob"), addresses, strict=True):
            users.append(User(await trio.open_tcp_stream(host, int(port)), nursery))
            await users[-1].register(nick)
            await users[-1].join("#tea")
        alice, bob = users
        await bob.say("#tea", "hello")
        await alice.expect(said("hello", by="bob"))
        server.stop("enough")
        assert "enough" in await alice.expect_end()
        assert "enough" in await bob.expect_end()
        for user in users:
            await user.close()


async def test_an_address_in_use_is_an_error_and_frees_the_others() -> None:
    async with trio.open_nursery() as nursery:
        first: Server = await nursery.start(serve, Config(listen=(Listen(port=0),)))
        taken = int(first.addresses[0].rpartition(":")[2])
        free = await find_free_port()
        config = Config(listen=(Listen(port=free), Listen(port=taken)))
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            await serve(config)
        second: Server = await nursery.start(serve, Config(listen=(Listen(port=free),)))
        first.stop()
        second.stop()


async def find_free_port() -> int:
    async with trio.open_nursery() as nursery:
        server: Server = await nursery.start(serve, Config(listen=(Listen(port=0),)))
        server.stop()
    return int(server.addresses[0].rpartition(":")[2])
