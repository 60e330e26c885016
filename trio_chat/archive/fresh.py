"""What was written of history and not filed yet, in memory: it is read from here.

Laws:

* It holds what the journal holds, and more only until it hears what was filed: who reads takes of
  it what is not before the journal's beginning, as that is in the snapshot they read.
* Readers copy first and open their snapshot then, and need no lock: what is gone from here by then
  is in the tables of the snapshot.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from trio_chat.archive.lines import Line
from trio_chat.core.history import Place


class Fresh:
    """Lines by place, each place's in the order of their sequence."""

    def __init__(self) -> None:
        self._by_place: dict[Place, list[Line]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_place.values()))

    def add(self, lines: Iterable[Line]) -> None:
        """Take in what was written; it is later than all that was before."""
        by_place = self._by_place
        for line in lines:
            known = by_place.get(line.place)
            if known is None:
                by_place[line.place] = [line]
            else:
                known.append(line)

    def drop(self, before: int) -> None:
        """Let go of what was filed: all before this sequence."""
        for place, lines in list(self._by_place.items()):
            if lines[-1].sequence < before:
                del self._by_place[place]
            elif lines[0].sequence < before:
                self._by_place[place] = since(lines, before)

    def of(self, place: Place) -> list[Line]:
        """A copy of what is there of a place."""
        return self._by_place.get(place, [])[:]

    def places(self) -> list[Place]:
        """The places of which there is something."""
        return list(self._by_place)

    def with_account(self, folded: str) -> dict[str, list[Line]]:
        """Copies of the conversations of an account, by the folded name of the other."""
        return {
            place[place[0] == folded]: lines[:]
            for place, lines in list(self._by_place.items())
            if isinstance(place, tuple) and folded in place
        }


def since(lines: list[Line], sequence: int) -> list[Line]:
    """Those of a place's lines that are not before this sequence."""
    return lines[bisect_left(lines, sequence, key=_sequence) :]


def _sequence(line: Line) -> int:
    return line.sequence
