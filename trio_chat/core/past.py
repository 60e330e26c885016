"""Who was here: the nicks that people no longer use, for WHOWAS.

Law: bounded; the oldest are forgotten first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Departed:
    """A user as they were when they left a nick, at a Unix time."""

    nick: str
    username: str
    host: str
    address: str
    realname: str
    account: str
    at: float


class Past:
    """The users of former nicks, oldest first."""

    __slots__ = ("_all", "_by_nick", "_fold")

    def __init__(self, fold: Callable[[str], str]) -> None:
        """`fold` gives the form under which two nicks are the same."""
        self._fold = fold
        self._all: deque[Departed] = deque()
        self._by_nick: dict[str, deque[Departed]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def remember(self, departed: Departed, most: int) -> None:
        """Add one, and forget the oldest beyond `most`."""
        self._all.append(departed)
        self._by_nick.setdefault(self._fold(departed.nick), deque()).append(departed)
        while len(self._all) > most:
            self._forget(self._fold(self._all.popleft().nick))

    def _forget(self, nick: str) -> None:
        same = self._by_nick[nick]
        same.popleft()
        if not same:
            del self._by_nick[nick]

    def of(self, nick: str) -> tuple[Departed, ...]:
        """Who has had this nick, the latest first."""
        return tuple(reversed(self._by_nick.get(self._fold(nick), ())))
