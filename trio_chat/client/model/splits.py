"""Those whom a netsplit takes away, gathered to one line, and who comes back from it.

Law: bounded, however many a network loses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MOST_NAMED = 10
"""Nicks named of one split; the others are counted."""

MOST_GONE = 5_000
"""Nicks remembered to be away by a split, so that their return is no news."""

MOST_SPLITS = 50
"""Splits gathered at a time: past it what is told of them is told late, and not at all of some."""


@dataclass(slots=True)
class Split:
    """What one room lost by one split."""

    at: datetime
    room: str
    servers: str
    nicks: list[str] = field(default_factory=list)
    gone: int = 0


class Splits:
    """The netsplits that are not told of yet, and those who are away by one."""

    __slots__ = ("_away", "_splits")

    def __init__(self) -> None:
        self._splits: dict[tuple[str, str], Split] = {}
        self._away: dict[str, None] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._splits)

    def take(self, at: datetime, room: str, servers: str, nick: str) -> None:
        """Somebody is gone."""
        key = (room, servers)
        if key not in self._splits and len(self._splits) < MOST_SPLITS:
            self._splits[key] = Split(at, room, servers)
        split = self._splits.get(key)
        if split is not None:
            split.gone += 1
            if len(split.nicks) < MOST_NAMED:
                split.nicks.append(nick)
        if len(self._away) < MOST_GONE:
            self._away[nick] = None

    def returns(self, nick: str) -> bool:
        """Whether who comes into a room now was away by a split."""
        return nick in self._away

    def is_back(self, nick: str) -> None:
        """Who speaks, or leaves by their own will, has come back."""
        self._away.pop(nick, None)

    def take_all(self) -> list[Split]:
        """What there is to tell."""
        splits, self._splits = self._splits, {}
        return list(splits.values())
