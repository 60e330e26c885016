"""What there is to complete in a model: who is here, the rooms, the messages."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import islice

from trio_chat.client.model.model import Model
from trio_chat.client.text import clean
from trio_chat.wire.grammar import casefold

PREVIEW = 40
"""Characters of a message that are shown with its number."""


class ModelWords:
    """Read from the model when it is asked for, and never kept."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def nicks(self, beginning: str, most: int) -> list[str]:
        """People here: who spoke last comes first, then the others by name."""
        model = self._model
        here, members = model.here, model.members
        fits = _beginning(beginning)
        spoken = [nick for nick in reversed(here.speakers) if fits(nick)]
        found = [nick for nick in spoken if not members or nick in members]
        if here.private and fits(here.name):
            found.append(here.name)
        # Not sorted as a whole: of ten thousand a hundred are looked at, at most.
        others = (nick for nick in members if fits(nick))
        found += heapq.nsmallest(most + len(found), others, key=casefold)
        return [nick for nick in dict.fromkeys(found) if not model.is_us(nick)][:most]

    def rooms(self, beginning: str, most: int) -> list[str]:
        """The room we are looking at, then the others we are in."""
        model = self._model
        fits = _beginning(beginning)
        here = [model.current] if model.current in model.rooms else []
        found = dict.fromkeys([*here, *model.rooms])
        return [name for name in found if fits(name)][:most]

    def conversations(self) -> list[tuple[int, str]]:
        """As Alt and the number go to them."""
        return list(enumerate(self._model.conversations, 1))

    def messages(self, most: int) -> list[tuple[int, str]]:
        """The latest first."""
        said = (entry for entry in self._model.here.messages() if not entry.redacted)
        return [(entry.number, preview(entry.who, entry.text)) for entry in islice(said, most)]


def preview(who: str, text: str) -> str:
    """How a message begins."""
    said = clean(text.partition("\n")[0])
    return f"{clean(who)}: {said if len(said) <= PREVIEW else said[:PREVIEW] + '…'}"


def _beginning(part: str) -> Callable[[str], bool]:
    folded, length = casefold(part), len(part)
    return lambda name: casefold(name[:length]) == folded
