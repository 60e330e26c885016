"""The certificate that a server makes for itself, for those who have none from an authority.

Nobody vouches for it: clients know it by its fingerprint, so it is made once and kept.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from trio_chat.net.tls_settings import Certificate, CertificateError

FILE = "self-made.pem"
"""In the data directory: the certificate and its key."""

DAYS = 10 * 365
"""How long it holds. Whoever pins it has to be told of the next one by hand."""


def own_certificate(directory: Path, now: datetime | None = None) -> Certificate:
    """The server's own certificate, made if there is none yet or it has expired.

    Raises `CertificateError` if it cannot be kept, or what is kept cannot be read.
    """
    path = directory / FILE
    now = now or datetime.now(UTC)
    try:
        if not path.exists() or _has_expired(path, now):
            # Chats are private: nobody else on the machine may look in.
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, _make(now))
    except OSError as error:
        raise CertificateError(f"cannot keep {path}: {error.strerror}") from error
    except ValueError as error:
        raise CertificateError(f"{path}: no certificate in PEM; remove it for a new one") from error
    return Certificate(str(path))


def _has_expired(path: Path, now: datetime) -> bool:
    (certificate, *_) = x509.load_pem_x509_certificates(path.read_bytes())
    return certificate.not_valid_after_utc <= now


def _make(now: datetime) -> bytes:
    """A certificate and its key, as PEM.

    On the curve P-256: a handshake costs the server half of what it costs with RSA of 2048 bits,
    and every client knows it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64] or "trio-chat")])
    names = [x509.DNSName(each) for each in dict.fromkeys((host, "localhost")) if each.isascii()]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM) + private


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and from the first byte for nobody else to read."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
