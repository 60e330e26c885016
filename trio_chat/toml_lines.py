"""Where in a TOML text each key stands, since `tomllib` does not tell.

Law: the text is TOML. What `tomllib` has refused is not scanned, and what it has taken is not
checked again; so a few patterns are enough.
"""

from __future__ import annotations

import re
import tomllib

Place = tuple[str | int, ...]
"""The way to a value: the keys, and in a list the number of the element, from 0."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r""" [A-Za-z0-9_-]+ | "(?:\\.|[^"\\])*" | '[^']*' """, re.VERBOSE)
_SCALAR = re.compile(r"[^,\]}#\n]+")
# A text of several lines may end in two quotes more (TOML 1.0.0, "String").
_STRING = re.compile(
    r'''
    """ (?:\\.|[^\\])*? "{3,5} | \'\'\' .*? '{3,5} | "(?:\\.|[^"\\])*" | '[^']*'
    ''',
    re.VERBOSE | re.DOTALL,
)


class Lines:
    """The lines of a TOML text in which its keys stand."""

    def __init__(self, text: str) -> None:
        """Raises `RecursionError` for lists in lists without end."""
        self._lines = _Scan(text).lines

    def line(self, place: Place) -> int:
        """The line of a key, from 1; of what is not in the text, the line of its table."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


class _Scan:
    """One pass over the text; `lines` is what it finds."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._last: dict[Place, int] = {}
        """The number of the last element so far of each array of tables."""
        table: Place = ()
        while self._pass(_BLANK) < len(text):
            if text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        """`[table]` or `[[table]]`; the place of what it opens."""
        is_element = self._text.startswith("[[", self._at)
        self._at += 1 + is_element
        place: Place = ()
        for key in self._keys():
            place += (key,)
            self.lines.setdefault(place, self._here())
            if place in self._last:
                place += (self._last[place],)
        if is_element:
            name = place[:-1] if isinstance(place[-1], int) else place
            self._last[name] = self._last.get(name, -1) + 1
            place = (*name, self._last[name])
        self.lines[place] = self._here()
        self._at += 1 + is_element
        return place

    def _pair(self, table: Place) -> None:
        """`key = value`, or `a.b.c = value`."""
        place = table
        for key in self._keys():
            place += (key,)
            self.lines.setdefault(place, self._here())
        self._at += 1  # the equals sign
        self._pass(_SPACE)
        self._value(place)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._pass(_SPACE)
            start = self._at
            key = self._text[start : self._pass(_KEY)]
            keys.append(tomllib.loads(f"key = {key}")["key"] if key[0] in "\"'" else key)
            self._pass(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, place: Place) -> None:
        match self._text[self._at]:
            case "[":
                self._list(place)
            case "{":
                self._at += 1
                while not self._ends("}"):
                    self._pair(place)
            case '"' | "'":
                self._pass(_STRING)
            case _:
                self._pass(_SCALAR)

    def _list(self, place: Place) -> None:
        self._at += 1
        number = 0
        while not self._ends("]"):
            self.lines[*place, number] = self._here()
            self._value((*place, number))
            number += 1

    def _ends(self, bracket: str) -> bool:
        """Pass a comma and what is blank, and the closing bracket if that is next."""
        if self._text[self._pass(_BLANK)] == ",":
            self._at += 1
            self._pass(_BLANK)
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True

    def _pass(self, pattern: re.Pattern[str]) -> int:
        """Go past what the pattern matches; where that leads."""
        found = pattern.match(self._text, self._at)
        assert found is not None, "the text is TOML"
        self._at = found.end()
        return self._at

    def _here(self) -> int:
        """The line of where we are."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
