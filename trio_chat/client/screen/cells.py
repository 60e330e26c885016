"""Regions that prompt_toolkit draws, with graphemes in them.

Laws:

* prompt_toolkit puts each code point into cells of its own: a family of three women takes six
  columns there, and all behind it is drawn four columns too far right. Here a grapheme that is
  more than its code points goes through as one character, of the width that it has.
* With `inline`, this is the module that touches a private name of prompt_toolkit
  (`_CHAR_SIZES_CACHE`, what it remembers of widths); tests look at the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, SupportsIndex

import wcwidth
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import UIContent, UIControl
from prompt_toolkit.utils import _CHAR_SIZES_CACHE

from trio_chat.client.screen.line import Line, width

MOST_TAUGHT = 10_000
"""Graphemes whose widths prompt_toolkit is told, 2 MB: more than there are emoji."""

_taught: set[str] = set()


class _Whole(str):
    """A grapheme that is one character to who iterates over it, as prompt_toolkit does."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return [self]  # it has no line ends, which fragments are split at


def cells(line: Line) -> StyleAndTextTuples:
    """The line as fragments that prompt_toolkit measures as the terminal does."""
    fragments: StyleAndTextTuples = []
    for style, text in line:
        if text.isascii():
            fragments.append((style, text))
            continue
        plain = ""
        for grapheme in wcwidth.iter_graphemes(text):
            if len(grapheme) == 1:
                plain += grapheme
                continue
            if plain:
                fragments.append((style, plain))
                plain = ""
            fragments.append((style, _whole(grapheme)))
        if plain:
            fragments.append((style, plain))
    if fragments and wcwidth.wcwidth(fragments[-1][1][-1:] or " ") == 0:
        # prompt_toolkit puts a mark of no width into the next cell as well, which then takes one,
        # and everything behind it on the row is drawn too far left.
        fragments.append(("", " "))
    return fragments


def _whole(grapheme: str) -> _Whole:
    if grapheme not in _taught:
        if len(_taught) >= MOST_TAUGHT:
            for each in _taught:
                _CHAR_SIZES_CACHE.pop(each, None)
            _taught.clear()
        _taught.add(grapheme)
        _CHAR_SIZES_CACHE[grapheme] = width(grapheme)
    return _Whole(grapheme)


class Rows(UIControl):
    """A region of lines, which `rows` makes for a number of columns; none is drawn as none."""

    def __init__(self, rows: Callable[[int], Sequence[Line]]) -> None:
        self._rows = rows

    def preferred_height(self, width: int, max_available_height: int, *_: Any) -> int:
        """As many rows as there are."""
        return min(len(self._rows(width)), max_available_height)

    def create_content(self, width: int, height: int | None) -> UIContent:
        """What there is now."""
        rows = self._rows(width)
        return UIContent(
            get_line=lambda row: cells(rows[row]), line_count=len(rows), show_cursor=False
        )


class Column(UIControl):
    """A region of lines, which `rows` makes for a number of columns and of rows."""

    def __init__(self, rows: Callable[[int, int], Sequence[Line]]) -> None:
        self._rows = rows

    def create_content(self, width: int, height: int) -> UIContent:
        """What there is now; what is below it stays empty."""
        rows = self._rows(width, height)
        return UIContent(
            get_line=lambda row: cells(rows[row]), line_count=len(rows), show_cursor=False
        )
