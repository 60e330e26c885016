"""Long lines broken between words, by the room they take on the screen.

Laws: a word that fits a row is never torn, so links stay whole; a longer one is left to the
terminal to wrap, which then still copies it in one piece. Nothing but spaces is taken away.
"""

from __future__ import annotations

import re

from prompt_toolkit.utils import get_cwidth

INDENT = 6
"""Columns before the second row and those after it: they stand below the text, not the time."""

NARROWEST = 40
"""Columns a screen has at least for rows to be indented."""

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = re.compile(r"( *)([^ ]+)")


def _width(text: str) -> int:
    plain = _ESCAPE.sub("", text)
    return len(plain) if plain.isascii() else get_cwidth(plain)


def _column_after(text: str, column: int, columns: int) -> int:
    """Where a text ends that the terminal wraps."""
    for character in _ESCAPE.sub("", text):
        width = get_cwidth(character)
        column = column + width if column + width <= columns else width
    return column


def wrap(line: str, columns: int) -> list[str]:
    """The rows of a line on a screen of so many columns; colours in it take no room."""
    if _width(line) <= columns:
        return [line]
    indent = " " * INDENT if columns >= NARROWEST else ""
    rows, row, taken = [], "", 0
    for spaces, word in _WORDS.findall(line):
        width = _width(word)
        if taken + len(spaces) + width <= columns:
            row += spaces + word
            taken += len(spaces) + width
        elif width <= columns and taken:
            rows.append(row)
            margin = indent if len(indent) + width <= columns else ""
            row, taken = margin + word, len(margin) + width
        else:
            row += spaces + word
            taken = _column_after(spaces + word, taken, columns)
    return [*rows, row]
