"""A certificate of one's own, to be known by on servers: self-signed, since it is the server that
ties it to an account, by its fingerprint (CertFP; `/msg NickServ CERT ADD`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

from trio_chat.client.private_file import write_privately
from trio_chat.client.tls import fingerprint_of

DAYS = 10 * 365
"""How long it holds: who lets it run out is locked out of their account, unless by a password."""


def certificate_path(host: str, port: int) -> Path:
    """Where the certificate for a server is kept: one each, so that servers cannot tell by it
    whom they have in common."""
    name = re.sub(r"[^A-Za-z0-9.-]", "_", f"{host.lower()}_{port}")
    return (
        platformdirs.user_data_path("trio-chat", appauthor=False) / "certificates" / f"{name}.pem"
    )


def make_certificate(path: Path, name: str, *, now: datetime | None = None) -> str:
    """Make a certificate with its key, in one PEM file; its SHA-256 fingerprint.

    `name` is what it says of whom it belongs to, and whoever it is shown to can read that. Raises
    `FileExistsError` rather than replace one, which an account may go by, and `OSError`.
    """
    # Few ever make one, and to import this takes 60 ms.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "trio-chat")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks differ
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_privately(path, certificate.public_bytes(Encoding.PEM) + private, anew=True)
    return fingerprint_of(certificate.public_bytes(Encoding.DER))
