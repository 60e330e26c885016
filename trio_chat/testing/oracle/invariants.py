"""Rules of a user's own, checked of every journal along with ours.

Law: a rule goes by the journal alone. What goes wrong in it is found under its name, like what it
finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Event, Journal

Wrong = Iterable[str | Finding] | str | None
"""What a rule says is wrong, each in words or as a `Finding`; nothing if all is well."""


class Watcher:
    """A rule that looks at one event after the other: what `@invariant` takes beside functions."""

    def __init__(self, journal: Journal) -> None:
        """A watcher is made for each journal."""
        self.journal = journal

    def feed(self, event: Event) -> Wrong:
        """What is wrong with the next event."""
        return None

    def end(self) -> Wrong:
        """What is wrong now that there are no more."""
        return None


Rule = Callable[[Journal], Wrong] | type[Watcher]

_AnyRule = TypeVar("_AnyRule", bound=Rule)

INVARIANTS: dict[str, Rule] = {}
"""The rules that were registered, by their names."""


def invariant(rule: _AnyRule) -> _AnyRule:
    """Register a rule of one's own; a decorator.

    A function is given the `Journal` and returns, or yields, what is wrong with it; a subclass of
    `Watcher` is given one event after the other. Its findings have its name, with spaces for
    underscores::

        @invariant
        def the_bot_is_polite(journal):
            for event in journal:
                if event.kind is Kind.SENT and "damn" in str(event.message):
                    yield f"{journal.names[event.connection]} said: {event.message.params[-1]}"

    Raises `ValueError` if another rule has that name.
    """
    name = name_of(rule)
    known = INVARIANTS.get(name)
    if known is not None and (known.__module__, known.__qualname__) != (
        rule.__module__,
        rule.__qualname__,
    ):
        raise ValueError(f"there is a rule of the name {name!r} already")
    INVARIANTS[name] = rule
    return rule


def name_of(rule: Rule) -> str:
    """Under which name what a rule finds is told."""
    return rule.__name__.replace("_", " ")


def find_by(rule: Rule, journal: Journal) -> Iterator[Finding]:
    """What one rule finds in a journal."""
    name = name_of(rule)
    at = 0.0
    try:
        if isinstance(rule, type):
            watcher = rule(journal)
            for event in journal:
                at = event.at
                yield from _findings(name, watcher.feed(event), at)
            yield from _findings(name, watcher.end(), at)
        else:
            at = journal.events[-1].at if journal.events else 0.0
            yield from _findings(name, rule(journal), at)
    except AssertionError as error:
        yield Finding(name, str(error), at)
    except Exception as error:
        yield Finding(name, f"the rule itself failed: {error!r}", at)


def _findings(name: str, wrong: Wrong, at: float) -> Iterator[Finding]:
    if wrong is None:
        return
    for each in [wrong] if isinstance(wrong, str) else wrong:
        yield each if isinstance(each, Finding) else Finding(name, each, at)
