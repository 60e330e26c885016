"""TLS on the client's side: whose certificate is believed, and which of our own is shown.

Laws:

* What is judged is the certificate of the very connection that is used, and nothing of the chat is
  sent before.
* A fingerprint takes the place of the authorities: name, issuer and dates do not matter then, as
  with SSH's keys of hosts.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Callable

import trio

from trio_chat.client.errors import WrongCertificate, in_words

Path = str | os.PathLike[str]

_FINGERPRINT = re.compile("[0-9A-F]{2}(:?[0-9A-F]{2}){31}")


def fingerprint_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER), as `openssl x509 -fingerprint -sha256` writes it."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


def parse_fingerprint(text: str) -> str:
    """A fingerprint in its usual form; small letters will do, and colons may lack, or spaces be.

    Raises `ValueError`.
    """
    digits = "".join(text.split()).upper()
    if not _FINGERPRINT.fullmatch(digits):
        raise ValueError(f"no SHA-256 fingerprint (64 hexadecimal digits): {text!r}")
    return bytes.fromhex(digits.replace(":", "")).hex(":").upper()


def show_fingerprint(fingerprint: str, indent: str) -> str:
    """A fingerprint for people, in two rows: its 95 characters are wider than many a screen."""
    middle = len(fingerprint) // 2 + 1
    return f"{indent}{fingerprint[:middle]}\n{indent}{fingerprint[middle:]}"


class TLS:
    """How a server is to be known, and how it may know us.

    Without a `fingerprint` the system's authorities vouch for the server. With one, it is the
    server's certificate that must have it. `cert` and `key` are PEM files with a certificate of
    our own and its key, which may be in the same file; `key_password` opens it.

    Raises `ValueError` for what is no fingerprint, and if the files cannot be used.
    """

    def __init__(
        self,
        *,
        fingerprint: str | None = None,
        cert: Path | None = None,
        key: Path | None = None,
        key_password: str | Callable[[], str] | None = None,
    ) -> None:
        self.fingerprint = None if fingerprint is None else parse_fingerprint(fingerprint)
        self.has_cert = cert is not None
        self._own = (cert, key, key_password)
        self.context = ssl.create_default_context()
        if fingerprint is not None:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        if cert is not None:
            try:
                self.context.load_cert_chain(cert, key, key_password)
            except OSError as error:  # which does not say of which file it tells
                files = os.fspath(cert) if key is None else f"{cert} with {key}"
                vague = isinstance(error, ssl.SSLError) and error.reason is None
                why = "no PEM of a certificate and its key" if vague else in_words(error)
                raise ValueError(f"cannot use the certificate {files}: {why}") from error
        elif key is not None:
            raise ValueError("a key is of no use without its certificate")

    def pinned_to(self, fingerprint: str) -> TLS:
        """The same, but for this fingerprint in the place of the authorities."""
        cert, key, key_password = self._own
        return TLS(fingerprint=fingerprint, cert=cert, key=key, key_password=key_password)


async def shake_hands(
    plain: trio.abc.Stream, host: str, tls: TLS | ssl.SSLContext
) -> trio.SSLStream[trio.abc.Stream]:
    """TLS over a stream to `host`, its certificate judged; closes the stream if that fails.

    Raises `WrongCertificate`, and `trio.BrokenResourceError` from what `ssl` says.
    """
    context = tls.context if isinstance(tls, TLS) else tls
    try:
        # Most IRC servers close without TLS's goodbye; lines are whole or not, so no harm.
        stream = trio.SSLStream(plain, context, server_hostname=host, https_compatible=True)
        await stream.do_handshake()
        if isinstance(tls, TLS) and tls.fingerprint is not None:
            found = fingerprint_shown(stream)
            if found != tls.fingerprint:
                raise WrongCertificate(host, tls.fingerprint, found)
    except BaseException:
        await trio.aclose_forcefully(plain)
        raise
    return stream


def fingerprint_shown(stream: trio.SSLStream[trio.abc.Stream]) -> str:
    """The fingerprint of the certificate that the server of a connection has shown."""
    return fingerprint_of(stream.getpeercert(binary_form=True))
