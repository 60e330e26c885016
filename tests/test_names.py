"""Case mappings: which names are one, and which may be nicks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.names import case_mapping

MAPPINGS = ["ascii", "rfc1459", "precis"]


@pytest.mark.parametrize(
    ("mapping", "one", "other", "same"),
    [
        ("ascii", "Alice", "aLICE", True),
        ("ascii", "a[]\\~", "a{}|^", False),
        ("ascii", "É", "é", False),
        ("rfc1459", "Alice", "aLICE", True),
        ("rfc1459", "#a[]\\~", "#A{}|^", True),
        ("rfc1459", "É", "é", False),
        ("precis", "Alice", "aLICE", True),
        ("precis", "Élan", "élan", True),
        ("precis", "e\u0301lan", "élan", True),
        ("precis", "ｆｕｌｌ", "full", True),
        ("precis", "#Straße", "#straße", True),
        ("precis", "#a/B", "#A/b", True),
        ("precis", "alice", "аlice", False),  # the second begins with a Cyrillic letter
    ],
)
def test_which_names_are_the_same(mapping: str, one: str, other: str, same: bool) -> None:
    fold = case_mapping(mapping).fold
    assert (fold(one) == fold(other)) is same


@pytest.mark.parametrize("mapping", MAPPINGS)
@given(name=st.text(max_size=20))
def test_folding_is_total_and_idempotent(mapping: str, name: str) -> None:
    fold = case_mapping(mapping).fold
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("nick", ["alice", "A-1", "_", "[x]", "a^b", "`x`", "{|}"])
def test_every_mapping_has_the_nicks_of_rfc_2812(mapping: str, nick: str) -> None:
    assert case_mapping(mapping).is_nick(nick)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "1a",
        "-a",
        "a b",
        "a!b",
        "a@b",
        "a*",
        "a?",
        "a,b",
        "#a",
        "@a",
        "+a",
        ":a",
        "a.b",
        "a\x07",
        "a\u202eb",
        "a\u200bb",
        "$a",
    ],
)
def test_no_mapping_has_nicks_that_mean_something_else(mapping: str, text: str) -> None:
    assert not case_mapping(mapping).is_nick(text)


def test_precis_has_nicks_in_any_script() -> None:
    assert all(case_mapping("precis").is_nick(nick) for nick in ("élan", "Алиса", "愛麗絲"))
    assert not case_mapping("ascii").is_nick("élan")


def test_an_unknown_mapping_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        case_mapping("klingon")
