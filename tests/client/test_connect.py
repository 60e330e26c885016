"""Reaching a server over TCP."""

from __future__ import annotations

import socket
import ssl
from typing import NoReturn

import pytest
import trio

from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import ConnectionLost, in_words
from trio_chat.client.reconnect import keep_connected
from trio_chat.client.tls import TLS

from .scripted_server import ScriptedServer
from .tls_server import make_certificate, tls_server, vouched_for


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


# --- TLS ---


async def test_it_connects_with_tls() -> None:
    async with tls_server() as server:
        tls = vouched_for().context
        async with connect("127.0.0.1", server.port, nick="me", tls=tls) as chat:
            assert chat.nick == "me"


@pytest.mark.parametrize(
    ("name", "tls", "why"),
    [
        ("127.0.0.1", True, "unable to get local issuer certificate"),
        ("irc.test", vouched_for(), "mismatch"),
    ],
)
async def test_a_certificate_that_is_not_trusted_ends_all_attempts(
    name: str, tls: bool | TLS, why: str
) -> None:
    async def use(chat: Chat) -> None:
        await trio.sleep_forever()

    async with tls_server(make_certificate(name)) as server:
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await keep_connected(use, "127.0.0.1", server.port, nick="me", tls=tls)
    told = in_words(caught.value)
    assert told.startswith("its certificate is not trusted: ")
    assert why in told


async def test_a_server_that_hangs_up_before_tls_is_told_of() -> None:
    async def hang_up(stream: trio.abc.Stream) -> None:
        await stream.receive_some()

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, hang_up, [listener])
        with pytest.raises(ConnectionLost, match="no TLS, "):
            async with connect("127.0.0.1", port, nick="me", tls=True):
                pass
        nursery.cancel_scope.cancel()


async def test_a_server_that_never_answers_is_given_up(autojump_clock: trio.abc.Clock) -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        port = listener.socket.getsockname()[1]
        with pytest.raises(ConnectionLost, match="no connection within 30 s"):
            async with connect("127.0.0.1", port, nick="me", tls=True):
                pass
