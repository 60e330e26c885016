"""Text from outside, made safe to print: no control codes, no tricks with the direction of text."""

from __future__ import annotations

import re

# C0 and C1 controls (ESC among them: it starts what moves a terminal's cursor or sets its title),
# the line separators, and the marks and overrides that make text read in another order than it is.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def printable(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """The text with `instead` in the place of everything that is not safe to print."""
    return _UNSAFE.sub(instead, text)
