"""Whose certificate is believed, and which of our own is shown."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import NoTLS, WrongCertificate
from trio_chat.client.reach import see_fingerprint
from trio_chat.client.reconnect import Lost, RoomRefused, keep_connected
from trio_chat.client.tls import TLS, fingerprint_of, parse_fingerprint, show_fingerprint

from .scripted_server import ScriptedServer
from .tls_server import files_of, fingerprint, make_certificate, tls_server, vouched_for

OF_NOTHING = (
    "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:"
    "27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"
)


@pytest.mark.parametrize(
    "text",
    [
        OF_NOTHING,
        OF_NOTHING.lower(),
        OF_NOTHING.replace(":", ""),
        f" {OF_NOTHING}\n",
        show_fingerprint(OF_NOTHING, "    "),
    ],
    ids=["usual", "small", "without colons", "pasted", "as it is shown"],
)
def test_a_fingerprint_is_written_as_openssl_does(text: str) -> None:
    assert fingerprint_of(b"") == OF_NOTHING
    assert parse_fingerprint(text) == OF_NOTHING


def test_a_fingerprint_fits_a_screen_of_80_columns() -> None:
    rows = show_fingerprint(OF_NOTHING, "    ").splitlines()
    assert [len(row) for row in rows] == [52, 51]


@pytest.mark.parametrize(
    "text", ["", OF_NOTHING[:-3], f"{OF_NOTHING}:00", OF_NOTHING.replace("E3", "G3"), "é" * 64]
)
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256 fingerprint"):
        TLS(fingerprint=text)


async def test_a_fingerprint_vouches_for_a_certificate_of_any_name() -> None:
    certificate = make_certificate("elsewhere.test")
    async with tls_server(certificate) as server:
        tls = TLS(fingerprint=fingerprint(certificate))
        async with connect("127.0.0.1", server.port, nick="me", tls=tls) as chat:
            assert chat.nick == "me"


async def use(chat: Chat) -> None:
    await trio.sleep_forever()


async def test_nothing_is_said_to_a_server_with_another_certificate() -> None:
    expected = fingerprint(make_certificate())
    async with tls_server() as server:
        with pytest.raises(WrongCertificate) as caught:
            await keep_connected(
                use,
                "127.0.0.1",
                server.port,
                nick="me",
                password="sesame",
                tls=TLS(fingerprint=expected),
            )
        assert (caught.value.expected, caught.value.found) == (
            expected,
            fingerprint(server.certificate),
        )
        await trio.testing.wait_all_tasks_blocked()
        assert (server.reached, server.heard) == (1, 0)


async def test_a_known_fingerprint_is_asked_even_of_a_server_the_authorities_vouch_for() -> None:
    tls = TLS(fingerprint=fingerprint(make_certificate()))
    async with tls_server() as server:
        async with connect("127.0.0.1", server.port, nick="me", tls=vouched_for()) as chat:
            assert chat.nick == "me"
        with pytest.raises(WrongCertificate):
            async with connect("127.0.0.1", server.port, nick="me", tls=tls):
                pass


async def test_the_fingerprint_of_any_server_can_be_seen_without_a_word() -> None:
    async with tls_server() as server:
        assert await see_fingerprint("127.0.0.1", server.port) == fingerprint(server.certificate)
        await trio.testing.wait_all_tasks_blocked()
        assert server.heard == 0


# --- a certificate of our own ---


@pytest.mark.parametrize("pinned", [False, True])
async def test_a_certificate_of_our_own_is_shown(tmp_path: Path, pinned: bool) -> None:
    own = make_certificate("me.test")
    cert, key = files_of(own, tmp_path)
    async with tls_server(asks_for_certificates=True) as server:
        tls = vouched_for(cert, key)
        if pinned:
            tls = tls.pinned_to(fingerprint(server.certificate))
        async with connect("127.0.0.1", server.port, nick="me", tls=tls):
            pass
        assert server.shown == [fingerprint(own)]


def test_a_key_with_a_password_is_opened_once_it_is_given(tmp_path: Path) -> None:
    cert, key = files_of(make_certificate(), tmp_path, password=b"sesame")
    assert TLS(cert=cert, key=key, key_password=lambda: "sesame").has_cert
    with pytest.raises(ValueError, match=r"cannot use the certificate .*cert\.pem with .*key\.pem"):
        TLS(cert=cert, key=key, key_password="open")


def test_files_that_hold_no_certificate_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"certificate .*none\.pem: no such file"):
        TLS(cert=tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("certainly not")
    with pytest.raises(ValueError, match=r"certificate .*text\.pem: no PEM"):
        TLS(cert=tmp_path / "text.pem")
    with pytest.raises(ValueError, match="no use without its certificate"):
        TLS(key=tmp_path / "key.pem")


# --- a port without TLS ---


async def answer_plainly(stream: trio.abc.Stream) -> None:
    await stream.receive_some()
    await stream.send_all(b"ERROR :What is that?\r\n")


async def test_a_port_that_has_never_spoken_tls_is_not_tried_again() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, answer_plainly, [listener])
        with pytest.raises(NoTLS, match="this port does not speak TLS"):
            await keep_connected(use, "127.0.0.1", port, nick="me", tls=True)
        nursery.cancel_scope.cancel()


async def test_a_port_that_spoke_tls_before_is_tried_again(autojump_clock: trio.abc.Clock) -> None:
    """A gateway may answer in the place of a server that is being restarted."""

    async def hang_up(server: ScriptedServer) -> None:
        await server.welcome()
        await server.hang_up()

    client, gateway = trio.testing.memory_stream_pair()
    scripted = ScriptedServer()
    answers: Iterator[trio.abc.Stream | NoTLS] = iter(
        [scripted.stream, NoTLS("this port does not speak TLS"), client]
    )
    told: list[Lost | RoomRefused] = []

    async def open_stream() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        answer = next(answers)
        if isinstance(answer, NoTLS):
            raise answer
        return answer

    async def until_the_end(chat: Chat) -> None:
        if not told:
            async for _ in chat:
                pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hang_up, scripted)
        last = ScriptedServer(gateway)
        nursery.start_soon(last.welcome)
        await keep_connected(until_the_end, nick="me", open_stream=open_stream, told=told.append)
    assert [news.reason for news in told] == [
        "the server closed the connection",
        "this port does not speak TLS",
    ]


def test_a_context_that_verifies_is_what_one_gets_unasked() -> None:
    tls = TLS()
    assert tls.context.verify_mode is ssl.CERT_REQUIRED
    assert tls.context.check_hostname
