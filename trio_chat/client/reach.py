"""An open stream to a server, with TLS or without, in bounded time."""

from __future__ import annotations

import ipaddress
import socket
import ssl

import trio

from trio_chat.client.errors import ConnectionLost, NoTLS, in_words
from trio_chat.client.tls import TLS, fingerprint_shown, shake_hands

OPEN_LIMIT = 30.0
"""Seconds for reaching the server, TLS included."""

# What OpenSSL makes of an answer that is no TLS; which of these, depends on its first bytes.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


async def open_stream(
    host: str, port: int, tls: bool | ssl.SSLContext | TLS = False
) -> trio.abc.Stream:
    """A stream to the server; raises as `connect` does."""
    tls = TLS() if tls is True else tls
    try:
        with trio.fail_after(OPEN_LIMIT):
            plain = await _reach(host, port)
            return plain if tls is False else await shake_hands(plain, host, tls)
    except trio.TooSlowError:
        raise ConnectionLost(f"no connection within {OPEN_LIMIT:.0f} s") from None
    except trio.BrokenResourceError as error:
        cause = error.__cause__
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise cause from error
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            raise NoTLS("this port does not speak TLS") from error
        raise ConnectionLost(f"no TLS, {in_words(cause or error)}") from error


def is_private(stream: trio.abc.Stream) -> bool:
    """Whether what goes over a stream stays within TLS or this machine.

    A stream that is no socket (in memory, say) is its maker's business.
    """
    if not isinstance(stream, trio.SocketStream):
        return True
    if stream.socket.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return ipaddress.ip_address(stream.socket.getpeername()[0].partition("%")[0]).is_loopback


async def see_fingerprint(host: str, port: int) -> str:
    """The fingerprint of the certificate that the server shows, whoever it may be.

    Nothing is sent to it, and no certificate of our own shown. Raises as `open_stream` does.
    """
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    stream = await open_stream(host, port, anybody)
    assert isinstance(stream, trio.SSLStream)
    try:
        return fingerprint_shown(stream)
    finally:
        await trio.aclose_forcefully(stream)


async def _reach(host: str, port: int) -> trio.abc.Stream:
    """A TCP connection; a host that is not found is told of by its name."""
    try:
        return await trio.open_tcp_stream(host, port)
    except socket.gaierror as error:
        why = f"cannot find the host {host}: {(error.strerror or '').lower()}"
        raise socket.gaierror(error.errno, why) from error
    except UnicodeError as error:  # by the rules of IDNA it cannot be a name: "a..b"
        why = f"cannot find the host {host}: that is no name of one"
        raise socket.gaierror(socket.EAI_NONAME, why) from error
