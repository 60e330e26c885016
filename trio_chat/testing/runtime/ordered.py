"""Sets in the order in which things were put in, where trio has some that go by addresses."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, MutableSet
from typing import Any


class OrderedSet(MutableSet[Any]):
    """A set that is iterated in the order of insertion."""

    def __init__(self, members: Iterable[Any] = ()) -> None:
        self._members = dict.fromkeys(members)

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._members))

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Any) -> None:
        self._members[member] = None

    def discard(self, member: Any) -> None:
        self._members.pop(member, None)

    def update(self, members: Iterable[Any]) -> None:
        """Put all of these in."""
        self._members.update(dict.fromkeys(members))


class WeakOrderedSet(MutableSet[Any]):
    """The same of weak references: who dies is no longer in it."""

    def __init__(self) -> None:
        self._members: dict[weakref.ref[Any], None] = {}

    def __contains__(self, member: object) -> bool:
        return weakref.ref(member) in self._members

    def __iter__(self) -> Iterator[Any]:
        return iter([member for each in self._members if (member := each()) is not None])

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Any) -> None:
        self._members[weakref.ref(member, self._forget)] = None

    def discard(self, member: Any) -> None:
        self._members.pop(weakref.ref(member), None)

    def update(self, members: Iterable[Any]) -> None:
        """Put all of these in."""
        for member in members:
            self.add(member)

    def _forget(self, reference: weakref.ref[Any]) -> None:
        self._members.pop(reference, None)
