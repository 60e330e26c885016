"""The line buffer: the same lines however the bytes arrive, and never more of them than allowed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.lines import CLIENT_LINE, SERVER_LINE, LineBuffer
from trio_chat.wire.message import Fault, Malformed

from .strategies import thorough

TOO_LONG = Malformed(Fault.TOO_LONG)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"a\nb\n", [b"a", b"b"]),
        (b"\r\n\n\r\na\r\n", [b"a"]),
        (b"a\rb\r\n", [b"a\rb"]),
        (b"a\r\r\n", [b"a\r"]),
        (b" \r\n", [b" "]),
        (b"no end", []),
        (b"", []),
    ],
)
def test_a_line_ends_with_lf_or_cr_lf(data: bytes, lines: list[bytes]) -> None:
    assert LineBuffer().feed(data) == lines


def test_half_a_line_waits_for_its_end() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"PRIVMSG #te") == []
    assert buffer.pending == 11
    assert buffer.feed(b"a :hi\r") == []
    assert buffer.feed(b"\nNEXT") == [b"PRIVMSG #tea :hi"]
    assert buffer.pending == 4


def test_an_over_long_line_is_reported_once_and_costs_no_other_line() -> None:
    buffer = LineBuffer(limit=10)
    assert buffer.feed(b"before\n" + b"x" * 25) == [b"before", TOO_LONG]
    assert buffer.feed(b"x" * 1000) == []
    assert buffer.feed(b"x\nafter\n") == [b"after"]
    assert buffer.feed(b"y" * 30 + b"\nlast\n") == [TOO_LONG, b"last"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_limit_counts_the_end_of_the_line(end: bytes) -> None:
    fits = b"x" * (10 - len(end))
    assert LineBuffer(limit=10).feed(fits + end) == [fits]
    assert LineBuffer(limit=10).feed(fits + b"x" + end) == [TOO_LONG]


def test_the_limits_are_those_of_message_tags() -> None:
    assert CLIENT_LINE == 4096 + 512
    assert SERVER_LINE == 8191 + 512


@st.composite
def chunked_streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Some bytes, with lines of all lengths around a limit of 10, and the same in pieces."""
    pieces = st.one_of(st.sampled_from([b"\n", b"\r\n", b"\r", b"a"]), st.binary(max_size=15))
    stream = b"".join(draw(st.lists(pieces, max_size=12)))
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in pairwise(edges)]
    return stream, chunks


@thorough
@given(chunked_streams())
def test_any_chunking_of_a_stream_gives_the_same_lines(data: tuple[bytes, list[bytes]]) -> None:
    stream, chunks = data
    whole = LineBuffer(limit=10)
    pieces = LineBuffer(limit=10)
    lines = [line for chunk in chunks for line in pieces.feed(chunk)]
    assert lines == whole.feed(stream)


@thorough
@given(chunked_streams())
def test_what_is_kept_and_what_comes_out_stays_within_the_limit(
    data: tuple[bytes, list[bytes]],
) -> None:
    buffer = LineBuffer(limit=10)
    for chunk in data[1]:
        for line in buffer.feed(chunk):
            assert isinstance(line, Malformed) or 0 < len(line) < 10
        assert buffer.pending < 10
