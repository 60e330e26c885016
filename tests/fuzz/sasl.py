"""SASL: a message is sound or `Unsound`, and what the archive makes of it is an answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache

from tests.archive.office import PASSWORD, Office
from trio_chat.archive.passwords import prepare
from trio_chat.core.account_questions import (
    CheckCertificate,
    CheckLogin,
    CheckToken,
    FinishScram,
    Scram,
    StartScram,
    Verdict,
)
from trio_chat.wire.sasl import (
    CHUNK_BYTES,
    MESSAGE_BYTES,
    Incoming,
    TooLong,
    Unsound,
    chunks,
    parse_bearer,
    parse_external,
    parse_plain,
    parse_scram_final,
    parse_scram_first,
)

from .tape import Tape

WORDS = (
    *(b"n,,n=Alice,r=", b"n,a=", b"y,,", b"p=", b"c=biws,r=", b",p=", b"=2C", b"=3D", b",m="),
    *(b"\0Alice\0", b"\x01auth=Bearer ", b"\x01\x01", b"eyJhbGciOiJub25lIn0.", PASSWORD.encode()),
)


def check(data: bytes) -> None:
    """A byte says what it is; then the message itself."""
    tape = Tape(data)
    kind = tape.byte()
    with contextlib.suppress(Unsound):
        _CHECKS[kind % len(_CHECKS)](tape.rest())


@cache
def _office() -> Office:
    office = Office()
    office.have("Alice")
    return office


def _check_incoming(data: bytes) -> None:
    """Lines of AUTHENTICATE as they come, then the message in lines as it should."""
    incoming = Incoming()
    whole = chunks(data)
    for chunk in whole[:-1]:
        assert len(chunk) == CHUNK_BYTES
    try:
        collected = [incoming.collect(chunk) for chunk in whole]
    except TooLong:
        assert len(data) * 4 / 3 > MESSAGE_BYTES - CHUNK_BYTES
    else:
        assert collected == [None] * (len(whole) - 1) + [data]
    incoming = Incoming()
    for line in data.decode(errors="ignore").split("\n"):
        with contextlib.suppress(Unsound):
            found = incoming.collect(line)
            assert found is None or len(found) <= MESSAGE_BYTES
        if sum(map(len, incoming.parts)) > MESSAGE_BYTES:
            return  # the exchange is over with a line too many, and nothing more is kept


def _check_plain(data: bytes) -> None:
    said = parse_plain(data)
    assert "\0".join((said.authzid, said.authcid, said.password)).encode() == data
    verdict = _office().ask(CheckLogin(said.authcid, said.password))
    _check_proved(verdict, said.authcid, prepare(said.password) == PASSWORD)


def _check_external(data: bytes) -> None:
    name = parse_external(data)
    assert name.encode() == data
    assert _office().ask(CheckCertificate("ab" * 32, name)) == Verdict("wrong")


def _check_bearer(data: bytes) -> None:
    said = parse_bearer(data)
    assert said.token.isascii()
    assert "\x01" not in said.token
    _check_name(data, said.authzid)
    assert _office().ask(CheckToken(said.token, said.authzid)) == Verdict("wrong")


def _check_scram(data: bytes) -> None:
    """Both messages of a client, with a form feed between them."""
    first, _, final = data.partition(b"\f")
    said = parse_scram_first(first)
    assert said.text.encode() == first
    for name in (said.authzid, said.username):
        _check_name(first, name)
    answer = _office().scram(StartScram(said.text))
    assert not answer.why or answer.message.startswith("e="), answer
    text = parse_scram_final(final)
    assert text.encode() == final
    for nonce in (answer.nonce, "nonce"):
        proved = _office().scram(FinishScram(said.text, nonce, text))
        # Nobody comes upon a proof by chance.
        assert proved == Scram(proved.message, why="wrong")
        assert proved.message.startswith("e=")


def _check_name(data: bytes, name: str) -> None:
    """What is a name here was written so there, by RFC 5801 section 4 ("saslname")."""
    assert name.replace("=", "=3D").replace(",", "=2C").encode() in data


def _check_proved(verdict: Verdict, name: str, is_right: bool) -> None:
    if verdict.account is None:
        assert verdict.why
        return
    assert is_right
    assert name.lower() == verdict.account.name.lower() == "alice"


_CHECKS: tuple[Callable[[bytes], None], ...] = (
    *(_check_incoming, _check_plain, _check_external, _check_bearer, _check_scram),
)
