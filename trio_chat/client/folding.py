"""Names that are the same though written differently: a mapping that finds them.

Law: iterating gives each name as it was last written, looking up takes any writing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TypeVar

from trio_chat.wire.casemapping import ASCII, RFC1459

Value = TypeVar("Value")


def folding(casemapping: str) -> Callable[[str], str]:
    """The function for an ISUPPORT CASEMAPPING; one that is not known folds as ASCII."""
    return (RFC1459 if casemapping.startswith("rfc1459") else ASCII).fold


class Folded(MutableMapping[str, Value]):
    """A dict by names; `fold` gives the form under which two are the same."""

    __slots__ = ("_items", "fold")

    def __init__(self, fold: Callable[[str], str]) -> None:
        self.fold = fold
        self._items: dict[str, tuple[str, Value]] = {}

    def __getitem__(self, name: str) -> Value:
        return self._items[self.fold(name)][1]

    def __setitem__(self, name: str, value: Value) -> None:
        self._items[self.fold(name)] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[self.fold(name)]

    def refold(self) -> None:
        """Follow a `fold` that has changed; of names that are the same now the last one stays."""
        self._items = {self.fold(name): (name, value) for name, value in self._items.values()}

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items.values()))
