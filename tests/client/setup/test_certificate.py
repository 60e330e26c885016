"""A certificate of one's own: made once, for nobody else to read, and one that TLS takes."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trio_chat.client.setup.certificate import certificate_path, make_certificate
from trio_chat.client.tls import TLS, fingerprint_of

from .person import Person


def test_it_is_a_certificate_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "new" / "me.pem"
    fingerprint = make_certificate(path, "alice")
    assert TLS(cert=path).has_cert
    pem = path.read_text()
    certificate = pem[: pem.index("-----BEGIN PRIVATE")]
    assert fingerprint_of(ssl.PEM_cert_to_DER_cert(certificate)) == fingerprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_holds_for_years(tmp_path: Path) -> None:
    from cryptography import x509

    now = datetime(2026, 1, 1, tzinfo=UTC)
    make_certificate(tmp_path / "me.pem", "", now=now)
    made = x509.load_pem_x509_certificate((tmp_path / "me.pem").read_bytes())
    assert made.not_valid_before_utc < now
    assert made.not_valid_after_utc.year == 2035
    assert made.subject == made.issuer


def test_one_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "me.pem"
    make_certificate(path, "alice")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"me\.pem"):
        make_certificate(path, "alice")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["me.pem"]


def test_every_server_has_its_own(person: Person) -> None:
    paths = {certificate_path(host, port) for host in ("a.test", "::1") for port in (1, 2)}
    assert len(paths) == 4
    assert {path.parent for path in paths} == {person.home / "data" / "certificates"}
    assert certificate_path("A.test", 1) == certificate_path("a.test", 1)
    assert certificate_path("../../x", 1).parent == person.home / "data" / "certificates"
