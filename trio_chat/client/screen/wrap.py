"""Long lines broken between words, by the room they take on the screen.

Laws: a word that fits a row is never torn, so links stay whole; a longer one is left to the
terminal to wrap, which then still copies it in one piece, or torn between graphemes where there is
no terminal to do so. Nothing but spaces is taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import wcwidth

from trio_chat.client.screen.line import Line, fitting, text_of, width

INDENT = 6
"""Columns before the second row and those after it, if nothing leads the first."""

LEADS = ("class:time", "class:number")
"""Styles of what leads a line: rows after the first stand below what follows it."""

NARROWEST = 40
"""Columns a screen has at least for rows to be indented."""

_WORDS = re.compile(r"( *)([^ ]+)")


def wrap(line: Line, columns: int, *, tear: bool = False) -> list[Line]:
    """The rows of a line on a screen of so many columns; `tear` words that are longer than a row.

    Without it such a word is in a row that is longer than the screen.
    """
    text = text_of(line)
    if width(text) <= columns:
        return [line]
    margin = indent_of(line) if columns >= NARROWEST else 0
    rows = []
    for start, end, indent in _rows(text, columns, margin, tear):
        row = _slice(line, start, end)
        rows.append([("", " " * indent), *row] if indent else row)
    return rows


def indent_of(line: Line) -> int:
    """Columns that the rows after the first of this line are indented."""
    indent = 0
    for style, text in line:
        if style not in LEADS and (indent or text.strip()):
            break
        indent += width(text)
    return indent or INDENT


def _rows(text: str, columns: int, margin: int, tear: bool) -> Iterator[tuple[int, int, int]]:
    """Where each row starts and ends in the text, and its indent."""
    start = end = taken = indent = 0
    measure = len if text.isascii() else width
    for match in _WORDS.finditer(text):
        spaces, word = len(match[1]), match[2]
        columns_of_word = measure(word)
        if taken + spaces + columns_of_word <= columns:
            taken += spaces + columns_of_word
        elif columns_of_word <= columns and taken:
            yield start, end, indent
            start = match.start(2)
            indent = margin if margin + columns_of_word <= columns else 0
            taken = indent + columns_of_word
        elif not tear:
            taken = _column_after(match[0], taken, columns)
        else:
            at = match.start()
            while at < match.end():
                fits = fitting(text[at : match.end()], columns - taken)
                if not fits and at == start:
                    fits = len(next(wcwidth.iter_graphemes(text[at : match.end()])))
                if at + fits < match.end():
                    yield start, at + fits, indent
                    start, indent, taken = at + fits, margin, margin
                else:
                    taken += width(text[at : match.end()])
                at += fits
        end = match.end()
    yield start, end, indent


def _column_after(text: str, column: int, columns: int) -> int:
    """Where a text ends that the terminal wraps."""
    for grapheme in wcwidth.iter_graphemes(text):
        wide = width(grapheme)
        column = column + wide if column + wide <= columns else wide
    return column


def _slice(line: Line, start: int, end: int) -> Line:
    """The part of a line between two offsets in its text."""
    part, at = [], 0
    for style, text in line:
        after = at + len(text)
        if after > start and at < end:
            part.append((style, text[max(start - at, 0) : end - at]))
        at = after
    return part
