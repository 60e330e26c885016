"""Reaching a server over TCP."""

from __future__ import annotations

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
