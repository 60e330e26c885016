"""Reaching a server over TCP."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
import trio
import trustme

from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import ConnectionLost, in_words
from trio_chat.client.reconnect import keep_connected

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


# --- TLS ---

CA = trustme.CA()


def trusting() -> ssl.SSLContext:
    """What a client needs to trust the server's certificate."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


@asynccontextmanager
async def tls_server(name: str) -> AsyncIterator[int]:
    """A server with a certificate for this name, that lets one in; gives its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert(name).configure_cert(context)

    async def serve(plain: trio.abc.Stream) -> None:
        stream = trio.SSLStream(plain, context, server_side=True)
        try:
            await stream.do_handshake()
        except trio.BrokenResourceError:
            return
        server = ScriptedServer(stream)
        await server.welcome()
        await server.take_quit()

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, serve, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def test_it_connects_with_tls() -> None:
    async with (
        tls_server("127.0.0.1") as port,
        connect("127.0.0.1", port, nick="me", tls=trusting()) as chat,
    ):
        assert chat.nick == "me"


@pytest.mark.parametrize(
    ("name", "tls", "why"),
    [
        ("127.0.0.1", True, "unable to get local issuer certificate"),
        ("irc.test", trusting(), "mismatch"),
    ],
)
async def test_a_certificate_that_is_not_trusted_ends_all_attempts(
    name: str, tls: bool | ssl.SSLContext, why: str
) -> None:
    async def use(chat: Chat) -> None:
        await trio.sleep_forever()

    async with tls_server(name) as port:
        with pytest.raises(ssl.SSLCertVerificationError) as caught:
            await keep_connected(use, "127.0.0.1", port, nick="me", tls=tls)
    told = in_words(caught.value)
    assert told.startswith("its certificate is not trusted: ")
    assert why in told


async def test_a_server_without_tls_is_told_of() -> None:
    async def serve(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.send_all(b"ERROR :What is that?\r\n")

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        with pytest.raises(ConnectionLost, match="this port does not speak TLS"):
            async with connect("127.0.0.1", port, nick="me", tls=True):
                pass
        nursery.cancel_scope.cancel()
