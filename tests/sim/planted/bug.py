"""A planted bug: a mistake somebody could have made, to be switched on in the server that runs.

Laws:

* It replaces functions and methods of the server, and nothing else: with the switch off the server
  is the one that is run in earnest.
* What it has to remember begins empty each time it is switched on, so that a run does not depend on
  those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

BUGS: dict[str, Bug] = {}
"""All of them by name, in the order in which they were written down."""


class Swap(NamedTuple):
    """What stands under a name of a module, a class or a table while the bug is switched on."""

    owner: Any
    name: str
    broken: Any


Plant = Callable[[], tuple[Swap, ...]]


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake: what its users would see of it, and by which rules it is expected to be found."""

    name: str
    mistake: str
    """What somebody has done, or not thought of."""
    breaks: str
    """What is no longer true of the chat."""
    rules: tuple[str, ...]
    """Names of the oracle's rules, of which one at least should find it."""
    plant: Plant


def bug(breaks: str, *rules: str) -> Callable[[Plant], Plant]:
    """Enter a planted bug into `BUGS`: named as the function, whose docstring is the mistake."""

    def enter(plant: Plant) -> Plant:
        name = plant.__name__.replace("_", "-")
        mistake = " ".join((plant.__doc__ or "").split())
        BUGS[name] = Bug(name, mistake, breaks, rules, plant)
        return plant

    return enter


@contextmanager
def planted(name: str) -> Iterator[Bug]:
    """Have the server make this mistake while the block runs. Raises `KeyError` if unknown."""
    found = BUGS[name]
    with ExitStack() as undo:
        for swap in found.plant():
            undo.callback(_put, swap.owner, swap.name, _get(swap.owner, swap.name))
            _put(swap.owner, swap.name, swap.broken)
        yield found


def _get(owner: Any, name: str) -> Any:
    """What stands there itself: a class gives its methods wrapped, and what it has inherited."""
    return owner[name] if isinstance(owner, MutableMapping) else vars(owner)[name]


def _put(owner: Any, name: str, value: Any) -> None:
    if isinstance(owner, MutableMapping):
        owner[name] = value
    else:
        setattr(owner, name, value)
