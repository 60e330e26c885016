"""Completion of the word before the cursor, cycled by Tab.

Laws:

* Pure: a key press is a text and a cursor in, a text and a cursor out.
* What is looked for is bounded by `MOST_CANDIDATES`, so a room of 10,000 costs no more than looking
  once through their names, and only when Tab is pressed the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from trio_chat.client.commands.command import Argument
from trio_chat.client.commands.habits import HABITS
from trio_chat.client.commands.table import COMMANDS, named
from trio_chat.client.emoji import emoji_like
from trio_chat.client.screen.theme import THEMES
from trio_chat.client.setup.settings import SETTINGS
from trio_chat.wire.grammar import casefold

MOST_CANDIDATES = 100
"""Nobody presses Tab more often: they type another letter."""

ROOM_SIGNS = "#&+!"
"""What names of rooms begin with (RFC 2811)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a word could become: `text` takes its place, its end included; `shown` and `help` are
    for people."""

    text: str
    shown: str
    help: str = ""


class Words(Protocol):
    """What there is to complete beside the tables; `beginning` is as it was typed, or empty."""

    def nicks(self, beginning: str, most: int) -> list[str]:
        """People here, who spoke last first."""

    def rooms(self, beginning: str, most: int) -> list[str]:
        """Rooms, those we are in first."""

    def conversations(self) -> list[tuple[int, str]]:
        """Their numbers and names."""

    def messages(self, most: int) -> list[tuple[int, str]]:
        """The numbers of messages here and how they begin, the latest first."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """A completion under way: `text` and `cursor` are what its latest step made."""

    candidates: tuple[Candidate, ...]
    chosen: int
    before: str
    after: str

    @property
    def text(self) -> str:
        """The whole line with the chosen candidate in it."""
        return self.before + self.candidates[self.chosen].text + self.after

    @property
    def cursor(self) -> int:
        """Behind the chosen candidate."""
        return len(self.before) + len(self.candidates[self.chosen].text)


def candidates(before: str, words: Words) -> tuple[int, tuple[Candidate, ...]]:
    """Where the word before the cursor starts, and what it could become."""
    start = max(before.rfind(" "), before.rfind("\n")) + 1
    word = before[start:]
    if before.startswith("/") and not before.startswith("//") and "\n" not in before:
        found = _in_command(before, word, words)
    else:
        found = _in_text(word, start == 0, words)
    return start, tuple(_bounded(found))


def _bounded(found: Iterable[Candidate]) -> Iterator[Candidate]:
    seen = set()
    for candidate in found:
        if candidate.text not in seen:
            seen.add(candidate.text)
            yield candidate
        if len(seen) == MOST_CANDIDATES:
            return


def _in_text(word: str, first: bool, words: Words) -> Iterator[Candidate]:
    if not word:
        return
    if word.startswith(":"):
        yield from _emoji(word)
    elif word[0] in ROOM_SIGNS:
        yield from _plain(words.rooms(word, MOST_CANDIDATES))
    # At the start of a line a nick is addressed: "alice: ".
    yield from _plain(words.nicks(word, MOST_CANDIDATES), ": " if first else " ")


def _in_command(before: str, word: str, words: Words) -> Iterator[Candidate]:
    name, *arguments = before[1:].split(" ")
    if not arguments:
        yield from _commands(name, "/")
        return
    command = named(name)
    if command is None:
        yield from _in_text(word, False, words)
        return
    habit = HABITS.get(name.lower())
    given = (habit.words.split() if habit else []) + [each for each in arguments[:-1] if each]
    for argument in command.expected(given):
        yield from _argument(argument, word, given, words)


def _argument(argument: Argument, word: str, given: list[str], words: Words) -> Iterator[Candidate]:
    if not word.startswith(argument.before):
        if argument.before.startswith(word):
            yield Candidate(argument.before, argument.before)
        return
    rest = word[len(argument.before) :]
    yield from _beginning(rest, ((each, "") for each in argument.words), argument.before)
    for kind in argument.kinds:
        for each in _of_kind(kind, rest, given, words):
            yield Candidate(argument.before + each.text, each.shown, each.help)


def _of_kind(kind: str, word: str, given: list[str], words: Words) -> Iterator[Candidate]:
    match kind:
        case "room":
            yield from _plain(words.rooms(word, MOST_CANDIDATES))
        case "nick" | "mask":
            yield from _plain(words.nicks(word, MOST_CANDIDATES))
        case "conversation":
            numbered = [(str(number), name) for number, name in words.conversations()]
            yield from _beginning(word, numbered)
            yield from _beginning(word, ((name, "") for _, name in numbered))
        case "message":
            said = words.messages(MOST_CANDIDATES)
            yield from _beginning(word, ((str(number), text) for number, text in said))
        case "emoji" if word:
            yield from _emoji(word)
        case "command":
            yield from _commands(word.removeprefix("/"), "/" if word.startswith("/") else "")
        case "setting":
            yield from _beginning(word, ((name, each.help) for name, each in SETTINGS.items()))
        case "value":
            yield from _beginning(word, ((value, "") for value in _values(given)))
        case "text":
            yield from _in_text(word, False, words)


def _values(given: list[str]) -> Iterable[str]:
    """What the setting that is named before may be."""
    name = given[-1].lower() if given else ""
    if name == "theme":
        return THEMES
    return SETTINGS[name].kind.values if name in SETTINGS else ()


def _commands(part: str, sign: str) -> Iterator[Candidate]:
    own = ((name, each.help) for name, each in COMMANDS.items())
    yield from _beginning(part, own, sign)
    habits = ((name, f"/{each.stands_for}") for name, each in HABITS.items() if part)
    yield from _beginning(part, habits, sign)


def _emoji(word: str) -> Iterator[Candidate]:
    part = word.strip(":")
    if part:
        for name, emoji in emoji_like(part, MOST_CANDIDATES):
            yield Candidate(f"{emoji} ", f"{emoji} {name}")


def _beginning(part: str, pool: Iterable[tuple[str, str]], sign: str = "") -> Iterator[Candidate]:
    """Those that begin so, each with its help."""
    folded = casefold(part)
    for name, told in pool:
        if casefold(name).startswith(folded):
            yield Candidate(f"{sign}{name} ", sign + name, told)


def _plain(names: Iterable[str], end: str = " ") -> Iterator[Candidate]:
    return (Candidate(name + end, name) for name in names)


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
