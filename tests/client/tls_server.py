"""A server with TLS on a real port, each of whose clients meets a script; and its certificates."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from trio_chat.client.tls import TLS, fingerprint_of

from .scripted_server import ScriptedServer

CA = trustme.CA()
"""An authority that nobody knows, unless told."""


def make_certificate(name: str = "127.0.0.1") -> trustme.LeafCert:
    """A certificate for this name, which no system trusts."""
    return CA.issue_cert(name)


def fingerprint(certificate: trustme.LeafCert) -> str:
    pem = certificate.cert_chain_pems[0].bytes().decode()
    return fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))


def vouched_for(cert: Path | None = None, key: Path | None = None) -> TLS:
    """What a client uses whose system trusts the authority."""
    tls = TLS(cert=cert, key=key)
    CA.configure_trust(tls.context)
    return tls


def files_of(
    certificate: trustme.LeafCert, directory: Path, *, password: bytes = b""
) -> tuple[Path, Path]:
    """A certificate and its key as files, the key under a password if one is given."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(cert)
    private = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    return cert, key


class TLSServer:
    """Its port and certificate, and what its clients have done."""

    def __init__(self, port: int, certificate: trustme.LeafCert) -> None:
        self.port = port
        self.certificate = certificate
        self.reached = 0
        """Connections there were."""
        self.heard = 0
        """Connections on which anything was said, TLS aside."""
        self.shown: list[str] = []
        """The fingerprints of the certificates that clients have shown."""


async def welcome(server: ScriptedServer) -> None:
    await server.welcome()
    await server.take_quit()


@asynccontextmanager
async def tls_server(
    certificate: trustme.LeafCert | None = None,
    script: Callable[[ScriptedServer], Awaitable[None]] = welcome,
    *,
    asks_for_certificates: bool = False,
    lasts: int | None = None,
) -> AsyncIterator[TLSServer]:
    """A server that lets one in, or does what the script says.

    After the connections that it `lasts`, it hangs up at once.
    """
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    server = TLSServer(port, certificate or make_certificate())

    async def serve(plain: trio.abc.Stream) -> None:
        server.reached += 1
        if lasts is not None and server.reached > lasts:
            return
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.certificate.configure_cert(context)
        if asks_for_certificates:
            CA.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        stream = trio.SSLStream(plain, context, server_side=True, https_compatible=True)
        try:
            await stream.do_handshake()
            if asks_for_certificates:
                server.shown.append(fingerprint_of(stream.getpeercert(binary_form=True)))
            first = await stream.receive_some()
        except trio.BrokenResourceError:
            return
        if first:
            server.heard += 1
            await script(ScriptedServer(_Rest(stream, bytes(first))))

    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, serve, [listener])
        yield server
        nursery.cancel_scope.cancel()


class _Rest(trio.abc.Stream):
    """A stream of which something has been read."""

    def __init__(self, stream: trio.abc.Stream, first: bytes) -> None:
        self._stream = stream
        self._first = first

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._first:
            await trio.lowlevel.checkpoint()
            first, self._first = self._first, b""
            return first
        return await self._stream.receive_some(max_bytes)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()
