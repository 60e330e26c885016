"""Case mappings: which names are the same, which look alike, and which characters a nick may have.

Laws:

* `fold` is total and idempotent, and two names are the same exactly if they fold to the same.
* Two names look alike if they have the same `skeleton` (Unicode TR39, "Confusable Detection"). It
  is that of a name as it is written: the I of "AIice" looks like an l, the i of "aiice" does not.
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

# What of ASCII looks alike in Unicode's confusables.txt, but for "m" and "rn" (see
# `tests.lookalikes`). Lower case comes after it, as in Ergo's Skeleton.
_LOOKALIKES = str.maketrans("01I|`", "Olll'")


@dataclass(frozen=True, slots=True)
class CaseMapping:
    """One rule for names; `name` is what ISUPPORT CASEMAPPING calls it."""

    name: str
    fold: Callable[[str], str]
    fold_text: Callable[[str], str]
    """Folds text of which only a part may be a name, character by character, for masks."""
    is_nick: Callable[[str], bool]
    """Whether this can be a nick, its length apart."""
    skeleton: Callable[[str], str]


def _fold_ascii(name: str) -> str:
    return name.lower() if name.isascii() else name.translate(_ASCII)


def _fold_rfc1459(name: str) -> str:
    return name.translate(_RFC1459)


def is_ascii_nick(text: str) -> bool:
    return _NICK.fullmatch(text) is not None


def ascii_skeleton(name: str) -> str:
    """The skeleton of a name in ASCII, whatever else is in it left as it is."""
    return name.translate(_LOOKALIKES).lower()


ASCII = CaseMapping("ascii", _fold_ascii, _fold_ascii, is_ascii_nick, ascii_skeleton)
RFC1459 = CaseMapping("rfc1459", _fold_rfc1459, _fold_rfc1459, is_ascii_nick, ascii_skeleton)
