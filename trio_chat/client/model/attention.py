"""What is meant for the person, and whom they do not want to hear.

Law: pure; names are compared as the server does, keywords without regard to capitals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, Protocol

from trio_chat.client.folding import folding
from trio_chat.client.text import clean
from trio_chat.wire.casemapping import ASCII, RFC1459, CaseMapping
from trio_chat.wire.grammar import matches, normalise_mask


class Wishes(Protocol):
    """What the model needs to know of the settings; see there."""

    @property
    def fold(self) -> Literal["smart", "always", "never"]:
        """Whose coming and going is noise."""

    @property
    def highlights(self) -> tuple[str, ...]:
        """Words that count as a mention."""

    @property
    def ignore(self) -> tuple[str, ...]:
        """Masks of those who are not to be heard."""


class Attention:
    """The nick and keywords to listen for and the masks not to, made ready to be compared with."""

    __slots__ = ("_fold", "_ignored", "_keywords", "_nick", "_wanted")

    def __init__(self) -> None:
        self._fold: Callable[[str], str] = ASCII.fold
        self._nick: re.Pattern[str] | None = None
        self._keywords: re.Pattern[str] | None = None
        self._ignored: list[tuple[str, CaseMapping]] = []
        self._wanted: tuple[object, ...] = ()

    def want(
        self, nick: str, casemapping: str, highlights: tuple[str, ...], ignore: tuple[str, ...]
    ) -> None:
        """Listen for these from now on; costs nothing if they are the same as before."""
        wanted = (nick, casemapping, highlights, ignore)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._fold = folding(casemapping)
        self._nick = _any_word([self._fold(nick)]) if nick else None
        self._keywords = _any_word([word.casefold() for word in highlights])
        names = RFC1459 if casemapping.startswith("rfc1459") else ASCII
        self._ignored = [(normalise_mask(mask), names) for mask in ignore]

    def is_meant(self, text: str) -> bool:
        """Whether a text names the person, or has one of the keywords."""
        text = clean(text)
        if self._nick is not None and self._nick.search(self._fold(text)) is not None:
            return True
        return self._keywords is not None and self._keywords.search(text.casefold()) is not None

    def ignores(self, source: str) -> bool:
        """Whether who this is, as `nick!user@host`, is not to be heard."""
        return any(matches(mask, source, names) for mask, names in self._ignored)


def _any_word(words: list[str]) -> re.Pattern[str] | None:
    """A pattern for any of these as a word; None for none."""
    if not words:
        return None
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")
