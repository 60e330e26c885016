"""A client's side of TLS, on any trio stream, and certificates for the server's."""

from __future__ import annotations

import ssl
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import trio
import trustme

from trio_chat.net.tls import Tls
from trio_chat.net.tls_settings import Certificate, TlsFailed
from trio_chat.net.transport import Bare

NAME = "chat.example"

HANDSHAKE = b"\x16"
"""How TLS begins (RFC 8446 section 5.1)."""


@cache
def authority() -> trustme.CA:
    """Who vouches for the certificates of the tests."""
    return trustme.CA()


def certificate(directory: Path, *names: str, file: str = "chat.pem") -> Certificate:
    """A certificate for these names, and its key, in one file of this directory."""
    path = directory / file
    issued = authority().issue_cert(*(names or (NAME,)))
    issued.private_key_and_cert_chain_pem.write_to_path(str(path))
    return Certificate(str(path))


def client_context() -> ssl.SSLContext:
    """What a careful client begins with."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


class OpenSecret(Tls):
    """Stands for TLS where there is no socket, and so none: its handshake is one byte of the
    client's, and nothing is encrypted after it."""

    def __init__(self, fingerprint: str = "") -> None:
        self.fingerprint = fingerprint

    async def shake_hands(self, bare: Bare) -> Any:
        if await bare.receive_some(1) != HANDSHAKE:
            raise TlsFailed("no handshake")
        return Overt(bare, self.fingerprint)


class Overt:
    """What is carried by `OpenSecret`."""

    def __init__(self, bare: Bare, fingerprint: str) -> None:
        self.peer = bare.peer
        self.fingerprint = fingerprint
        self.hostname = NAME
        self.send_nowait = bare.send_nowait
        self.wait_writable = bare.wait_writable
        self.receive_some = bare.receive_some
        self.send_eof = bare.send_eof
        self.close = bare.close


class TlsStream(trio.abc.HalfCloseableStream):
    """A TLS client that can send its end and go on reading, as `trio.SSLStream` cannot."""

    def __init__(
        self,
        stream: trio.SocketStream,
        context: ssl.SSLContext | None = None,
        name: str | None = NAME,
    ) -> None:
        self.stream = stream
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = context or client_context()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._ready = trio.Event()
        self._sending = trio.Lock()

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        self.stream.setsockopt(level, option, value)

    async def do_handshake(self) -> None:
        """Shake hands; whatever else is done waits for it."""
        try:
            while True:
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    await self._flush()
                    await self._feed()
                else:
                    await self._flush()
                    break
        finally:
            self._ready.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._ready.wait()
        self.tls.write(data)
        await self._flush()

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await self._ready.wait()
        while True:
            try:
                return self.tls.read(max_bytes or 65536)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # said in TLS, or in TCP alone
                return b""
            except ssl.SSLWantReadError:
                await self._feed()
            except ssl.SSLError as error:
                raise trio.BrokenResourceError(str(error)) from error

    async def send_eof(self) -> None:
        """Say that no more will come, in TLS alone: its end can be told from a broken one."""
        await self._ready.wait()
        with suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        await self._flush()

    async def aclose(self) -> None:
        await self.stream.aclose()

    async def _feed(self) -> None:
        data = await self.stream.receive_some(65536)
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    async def _flush(self) -> None:
        async with self._sending:
            if data := self._out.read():
                await self.stream.send_all(data)
