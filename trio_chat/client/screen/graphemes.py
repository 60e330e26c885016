"""Where the visible characters and the words of a text begin and end, for the keys that move.

Laws: pure; a position is a number of code points, and none that is given back lies inside of a
visible character (a grapheme cluster, as Unicode's UAX #29 has it: a family of emoji, a flag, a
letter with its marks).
"""

from __future__ import annotations

import unicodedata

import wcwidth

_JOINED = "'’-\u00ad\u2010\u2011\u200c\u200d"
"""Between two letters these are part of the word, as in spelling: don't, well-known; the last two
are the joiners that nobody sees, of Persian and Indic words."""


def snapped(text: str, at: int, *, forward: bool) -> int:
    """The position, or the next one (forward) or the one before that is between two characters."""
    if not 0 < at < len(text) or (text[at - 1].isascii() and text[at].isascii()):
        return max(0, min(at, len(text)))
    start = text.rfind("\n", 0, at) + 1  # no character goes over the end of a line
    for grapheme in wcwidth.iter_graphemes(text[start:].partition("\n")[0]):
        end = start + len(grapheme)
        if end > at:
            return end if forward and start < at else start
        start = end
    return at


def before(text: str, at: int) -> int:
    """Where the character before a position begins."""
    return snapped(text, at - 1, forward=False)


def after(text: str, at: int) -> int:
    """Where the character after a position ends."""
    return snapped(text, at + 1, forward=True)


def _is_letter(text: str, at: int) -> bool:
    if not 0 <= at < len(text):
        return False
    character = text[at]
    if character.isalnum() or character == "_":
        return True
    # Marks are no letters to Python, and half of many scripts' words.
    return not character.isascii() and unicodedata.category(character)[0] == "M"


def _is_in_word(text: str, at: int) -> bool:
    if _is_letter(text, at):
        return True
    joins = 0 < at < len(text) and text[at] in _JOINED
    return joins and _is_letter(text, at - 1) and _is_letter(text, at + 1)


def word_end(text: str, at: int) -> int:
    """Where the word ends that a position is in or before."""
    while at < len(text) and not _is_in_word(text, at):
        at += 1
    while at < len(text) and _is_in_word(text, at):
        at += 1
    return snapped(text, at, forward=True)


def word_start(text: str, at: int) -> int:
    """Where the word begins that a position is in or behind."""
    while at > 0 and not _is_in_word(text, at - 1):
        at -= 1
    while at > 0 and _is_in_word(text, at - 1):
        at -= 1
    return snapped(text, at, forward=False)


def with_characters_swapped(text: str, at: int) -> tuple[str, int]:
    """The text with the character before a position carried over the one after, and where then.

    At the end of a line the last two are swapped, as emacs does.
    """
    is_at_end = at == len(text) or text[at] == "\n"
    middle = before(text, at) if is_at_end else at
    start, end = before(text, middle), after(text, middle)
    if start == middle or middle == end or "\n" in text[start:end]:
        return text, at
    return text[:start] + text[middle:end] + text[start:middle] + text[end:], end


def with_words_swapped(text: str, at: int) -> tuple[str, int]:
    """The text with the word before a position and the one at or after it swapped, and where
    then."""
    end = word_end(text, at)
    start = word_start(text, end)
    first = word_start(text, start)
    first_end = word_end(text, first)
    if first_end > start:
        return text, at
    swapped = text[start:end] + text[first_end:start] + text[first:first_end]
    return text[:first] + swapped + text[end:], end
