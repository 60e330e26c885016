"""Bearer tokens: only those that the right site has signed, for us, and not too long ago."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from trio_chat.archive.settings import TokenSettings
from trio_chat.archive.tokens import TOKEN_BYTES
from trio_chat.config import ConfigError, load
from trio_chat.core.account_questions import CheckToken, DisableAccount, SetNicks, Verdict

from .office import Office

SECRET = "a secret that is shared by two sites"
SHARED = TokenSettings(("HS256",), key=SECRET, issuer="https://login.example.org", audience="chat")

_PRIVATE = ec.generate_private_key(ec.SECP256R1())
PEM = (
    _PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def token(key: Any = SECRET, algorithm: str = "HS256", without: str = "", **claims: object) -> str:
    said: dict[str, object] = {
        "sub": "alice",
        "iss": "https://login.example.org",
        "aud": "chat",
        "exp": time.time() + 100,
        **claims,
    }
    said.pop(without, None)
    return jwt.encode(said, key, algorithm)


@pytest.fixture
def site() -> Office:
    office = Office(tokens=SHARED)
    office.have("Alice")
    return office


def test_a_token_logs_in_to_the_account_it_names(site: Office) -> None:
    assert site.ask(CheckToken(token())).account == site.account("Alice")
    assert site.ask(CheckToken(token(), "ALICE")).why == ""
    assert site.ask(CheckToken(token(), "bob")) == Verdict("wrong")
    assert site.ask(CheckToken(token(exp=time.time() - 10))).why == ""  # within the leeway
    assert site.ask(CheckToken(token(sub="nobody"))) == Verdict("wrong")
    site.ask(DisableAccount("alice"))
    assert site.ask(CheckToken(token())).why == "disabled"


def unsigned() -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": "alice", "iss": SHARED.issuer, "aud": "chat", "exp": time.time() + 100}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


@pytest.mark.parametrize(
    "make",
    [
        lambda: "",
        lambda: "x",
        lambda: "a.b.c",
        lambda: "\ud800.b.c",
        lambda: unsigned(),
        lambda: unsigned() + "c2lnbmF0dXJl",
        lambda: token(key="another secret, of some other site"),
        lambda: token(algorithm="HS512", key=SECRET * 2),
        lambda: token(exp=time.time() - 100),
        lambda: token(nbf=time.time() + 1000),
        lambda: token(without="exp"),
        lambda: token(without="sub"),
        lambda: token(without="iss"),
        lambda: token(without="aud"),
        lambda: token(iss="https://evil.example.org"),
        lambda: token(aud="other"),
        lambda: token(exp=float("inf")),
        lambda: token(sub="alice\r\nQUIT"),
        lambda: token(sub=["alice"]),
        lambda: token()[:-2],
        lambda: token(padding="x" * TOKEN_BYTES),
    ],
)
def test_a_token_that_is_not_good_is_refused(site: Office, make: Callable[[], str]) -> None:
    assert site.ask(CheckToken(make())) == Verdict("wrong")


def test_the_public_key_is_no_shared_secret() -> None:
    office = Office(tokens=TokenSettings(("ES256",), key=PEM))
    office.have("alice")
    claims = {"sub": "alice", "exp": time.time() + 100}
    assert office.ask(CheckToken(jwt.encode(claims, _PRIVATE, "ES256"))).why == ""
    # Signed with what everybody knows, as if it were the secret (RFC 8725 section 2.1).
    head, body, _ = jwt.encode(claims, "x" * 32, "HS256").split(".")
    proof = hmac.digest(PEM.encode(), f"{head}.{body}".encode(), hashlib.sha256)
    forged = f"{head}.{body}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"
    assert office.ask(CheckToken(forged)) == Verdict("wrong")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert office.ask(CheckToken(jwt.encode(claims, other, "RS256"))) == Verdict("wrong")


def test_without_algorithms_there_are_no_tokens(office: Office) -> None:
    office.have("alice")
    assert office.ask(CheckToken(token())) == Verdict("wrong")


def test_an_account_may_be_made_by_its_first_token() -> None:
    office = Office(tokens=replace(SHARED, make_accounts=True, claim="name"))
    made = office.ask(CheckToken(token(name="Bob")))
    assert made.account == office.account("Bob")
    assert office.ask(CheckToken(token(name="bob"))).account == made.account
    assert (office.login("bob", ""), office.login("bob", "x")) == ("wrong", "wrong")
    office.ask(SetNicks("bob", ("robert",)))
    assert office.ask(CheckToken(token(name="Robert"))) == Verdict("taken")


def test_of_two_first_tokens_at_once_both_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tokens=replace(SHARED, make_accounts=True))
    book = office.archive.book
    look_up = book.look_up

    def too_early(name: str) -> None:
        monkeypatch.setattr(book, "look_up", look_up)
        office.have("alice")

    monkeypatch.setattr(book, "look_up", too_early)
    assert office.ask(CheckToken(token())).why == ""


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"algorithms": ("none",), "key": SECRET}, "none is none that is safe"),
        ({"algorithms": ("HS256", "RS256"), "key": SECRET}, "cannot be a shared secret and"),
        ({"algorithms": ("HS256",)}, "need a key"),
        ({"algorithms": ("HS256",), "key": "short"}, "at least 32 bytes"),
        ({"algorithms": ("HS256",), "key": PEM}, "want a shared secret"),
        ({"algorithms": ("RS256",), "key": SECRET}, "public key in PEM"),
        ({"key": SECRET, "key_file": "x"}, "one must go"),
        ({"leeway_seconds": -1}, "leeway_seconds"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(
    options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        TokenSettings(**options)


def test_keys_and_passwords_may_be_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    (tmp_path / "password").write_text("sesame\n")
    path = tmp_path / "chat.toml"
    path.write_text(
        "[tokens]\nalgorithms = ['HS256']\nkey_file = 'key'\n"
        "[mail]\nhost = 'localhost'\nsender = 'a@b'\nuser = 'x'\npassword_file = 'password'\n"
    )
    config = load(path)
    assert (config.tokens.key, config.mail.password) == (SECRET, "sesame")
    assert SECRET not in repr(config)
    assert "sesame" not in repr(config)
    for wrong, complaint in [("short", "at least 32 bytes"), ("", "is empty")]:
        (tmp_path / "key").write_text(wrong)
        with pytest.raises(ConfigError, match=complaint):
            load(path)
    (tmp_path / "key").unlink()
    (tmp_path / "password").unlink()
    with pytest.raises(ConfigError, match="cannot read"):
        load(path)
