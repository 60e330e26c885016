"""Our own messages on their way, until the server has told of each.

Law: one is found by its token, or, where servers or histories know no tokens, by what it says.
"""

from __future__ import annotations

from collections import deque
from itertools import count

from trio_chat.client.model.entries import Entry, State

MOST_LOST = 100
"""Messages of which nobody knows whether they arrived, that may be heard of still."""


class Outgoing:
    """Those under way, and those given up."""

    __slots__ = ("_lost", "_tokens", "_under_way")

    def __init__(self) -> None:
        self._tokens = count(1)
        self._under_way: dict[str, Entry] = {}
        self._lost: deque[Entry] = deque(maxlen=MOST_LOST)

    @property
    def entries(self) -> list[Entry]:
        """Those under way, in the order they were entered."""
        return list(self._under_way.values())

    def begin(self, entry: Entry) -> str:
        """A message begins its way; the token to send with it."""
        token = f"t{next(self._tokens)}"
        self._under_way[token] = entry
        return token

    def forget(self, entry: Entry, state: State) -> bool:
        """Await a message no more, which is now in this state; whether it was awaited."""
        token = next((token for token, each in self._under_way.items() if each is entry), "")
        if self._under_way.pop(token, None) is None:
            return False
        entry.state = state
        if state is State.UNKNOWN:
            self._lost.append(entry)
        return True

    def find(self, told: Entry, token: str = "") -> Entry | None:
        """The message that is now told of, no more awaited; None if it is of another device."""
        found = self._under_way.pop(token, None)
        if found is not None:
            return found
        for token, entry in self._under_way.items():
            if _is_same(entry, told):
                return self._under_way.pop(token)
        for entry in self._lost:
            if _is_same(entry, told):
                self._lost.remove(entry)
                return entry
        return None


def _is_same(entry: Entry, told: Entry) -> bool:
    return (entry.where, entry.kind, entry.text) == (told.where, told.kind, told.text)
