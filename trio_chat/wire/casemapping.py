"""Case mappings: which names are the same, and which characters a nick may have.

Law: `fold` is total and idempotent, and two names are the same exactly if they fold to the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_ASCII_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ASCII = str.maketrans(_ASCII_UPPER, _ASCII_UPPER.lower())
# RFC 2812 section 2.2: {, }, | and ^ are the lower case of [, ], \ and ~, because of IRC's
# Scandinavian origin.
_RFC1459 = str.maketrans(_ASCII_UPPER + "[]\\~", _ASCII_UPPER.lower() + "{}|^")

# RFC 2812 section 2.3.1: nickname = ( letter / special ) *( letter / digit / special / "-" )
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}\-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class CaseMapping:
    """One rule for names; `name` is what ISUPPORT CASEMAPPING calls it."""

    name: str
    fold: Callable[[str], str]
    fold_text: Callable[[str], str]
    """Folds text of which only a part may be a name, character by character, for masks."""
    is_nick: Callable[[str], bool]
    """Whether this can be a nick, its length apart."""


def _fold_ascii(name: str) -> str:
    return name.lower() if name.isascii() else name.translate(_ASCII)


def _fold_rfc1459(name: str) -> str:
    return name.translate(_RFC1459)


def is_ascii_nick(text: str) -> bool:
    return _NICK.fullmatch(text) is not None


ASCII = CaseMapping("ascii", _fold_ascii, _fold_ascii, is_ascii_nick)
RFC1459 = CaseMapping("rfc1459", _fold_rfc1459, _fold_rfc1459, is_ascii_nick)
