"""A text as words: as the index of what was said has it, and as somebody looks for it.

Laws:

* A row is taken out of the index by the very words it was put in by (FTS5, "Contentless Tables"):
  what is made of a message here stays the same for ever, and depends on no configuration.
* What somebody looks for is text. Nothing in it is syntax of a query: no operator, no column, no
  prefix.
* `matches` finds in a text what the index (`unicode61 remove_diacritics 2`) finds in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

Phrase = tuple[str, ...]
"""Words, as the index has them, that stand together in this order."""

# Colours and other formatting are no part of a word that has them; those of a colour are digits. Of
# a message of several lines a carriage return is where one was only cut, so the word goes on.
_FORMATTING = re.compile(
    r"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    r"|^\x01ACTION |[\x00-\x08\x0b-\x1f\x7f]",
    re.ASCII,
)

# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese; and Korean,
# which puts them after endings that belong to the grammar and not to what is looked for.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)

_PIECE = re.compile(r'"([^"]*)"?|([^ \t\n"]+)')


def nick_word(nick: str) -> str:
    """A nick as one word, whatever is in it; the same in capitals and small letters."""
    return f"n{nick.lower().encode().hex()}"


def words_of(text: str) -> str:
    """A text as it is split into words: without formatting, and with each character apart where a
    script has no spaces, so that what is looked for is found within."""
    text = _FORMATTING.sub("", text)
    return text if text.isascii() else _UNSPACED.sub(r" \g<0> ", text)


# -- what is looked for


def phrases_of(text: str) -> tuple[Phrase, ...]:
    """What somebody looks for, all of which must be in a text: each the words of a phrase.

    Every word is one of its own unless it stands in double quotes; one such as "don't" is two
    words, which then must stand together.
    """
    pieces = (quoted or bare for quoted, bare in _PIECE.findall(text))
    return tuple(dict.fromkeys(words for piece in pieces if (words := tuple(_split(piece)))))


def _split(text: str) -> Iterator[str]:
    """The words of a text as FTS5's tokenizer has them (`unicode61 remove_diacritics 2`)."""
    word = ""
    for character in words_of(text):
        if character.isascii():
            base = character.lower()
            is_part = base.isalnum()
        else:
            base, is_part = _fold(character)
        if is_part:
            word += base
        elif word:
            yield word
            word = ""
    if word:
        yield word


def _fold(character: str) -> tuple[str, bool]:
    """A character as it is compared, and whether it can be part of a word."""
    if "\u0300" <= character <= "\u0331":  # an accent by itself
        return "", True
    bare = unicodedata.normalize("NFD", character)[0]
    if bare.isascii() and bare.isalpha():
        return bare.lower(), True
    folded = character.casefold()
    if len(folded) != 1:
        folded = character.lower()[:1]
    category = unicodedata.category(character)
    return folded, category[0] in "LN" or category == "Co"


def matches(phrases: Collection[Phrase], text: str) -> bool:
    """Whether all of the phrases are in a text, as the index would have it."""
    if text.isascii() and text.isprintable():  # most are, and most have not the words at all
        lower = text.lower()
        if not all(word in lower for phrase in phrases for word in phrase):
            return False
    words = f" {' '.join(_split(text))} "
    return all(f" {' '.join(phrase)} " in words for phrase in phrases)
