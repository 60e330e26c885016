"""The certificates of a server: read from files, checked, and chosen by the name that is asked for.

Law: a set of certificates is read whole or not at all: a mistake in one file changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from trio_chat.net.tls_settings import Certificate, CertificateError

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
"""What TLS 1.2 may use: forward secrecy and authenticated encryption (RFC 9325 section 4.2). Those
of TLS 1.3 are all of that kind."""

PROTOCOLS = (b"irc", b"http/1.1")
"""What can be spoken within (RFC 7301), by the names of IANA: IRC, and the way to a WebSocket."""


class Certificates:
    """A server's certificates; the first is for those who ask for none of the others."""

    def __init__(self, files: Sequence[Certificate]) -> None:
        """Reads at least one. Raises `CertificateError`."""
        read = [_Read(each) for each in files]
        self.context = read[0].context
        """What every connection begins with."""
        self.fingerprint = read[0].fingerprint
        """SHA-256 of the first certificate, as lower-case hex."""
        self.is_self_signed = read[0].is_self_signed
        """Whether nobody else vouches for the first certificate."""
        self._by_name: dict[str, SSL.Context] = {}
        for each in read:
            for name in each.names:
                self._by_name.setdefault(name.lower(), each.context)
        self.context.set_tlsext_servername_callback(self._choose)

    def _choose(self, connection: SSL.Connection) -> None:
        name = (connection.get_servername() or b"").decode("ascii", "replace").lower()
        _, dot, domain = name.partition(".")
        # A wildcard stands for one label, the first (RFC 9525 section 6.3).
        found = self._by_name.get(name) or self._by_name.get(f"*{dot}{domain}")
        if found is not None:
            connection.set_context(found)


class _Read:
    """One certificate, as its files have it."""

    def __init__(self, files: Certificate) -> None:
        key_file = files.key or files.cert
        chain, key = _content(files.cert), _content(key_file)
        try:
            certificate = x509.load_pem_x509_certificates(chain)[0]
        except ValueError as error:
            raise CertificateError(f"{files.cert}: no certificate in PEM") from error
        try:
            load_pem_private_key(key, None)  # OpenSSL would ask for a password, on the terminal
        except TypeError as error:
            raise CertificateError(f"{key_file}: the key has a password") from error
        except Exception as error:
            raise CertificateError(f"{key_file}: no private key in PEM") from error
        try:
            self.context = _make_context()
            self.context.use_certificate_chain_file(files.cert)
            self.context.use_privatekey_file(key_file)
            self.context.check_privatekey()
        except SSL.Error as error:
            raise CertificateError(f"{key_file}: not the key of {files.cert}") from error
        self.names = tuple(_names(certificate))
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        self.is_self_signed = certificate.issuer == certificate.subject


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CertificateError(f"cannot read {path}: {reason}") from error


def _names(certificate: x509.Certificate) -> Iterable[str]:
    """The names a certificate is for; a common name counts if there is no other."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return names.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(each.value) for each in common]


def _make_context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    # A second handshake within the connection would make a write wait for the client to say
    # something. A client that just goes, as most do, has sent an end like any other: what is cut
    # off then is no whole line. Nobody resumes: a certificate is shown anew each time.
    context.set_options(
        SSL.OP_NO_RENEGOTIATION
        | SSL.OP_IGNORE_UNEXPECTED_EOF
        | SSL.OP_NO_COMPRESSION
        | SSL.OP_NO_TICKET
    )
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Buffers are for while there is something in them: 34 KB of an idle connection's.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # A client is asked for its certificate and may have none; any will do, since it need only be
    # the same as before. That its key is the client's, the handshake proves.
    context.set_verify(SSL.VERIFY_PEER, _accept)
    context.set_alpn_select_callback(_agree)
    return context


def _accept(*_: object) -> bool:
    return True


def _agree(connection: SSL.Connection, offered: list[bytes]) -> Any:
    """The first protocol of the client's that is spoken here, or none, as if it had not asked."""
    known = (each for each in offered if each in PROTOCOLS)
    return next(known, SSL.NO_OVERLAPPING_PROTOCOLS)
