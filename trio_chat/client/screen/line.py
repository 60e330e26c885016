"""Lines of styled text, as everything that is shown is made of: a list of fragments.

Laws:

* Pure text and names of styles. A fragment is what prompt_toolkit takes for one, a style
  ("class:nick.3 class:mention") and a text without anything a terminal acts upon.
* What the eye takes for one character, a grapheme, is measured and cut as one.
"""

from __future__ import annotations

from collections.abc import Iterable

import wcwidth

Fragment = tuple[str, str]
Line = list[Fragment]

ELLIPSIS = "…"


def text_of(line: Iterable[Fragment]) -> str:
    """The text alone."""
    return "".join([text for _, text in line])


def width(text: str) -> int:
    """Columns a text takes on the screen: whole graphemes are measured, so 👩‍👩‍👧 takes two."""
    if text.isascii():
        return len(text)
    return wcwidth.width(text)


def fitting(text: str, columns: int) -> int:
    """How many code points of a text fit into so many columns: no grapheme is torn."""
    if text.isascii():
        return min(len(text), max(columns, 0))
    taken = at = 0
    for grapheme in wcwidth.iter_graphemes(text):
        taken += width(grapheme)
        if taken > columns:
            break
        at += len(grapheme)
    return at


def cut_line(line: Line, columns: int) -> Line:
    """The line, its end replaced by "…" if it takes more than so many columns."""
    if width(text_of(line)) <= columns:
        return line
    left, kept = columns - width(ELLIPSIS), []
    for style, text in line:
        at = fitting(text, left)
        if at < len(text):
            if left >= 0:
                kept.append((style, text[:at] + ELLIPSIS))
            break
        kept.append((style, text))
        left -= width(text)
    return kept


def cut(text: str, columns: int) -> str:
    """The text, its end replaced by "…" if it takes more than so many columns."""
    return text_of(cut_line([("", text)], columns))
