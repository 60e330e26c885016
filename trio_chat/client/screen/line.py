"""Lines of styled text, as everything that is shown is made of: a list of fragments.

Law: pure text and names of styles. A fragment is what prompt_toolkit takes for one, a style
("class:nick.3 class:mention") and a text without anything a terminal acts upon.
"""

from __future__ import annotations

from collections.abc import Iterable

import wcwidth

Fragment = tuple[str, str]
Line = list[Fragment]


def text_of(line: Iterable[Fragment]) -> str:
    """The text alone."""
    return "".join(text for _, text in line)


def width(text: str) -> int:
    """Columns a text takes on the screen: whole graphemes are measured, so 👩‍👩‍👧 takes two."""
    if text.isascii():
        return len(text)
    return wcwidth.width(text)
