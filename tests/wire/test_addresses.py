"""Addresses and ranges of them, of any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.wire.addresses import is_address, is_range, is_within

from .strategies import thorough


@pytest.mark.parametrize(
    ("text", "one", "several"),
    [
        ("192.0.2.7", True, True),
        ("2001:db8::7", True, True),
        ("192.0.2.0/24", False, True),
        ("192.0.2.7/24", False, True),  # who names an address within it means the range
        ("192.0.2.0/33", False, False),
        ("192.0.2", False, False),
        ("chat.example", False, False),
        ("", False, False),
    ],
)
def test_what_is_an_address_and_what_a_range(text: str, one: bool, several: bool) -> None:
    assert (is_address(text), is_range(text)) == (one, several)


@pytest.mark.parametrize(
    ("address", "among", "is_in"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.255", "192.0.2.0/24", True),
        ("192.0.3.0", "192.0.2.0/24", False),
        ("2001:db8::7", "2001:db8::/32", True),
        ("2001:db8::7", "0.0.0.0/0", False),
        ("chat.example", "0.0.0.0/0", False),
        ("192.0.2.7", "chat.example", False),
    ],
)
def test_what_is_within_a_range(address: str, among: str, is_in: bool) -> None:
    assert is_within(address, among) is is_in


@thorough
@given(st.text(), st.text())
def test_there_is_an_answer_for_any_text(address: str, among: str) -> None:
    if is_within(address, among):
        assert is_address(address)
        assert is_range(among)
    else:
        assert not (is_address(address) and address == among)
