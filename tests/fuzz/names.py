"""Names, masks, modes, addresses: every function answers for any text, and answers agree."""

from __future__ import annotations

import unicodedata

from trio_chat.names import case_mapping
from trio_chat.wire import caps
from trio_chat.wire.addresses import is_address, is_range, is_within
from trio_chat.wire.casemapping import CaseMapping
from trio_chat.wire.grammar import (
    clean_username,
    host_literal,
    is_key,
    is_nick,
    is_room_name,
    looks_like_room,
    matches,
    normalise_mask,
)
from trio_chat.wire.message import Message, format_message, parse
from trio_chat.wire.modes import ROOM_MODES, USER_MODES, Change, format_modes, parse_modes
from trio_chat.wire.printable import printable

from .tape import Tape

WORDS = (
    *(b"*!*@*", b"#", b"::ffff:", b"192.0.2.0/24", b"+ov-k", b"-draft/", b"sasl"),
    *("\u202e".encode(), "\u0130".encode(), "\u212b".encode(), "e\u0301".encode()),
)

MAPPINGS = tuple(case_mapping(name) for name in ("ascii", "rfc1459", "precis"))

LENGTH = 64


def check(data: bytes) -> None:
    """Two texts in a line each, the rest is text too."""
    tape = Tape(data)
    one, two = (tape.line().decode(errors="ignore") for _ in range(2))
    words = tape.rest().decode(errors="ignore").split("\n")
    for mapping in MAPPINGS:
        _check_names(mapping, one, two)
    _check_grammar(one)
    _check_modes(one, (two, *words))
    _check_addresses(one, two)
    _check_capabilities(len(one), [two, *words])
    safe = printable(one)
    assert printable(safe) == safe
    assert all(unicodedata.category(character) != "Cc" for character in safe)


def _check_names(names: CaseMapping, one: str, two: str) -> None:
    folded = names.fold(one)
    assert names.fold(folded) == folded
    assert names.skeleton(one) == names.skeleton(one)
    mask, text = names.fold_text(one), names.fold_text(two)
    assert matches(one, two, names) == _matches(mask, text), (names.name, one, two)
    assert matches("*", two, names)
    assert matches(two, two, names)
    if names.is_nick(one):
        assert names.is_nick(folded), (names.name, one)
        assert not looks_like_room(one)
        assert not set(one) & set("!@*?,.: ")
        _check_middle(one)


def _matches(mask: str, text: str) -> bool:
    """The same by all that the mask could have come to after each character, at once."""
    ends = {0}
    for sign in mask:
        if sign == "*":
            ends = set(range(min(ends, default=len(text) + 1), len(text) + 1))
        else:
            ends = {at + 1 for at in ends if at < len(text) and sign in ("?", text[at])}
    return len(text) in ends


def _check_grammar(text: str) -> None:
    if is_nick(text, LENGTH) or is_room_name(text, LENGTH):
        _check_middle(text)
    if is_key(text, LENGTH):
        _check_middle(f"{text},{text}")
        assert f"{text},{text}".split(",") == [text, text]
    mask = normalise_mask(text)
    assert normalise_mask(mask) == mask
    user = clean_username(text, 10)
    assert len(user) <= max(10, len("~user"))
    source = f"nick!{user}@host"
    assert parse(format_message(Message("QUIT", (), source))).source == source
    assert host_literal(text)[:1] != ":"


def _check_middle(text: str) -> None:
    """It can stand in the middle of a line."""
    message = Message("MODE", (text, "x"))
    assert parse(format_message(message)) == message


def _check_modes(text: str, params: tuple[str, ...]) -> None:
    for known in (ROOM_MODES, USER_MODES):
        changes = parse_modes(text, params, known)
        assert len(changes) <= len(text)
        known_ones = [change for change in changes if isinstance(change, Change)]
        again, *taken = format_modes(known_ones)
        assert parse_modes(again, taken, known) == known_ones


def _check_addresses(one: str, two: str) -> None:
    if is_address(one):
        assert is_range(one)
        assert is_within(one, one)
    if is_within(one, two):
        assert is_address(one)
        assert is_range(two)


def _check_capabilities(enabled: int, words: list[str]) -> None:
    every = sum(caps.CAPABILITIES.values())
    enabled &= every & ~caps.ANY_METADATA
    granted = caps.request(enabled, words)
    if granted is not None:
        assert granted & every == granted
        assert granted & caps.ANY_METADATA != caps.ANY_METADATA
        assert caps.request(granted, words) == granted
