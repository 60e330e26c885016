"""Reaching a server over TCP."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest
import trio

from trio_chat.client.connect import connect

from .scripted_server import ScriptedServer


async def test_it_connects_over_tcp() -> None:
    async def serve(stream: trio.abc.Stream) -> None:
        server = ScriptedServer(stream)
        await server.welcome()
        await server.take_quit()

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        async with connect("127.0.0.1", port, nick="me") as chat:
            assert chat.nick == "me"
        nursery.cancel_scope.cancel()


async def test_a_server_that_is_not_there_is_an_oserror() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with pytest.raises(OSError, match="failed"):
        async with connect("127.0.0.1", port, nick="me"):
            pass


class NoNames(trio.abc.HostnameResolver):
    """A resolver that knows no host."""

    async def getaddrinfo(self, *_: object) -> NoReturn:
        await trio.lowlevel.checkpoint()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def getnameinfo(self, *_: object) -> NoReturn:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("host", "why"), [("nowhere.test", "name or service not known"), ("a..b", "that is no name")]
)
async def test_a_host_that_is_not_found_is_named(host: str, why: str) -> None:
    trio.socket.set_custom_hostname_resolver(NoNames())
    with pytest.raises(socket.gaierror, match=f"cannot find the host {host}: {why}"):
        async with connect(host, 6667, nick="me"):
            pass
