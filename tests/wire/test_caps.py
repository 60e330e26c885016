"""The capabilities and what a request makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire import caps
from trio_chat.wire.caps import BATCH, CAPABILITIES, ECHO_MESSAGE, METADATA, METADATA_3, SETNAME

from .strategies import thorough


def test_every_capability_has_a_bit_of_its_own() -> None:
    bits = list(CAPABILITIES.values())
    assert all(bit.bit_count() == 1 for bit in bits)
    assert len(set(bits)) == len(bits)
    assert list(CAPABILITIES) == sorted(CAPABILITIES)


@pytest.mark.parametrize(
    ("enabled", "words", "after"),
    [
        (0, ["batch"], BATCH),
        (BATCH, ["batch"], BATCH),
        (BATCH, ["-batch"], 0),
        (0, ["-batch"], 0),
        (BATCH, ["setname", "-batch", "echo-message"], SETNAME | ECHO_MESSAGE),
        (0, ["batch", "-batch"], 0),
        (0, ["-batch", "batch"], BATCH),
        (BATCH, [], BATCH),
        (BATCH, ["setname", "unheard-of"], None),
        (0, ["Batch"], None),
        (0, ["batch=x"], None),
        (0, ["--batch"], None),
        (0, [""], None),
        (0, ["-"], None),
        (METADATA, ["draft/metadata-3"], None),
        (METADATA, ["draft/metadata-3", "-draft/metadata-2"], METADATA_3),
    ],
)
def test_a_request_is_granted_as_a_whole_or_not_at_all(
    enabled: int, words: list[str], after: int | None
) -> None:
    assert caps.request(enabled, words) == after


@thorough
@given(st.sets(st.sampled_from(sorted(CAPABILITIES.keys() - {"draft/metadata-2"}))))
def test_names_and_bits_are_the_same_thing(names: set[str]) -> None:
    bits = caps.request(0, sorted(names))
    assert bits is not None
    assert caps.names(bits) == sorted(names)
