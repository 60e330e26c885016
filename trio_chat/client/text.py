"""Text on its way out and in: split to fit a line, and cleaned to be fit for a screen.

Laws: the pieces of a split never break a code point, and every one fits; cleaned text holds
nothing that a terminal acts upon.
"""

from __future__ import annotations

import re
import unicodedata

import wcwidth

from trio_chat.wire.message import truncate
from trio_chat.wire.printable import printable

# https://modern.ircdocs.horse/formatting: bold, italics, underline, strikethrough, monospace,
# reverse, reset; then colours by number and by hex digits.
_FORMATTING = re.compile(
    r"[\x02\x1d\x1f\x1e\x11\x16\x0f]"
    r"|\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
)
# C0 but for line ends, DEL and C1.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile(r"[\r\n]+")
# Where too many marks may be: below U+0300 no character is without a width of its own.
_STACKS = re.compile("[^\x00-\u02ff]{7,}")
_JOINER = "\u200d"
_LOOK_BACK = 32
"""How many code points a cut may move left to keep one visible character whole."""


MOST_MARKS = 6
"""Characters without a width that may follow one with: the flag of Scotland has six, letters with
accents, points and tones in use have fewer; more ("Zalgo") paint over the rows above and below."""


def clean(text: str) -> str:
    """The text without IRC formatting and without anything a terminal would act upon."""
    if text.isprintable() and text.isascii():
        return text
    return harmless(_FORMATTING.sub("", text.replace("\t", " ")))


def harmless(text: str) -> str:
    """The text without control characters, marks of direction, and stacks of accents."""
    return _STACKS.sub(_lowered, printable(text, instead=""))


def _lowered(match: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in match[0]:
        marks = marks + 1 if wcwidth.wcwidth(character) == 0 else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def typed(text: str) -> str:
    """What keys or a paste put in, fit for a line: without control characters, save line ends."""
    if text.isprintable():
        return text
    return _CONTROLS.sub("", _FORMATTING.sub("", text.replace("\t", " ")))


def _continues(character: str) -> bool:
    """Whether a code point belongs to the visible character before it."""
    return (
        unicodedata.combining(character) != 0
        or character == _JOINER
        or "\ufe00" <= character <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or unicodedata.category(character) == "Mn"
    )


def cut(text: str, size: int) -> int:
    """How many code points of `text` to take for at most `size` bytes; at least one."""
    most = len(truncate(text.encode(), size).decode())
    space = text.rfind(" ", 0, most + 1)
    if space > most // 2:  # a word's end, unless that would waste half a line
        return space
    for at in range(most, max(most - _LOOK_BACK, 0), -1):
        if not _continues(text[at]) and text[at - 1] != _JOINER:
            return at
    return max(most, 1)


def split(text: str, size: int) -> list[str]:
    """The lines to send for a text: cut at line ends, and where one is over `size` bytes of UTF-8.

    Cuts at spaces where it can, else between visible characters. Empty lines are dropped, since
    IRC cannot say them, and so are NULs. `size` is at least 4, the longest code point.
    """
    if size < 4:
        raise ValueError(f"no character is sure to fit into {size} bytes")
    pieces: list[str] = []
    for whole in _LINE_ENDS.split(text.replace("\0", "")):
        line = whole
        while len(line.encode()) > size:
            at = cut(line, size)
            pieces.append(line[:at])
            line = line[at:].removeprefix(" ")
        if line:
            pieces.append(line)
    return [piece for piece in pieces if piece.strip()]
