"""The table of keys: what each is, what it does, and how; the page is made of it.

Law: what a key does beyond the input line it asks of `Deeds`, so every layout has the same keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit.filters import (
    Condition,
    FilterOrBool,
    emacs_insert_mode,
    vi_insert_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from trio_chat.client.model.entries import Entry

if TYPE_CHECKING:
    from trio_chat.client.screen.input_line import InputLine


class Deeds(Protocol):
    """What the keys ask of the application around the input line."""

    def enter(self, line: str) -> bool:
        """A line is entered, perhaps of several lines; whether it was taken, else it stays."""

    def leave(self) -> None:
        """The person wants to leave."""

    def switch_to(self, number: int) -> None:
        """Go to a conversation, by its number from 1."""

    def next_unread(self) -> None:
        """Go to where something is unread."""

    def step(self, by: int) -> None:
        """Go to the next conversation, or with -1 to the one before."""

    def last(self) -> None:
        """Go to the conversation we came from."""

    def pick(self, picked: Entry | None, step: int) -> Entry | None:
        """The message next to the one that is picked: -1 is earlier, 1 later; None if there is
        none. With nothing picked, -1 is the last message."""

    def last_own(self) -> Entry | None:
        """The last message of our own in this conversation."""

    def typed(self, text: str) -> None:
        """What stands in the input line is another than before."""

    def redraw(self) -> None:
        """The screen has been emptied: show again what was on it."""

    def scroll(self, pages: float) -> None:
        """Go up by so many pages, or down if negative."""


Action = Callable[["InputLine", KeyPressEvent], None]


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table: `names` are what is pressed, as people write it."""

    names: str
    does: str
    about: str


TABLE: list[Key] = []
"""In the order of lists."""

ABOUT = ("Conversations", "Messages", "Writing", "Completion", "The client")
"""What keys are about, in the order of lists."""

_BINDINGS: list[tuple[tuple[str, ...], str, Action]] = []
"""Keys as prompt_toolkit calls them, when they count (see `bindings`), and what they do."""


def key(about: str, names: str, does: str) -> None:
    """Add a row; prompt_toolkit does what no action is given for."""
    TABLE.append(Key(names, does, about))


def on(*sequences: str, when: str = "") -> Callable[[Action], Action]:
    """The decorator that gives keys what they do; a sequence has spaces between its keys."""

    def add(action: Action) -> Action:
        _BINDINGS.extend((tuple(sequence.split(" ")), when, action) for sequence in sequences)
        return action

    return add


def bindings(line: InputLine) -> KeyBindings:
    """The keys of an input line."""
    conditions: dict[str, FilterOrBool] = {
        "": True,
        "emacs": Condition(lambda: line.is_emacs),
        "inserting": emacs_insert_mode | vi_insert_mode,
        "waiting": Condition(lambda: line.is_pasted or line.picked is not None),
    }
    keys = KeyBindings()
    for sequence, when, action in _BINDINGS:

        def press(event: KeyPressEvent, action: Action = action) -> None:
            action(line, event)

        keys.add(*sequence, filter=conditions[when])(press)
    return keys
