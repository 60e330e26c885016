"""Completion of the word before the cursor: commands, rooms and nicks, cycled by Tab.

Law: pure. A key press is a text and a cursor in, a text and a cursor out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trio_chat.wire.grammar import casefold


@dataclass(frozen=True, slots=True)
class Words:
    """What there is to complete; the order is the order of the candidates."""

    commands: Sequence[str]
    rooms: Sequence[str]
    nicks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A completion under way: `text` and `cursor` are what its latest step made."""

    candidates: tuple[str, ...]
    chosen: int
    before: str
    after: str

    @property
    def text(self) -> str:
        """The whole line with the chosen candidate in it."""
        return self.before + self.candidates[self.chosen] + self.after

    @property
    def cursor(self) -> int:
        """Behind the chosen candidate."""
        return len(self.before) + len(self.candidates[self.chosen])


def candidates(before: str, words: Words) -> tuple[int, tuple[str, ...]]:
    """Where the word before the cursor starts, and what it could become, ends included."""
    start = before.rfind(" ") + 1
    word = before[start:]
    if not word:
        return start, ()
    if start == 0 and word.startswith("/"):
        pool, end = [f"/{name}" for name in words.commands], " "
    elif word.startswith("#"):
        pool, end = list(words.rooms), " "
    else:
        # At the start of a line a nick is addressed: "alice: ".
        pool, end = list(words.nicks), ": " if start == 0 else " "
    fitting = (name for name in pool if casefold(name).startswith(casefold(word)))
    return start, tuple(name + end for name in fitting)


def complete(
    text: str, cursor: int, words: Words, cycle: Cycle | None, step: int = 1
) -> Cycle | None:
    """The next step of a completion: of `cycle` if the line still is as that left it, else new.

    None if there is nothing to complete. `step` is 1 for the next candidate, -1 for the one before.
    """
    if cycle is not None and (cycle.text, cycle.cursor) == (text, cursor):
        chosen = (cycle.chosen + step) % len(cycle.candidates)
        return Cycle(cycle.candidates, chosen, cycle.before, cycle.after)
    start, found = candidates(text[:cursor], words)
    if not found:
        return None
    return Cycle(found, 0 if step > 0 else len(found) - 1, text[:start], text[cursor:])
