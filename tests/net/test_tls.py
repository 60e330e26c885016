"""TLS on real sockets: who is let in, by which certificate, and who must not be disturbed."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import trio
from cryptography import x509

from trio_chat.config import Config, ConfigError, Listen, Source, load, parse
from trio_chat.net.certificates import Certificates
from trio_chat.net.tls_settings import Certificate, CertificateError, TlsSettings
from trio_chat.own_certificate import own_certificate
from trio_chat.server import Server, serve

from .secure import HANDSHAKE, NAME, TlsStream, certificate, client_context
from .web import Browser

PATIENCE = 20
"""Seconds after which a test that hangs is ended; nothing ever waits for them."""


@dataclass
class House:
    server: Server
    port: int
    path: Path
    nursery: trio.Nursery

    async def dial(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def guest(self, context: ssl.SSLContext | None = None, name: str = NAME) -> TlsStream:
        stream = TlsStream(await self.dial(), context, name)
        await stream.do_handshake()
        return stream


@asynccontextmanager
async def house(directory: Path, tls: str = "", listen: str = "") -> AsyncIterator[House]:
    """A server with a certificate for `NAME`; `tls` and `listen` are more lines of its file."""
    certificate(directory)
    path = directory / "chat.toml"
    path.write_text(
        f'[[listen]]\nport = 0\n{listen}\n[tls]\ncertificates = [{{ cert = "chat.pem" }}]\n{tls}'
    )
    source = Source(path)
    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            run = partial(serve, source.load(), source=source)
            server: Server = await nursery.start(run)
            port = int(server.addresses[0].rpartition(":")[2])
            yield House(server, port, path, nursery)
            server.stop()


async def read_until(stream: trio.abc.ReceiveStream, part: bytes) -> bytes:
    data = b""
    while part not in data:
        more = await stream.receive_some(4096)
        assert more, data
        data += more
    return data


async def register(stream: trio.abc.Stream, nick: str) -> None:
    await stream.send_all(f"NICK {nick}\r\nUSER {nick} 0 * :x\r\n".encode())
    await read_until(stream, b" 422 ")


def shown_to(stream: TlsStream) -> bytes:
    found = stream.tls.getpeercert(binary_form=True)
    assert found is not None
    return found


async def test_people_with_and_without_tls_chat_on_one_port(tmp_path: Path) -> None:
    async with house(tmp_path) as here, await here.guest() as alice, await here.dial() as bob:
        for stream, nick in ((alice, "alice"), (bob, "bob")):
            await register(stream, nick)
            await stream.send_all(b"JOIN #tea\r\n")
            await read_until(stream, b" 366 ")
        await alice.send_all(b"PRIVMSG #tea :hello\r\n")
        await read_until(bob, b"PRIVMSG #tea :hello\r\n")
        await alice.send_all(b"WHOIS alice\r\nWHOIS bob\r\nPING end\r\n")
        told = await read_until(alice, b"PONG")
        assert told.count(b" 671 ") == 1
        assert b" 276 " not in told


async def test_a_web_client_comes_by_tls(tmp_path: Path) -> None:
    async with house(tmp_path) as here, await here.guest() as stream:
        browser = Browser(stream)
        assert await browser.connect("text.ircv3.net")
        await browser.register("alice", "#tea")
        await browser.send("WHOIS alice")
        await browser.expect(" 671 ")


async def test_any_certificate_of_a_client_will_do_and_is_known_by_its_fingerprint(
    tmp_path: Path,
) -> None:
    own = own_certificate(tmp_path)
    context = client_context()
    context.load_cert_chain(own.cert)
    fingerprint = Certificates([own]).fingerprint
    async with house(tmp_path) as here, await here.guest(context) as alice:
        await register(alice, "alice")
        await alice.send_all(b"WHOIS alice\r\n")
        await read_until(alice, b":has client certificate fingerprint " + fingerprint.encode())


async def test_what_is_spoken_within_is_agreed_on(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for offered, agreed in (["irc"], "irc"), (["h2", "http/1.1"], "http/1.1"), (["h2"], None):
            context = client_context()
            context.set_alpn_protocols(offered)
            async with await here.guest(context) as stream:
                assert stream.tls.selected_alpn_protocol() == agreed


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    context = client_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with house(tmp_path) as here, await here.dial() as stream:
        with pytest.raises(ssl.SSLError):
            await TlsStream(stream, context).do_handshake()


async def test_a_plain_client_is_told_where_there_is_tls_only(tmp_path: Path) -> None:
    async with house(tmp_path, listen="plain = false") as here, await here.dial() as stream:
        await stream.send_all(b"NICK alice\r\n")
        await read_until(stream, b"ERROR :Closing link: 127.0.0.1 [This port speaks IRC with TLS")
        async with await here.guest() as alice:
            await register(alice, "alice")


async def test_a_tls_client_is_told_where_there_is_none(tmp_path: Path) -> None:
    async with house(tmp_path, listen="tls = false") as here, await here.dial() as stream:
        await stream.send_all(HANDSHAKE)
        await read_until(stream, b"This port speaks IRC without TLS")


async def test_the_certificate_is_chosen_by_name(tmp_path: Path) -> None:
    certificate(tmp_path, "other.example", "*.wild.example", file="other.pem")
    text = f'[{{ cert = "chat.pem" }}, {{ cert = "{tmp_path / "other.pem"}" }}]'
    async with house(tmp_path) as here:
        here.path.write_text(f"[[listen]]\nport = 0\n[tls]\ncertificates = {text}")
        await here.server.rehash()
        for name in ("chat.example", "other.example", "a.wild.example"):
            async with await here.guest(name=name) as stream:  # which checks that it is for it
                assert shown_to(stream)
        context = client_context()
        context.check_hostname = False
        async with await here.guest(context, "unknown.example") as stream:
            first = shown_to(stream)
        async with await here.guest() as stream:
            assert shown_to(stream) == first


async def test_a_new_certificate_is_for_newcomers_and_disconnects_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as here, await here.guest() as alice:
        await register(alice, "alice")
        certificate(tmp_path)
        await here.server.rehash()
        async with await here.guest() as bob:
            assert shown_to(bob) != shown_to(alice)
            await register(bob, "bob")
            await bob.send_all(b"PRIVMSG alice :hello\r\n")
            await read_until(alice, b"PRIVMSG alice :hello\r\n")


async def test_a_certificate_that_is_wrong_changes_nothing_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with house(tmp_path) as here, await here.guest() as alice:
        await register(alice, "alice")
        (tmp_path / "chat.pem").write_text("nonsense")
        await here.server.rehash()
        await alice.send_all(b"PING x\r\n")
        await read_until(alice, b"PONG")
        assert f"{tmp_path / 'chat.pem'}: no certificate in PEM" in caplog.text
        async with await here.guest() as bob:
            assert shown_to(bob) == shown_to(alice)


async def test_garbage_ends_the_connection_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as here, await here.guest() as alice:
        async with await here.dial() as stream:
            await stream.send_all(HANDSHAKE + b"garbage" * 100)
            while await stream.receive_some(4096):
                pass
        await register(alice, "alice")


async def test_silence_and_slowness_cost_nobody_else_anything(tmp_path: Path) -> None:
    async with house(tmp_path) as here, trio.open_nursery() as nursery:
        idle = [await here.dial() for _ in range(200)]
        for stream in idle:
            await stream.send_all(HANDSHAKE + b"\x03\x01\x02")
        async with await here.guest() as alice:
            await register(alice, "alice")
        for stream in idle:
            nursery.start_soon(stream.aclose)


async def test_a_handshake_byte_by_byte_succeeds_within_its_time(tmp_path: Path) -> None:
    class Trickle(TlsStream):
        async def _flush(self) -> None:
            for byte in self._out.read():
                await self.stream.send_all(bytes([byte]))

    async with house(tmp_path) as here, Trickle(await here.dial()) as alice:
        await alice.do_handshake()
        await register(alice, "alice")


async def test_a_handshake_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    hasty = "handshake_seconds = 0.05"
    async with house(tmp_path, tls=hasty) as here, await here.dial() as stream:
        await stream.send_all(HANDSHAKE)
        assert await stream.receive_some(100) == b""


async def test_a_client_that_goes_in_the_midst_leaves_the_others_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        async with await here.dial() as stream:
            await stream.send_all(HANDSHAKE)
        async with await here.guest() as alice:
            await register(alice, "alice")


# -- certificates


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    good = certificate(tmp_path)
    other = certificate(tmp_path, file="other.pem")
    locked = tmp_path / "locked.pem"
    locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED")
    for wrong, complaint in (
        (Certificate(str(tmp_path / "none.pem")), r"cannot read .*none\.pem: No such file"),
        (Certificate(good.cert, str(locked)), r"locked\.pem: no private key"),
        (Certificate(str(locked)), r"locked\.pem: no certificate"),
        (Certificate(good.cert, other.cert), r"other\.pem: not the key of .*chat\.pem"),
    ):
        with pytest.raises(CertificateError, match=complaint):
            Certificates([wrong])


def test_the_own_certificate_is_made_once_and_again_when_it_has_expired(tmp_path: Path) -> None:
    own = own_certificate(tmp_path / "data")
    path = Path(own.cert)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    first = path.read_bytes()
    assert own_certificate(tmp_path / "data") == own
    assert path.read_bytes() == first
    assert Certificates([own]).is_self_signed
    expired = x509.load_pem_x509_certificate(first).not_valid_after_utc
    own_certificate(tmp_path / "data", expired)
    assert path.read_bytes() != first
    path.write_text("nonsense")
    with pytest.raises(CertificateError, match="no certificate in PEM"):
        own_certificate(tmp_path / "data")
    (tmp_path / "file").write_text("")
    with pytest.raises(CertificateError, match="cannot keep"):
        own_certificate(tmp_path / "file")


# -- the configuration


def test_a_certificate_in_the_file_is_looked_for_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "chat.toml"
    path.write_text('[[tls.certificates]]\ncert = "none.pem"')
    with pytest.raises(ConfigError, match=r"none\.pem: No such file"):
        load(path)
    path.write_text('[[tls.certificates]]\ncert = "chat.pem"')
    found = certificate(tmp_path)
    assert load(path).tls.certificates == (found,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[listen]]\nhost = "0.0.0.0"', "say --tls"),
        ('[[listen]]\nhost = ""', "every address can be reached"),
        ('[[listen]]\nhost = "chat.example"', "say --tls"),
        ("[[listen]]\ntls = true", "there is no certificate"),
        ("[[listen]]\nplain = false", "there is no certificate"),
        ("[sts]\nduration = 60", "none that others can reach"),
    ],
)
def test_what_is_unsafe_or_impossible_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(text).check()


@pytest.mark.parametrize(
    "text",
    [
        'insecure = true\n[[listen]]\nhost = "0.0.0.0"',
        '[[listen]]\nhost = "localhost"',
        '[[listen]]\nhost = "::1"',
        '[[listen]]\nhost = "0.0.0.0"\n[[tls.certificates]]\ncert = "x"\n[sts]\nduration = 60',
        '[[tls.certificates]]\ncert = "x"\n[sts]\nport = 6697',
    ],
)
def test_what_is_safe_or_wanted_is_not(text: str) -> None:
    parse(text).check()


def test_the_policy_names_the_first_port_with_tls_that_others_reach() -> None:
    cert = TlsSettings(certificates=(Certificate("x"),))
    listen = (Listen(port=1), Listen("0.0.0.0", 2, tls=False), Listen("0.0.0.0", 6697))
    config = Config(listen=listen, tls=cert, sts=parse("[sts]\nduration = 60").sts, insecure=True)
    sts = config.settings.sts
    assert sts is not None
    assert (sts.port, sts.duration) == (6697, 60)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[listen]]\ntls = false\nplain = false", "nobody could speak there"),
        ("[tls]\nhandshake_seconds = 0", "handshake_seconds must be more than 0"),
        ("[tls]\nhandshakes = 0", "at least 1"),
        ("[sts]\nport = 70000", "port must be 0 to 65535"),
        ("[sts]\nduration = -1", "duration must be"),
    ],
)
def test_values_that_would_let_nobody_in_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(text)
