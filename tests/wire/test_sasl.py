"""SASL over lines: chunks there and back, and what is a message of which mechanism."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.sasl import (
    CHUNK_BYTES,
    MESSAGE_BYTES,
    Bearer,
    Incoming,
    Plain,
    TooLong,
    Unsound,
    chunks,
    parse_bearer,
    parse_external,
    parse_plain,
    parse_scram_final,
    parse_scram_first,
)


def collected(parts: list[str]) -> bytes | None:
    incoming = Incoming()
    *before, last = [incoming.collect(part) for part in parts]
    assert before == [None] * len(before)
    return last


@given(st.binary(max_size=MESSAGE_BYTES * 3 // 4 - CHUNK_BYTES))
def test_what_goes_out_in_chunks_comes_in_whole(data: bytes) -> None:
    parts = chunks(data)
    assert all(1 <= len(part) <= CHUNK_BYTES for part in parts)
    assert collected(parts) == data


@pytest.mark.parametrize("size", [0, 300, 600])
def test_a_last_chunk_that_is_full_or_empty_is_followed_by_a_plus(size: int) -> None:
    parts = chunks(b"x" * size)
    assert parts[-1] == "+"
    assert collected(parts) == b"x" * size


@given(st.lists(st.one_of(st.just("+"), st.just("A" * 400), st.text(max_size=410)), max_size=30))
def test_whatever_comes_in_is_bounded_and_refused_or_whole(parts: list[str]) -> None:
    incoming = Incoming()
    for part in parts:
        try:
            incoming.collect(part)
        except Unsound:
            return
        assert sum(map(len, incoming.parts)) <= MESSAGE_BYTES


def test_too_long_is_told_apart() -> None:
    with pytest.raises(TooLong):
        Incoming().collect("A" * (CHUNK_BYTES + 1))
    with pytest.raises(TooLong):
        collected(["A" * CHUNK_BYTES] * (MESSAGE_BYTES // CHUNK_BYTES + 1))


@pytest.mark.parametrize(
    "part", ["", "A", "AA", "AAA", "A===", "AA=A", "\u00e9", "A A=", "AA==AA=="]
)
def test_what_is_no_base64_is_unsound(part: str) -> None:
    with pytest.raises(Unsound):
        Incoming().collect(part)


def test_an_unsound_message_leaves_nothing_behind() -> None:
    incoming = Incoming()
    incoming.collect("A" * CHUNK_BYTES)
    with pytest.raises(Unsound):
        incoming.collect("A")
    assert incoming.collect("AAAA") == b"\0\0\0"


def test_plain_is_two_names_and_a_password() -> None:
    assert parse_plain(b"\0tim\0tanstaaftanstaaf") == Plain("", "tim", "tanstaaftanstaaf")
    assert parse_plain(b"Ursel\0Kurt\0xipj3plmq") == Plain("Ursel", "Kurt", "xipj3plmq")


@pytest.mark.parametrize(
    "data", [b"", b"a", b"a\0b", b"\0\0p", b"\0a\0", b"\0a\0p\0", b"\0a\0\xff"]
)
def test_anything_else_is_not_plain(data: bytes) -> None:
    with pytest.raises(Unsound):
        parse_plain(data)


def test_external_is_a_name_or_nothing() -> None:
    assert [parse_external(data) for data in (b"", b"tim")] == ["", "tim"]
    with pytest.raises(Unsound):
        parse_external(b"a\0b")


def test_the_first_message_of_scram_says_who() -> None:
    said = parse_scram_first(b"n,a=a=2Cb=3D,n=user=3D=2C,r=x+y/z=,ext=1")
    assert (said.authzid, said.username) == ("a,b=", "user=,")
    assert parse_scram_first(b"y,,n=u,r=1").text == "y,,n=u,r=1"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"n", b"n,,", b"n,,n=u", b"n,,r=x", b"n,,n=,r=x", b"n,,n=u,r=", b"n,,m=1,n=u,r=x"),
        *(b"p=tls-unique,,n=u,r=x", b"n,b=x,n=u,r=x", b"n,a=,n=u,r=x", b"n,,n=u=,r=x"),
        *(b"n,,n=u=2c,r=x", b"n,,n=u\0,r=x", b"n,,n=u,r=a b", b"N,,n=u,r=x", b"n,,n=\xff,r=x"),
    ],
)
def test_anything_else_is_not_the_first_message_of_scram(data: bytes) -> None:
    with pytest.raises(Unsound):
        parse_scram_first(data)


def test_the_last_message_of_scram_is_for_others_to_check() -> None:
    assert parse_scram_final(b"c=biws,r=x,p=y") == "c=biws,r=x,p=y"
    for data in (b"", b"x", b"c=\0", b"c=\xff"):
        with pytest.raises(Unsound):
            parse_scram_final(data)


def test_a_bearer_token_is_one_of_pairs() -> None:
    # RFC 7628 section 4.1
    said = (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        b"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
    )
    token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
    assert parse_bearer(said) == Bearer("user@example.com", token)
    assert parse_bearer(b"n,,\x01auth=bearer x\x01\x01") == Bearer("", "x")


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x01", b"n,,", b"n,,\x01", b"n,,\x01\x01", b"n,,\x01auth=Bearer x\x01"),
        *(b"n,,auth=Bearer x\x01\x01", b"n,,\x01auth=Basic x\x01\x01", b"n,,\x01auth\x01\x01"),
        *(b"n,,\x01auth=Bearer \x01\x01", b"n,,\x01auth=Bearer a b\x01\x01"),
        *(b"n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01", b"n,,\x01host=x\x01\x01"),
        *(b"n,,\x01auth=Bearer \xff\x01\x01", b"p=x,,\x01auth=Bearer x\x01\x01"),
    ],
)
def test_anything_else_is_no_bearer_token(data: bytes) -> None:
    with pytest.raises(Unsound):
        parse_bearer(data)
