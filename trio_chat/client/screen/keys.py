"""The keys: what each is, what it does, and how; the page and `/help keys` are made of this table.

Laws:

* A key is pressed and done: nothing here waits.
* What a key does beyond the input line it asks of `Deeds`, so every layout has the same keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from trio_chat.client.model.entries import Entry

if TYPE_CHECKING:
    from trio_chat.client.screen.input_line import InputLine

TENTH = 10
"""Alt-0 is the tenth conversation, as it stands behind the nine on a keyboard."""


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
"""Keys as prompt_toolkit calls them, when they count (see `_conditions`), and what they do."""


def _key(about: str, names: str, does: str) -> None:
    TABLE.append(Key(names, does, about))


def _on(*sequences: str, when: str = "") -> Callable[[Action], Action]:
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
    }
    keys = KeyBindings()
    for sequence, when, action in _BINDINGS:

        def press(event: KeyPressEvent, action: Action = action) -> None:
            action(line, event)

        keys.add(*sequence, filter=conditions[when])(press)
    return keys


# --- conversations ---

_key("Conversations", "Alt-1 … Alt-9, Alt-0", "go to the conversation of this number")


def _switch(number: int) -> Action:
    return lambda line, event: line.deeds.switch_to(number)


for _number in range(1, TENTH + 1):
    _on(f"escape {_number % TENTH}")(_switch(_number))

_key("Conversations", "Alt-A", "go to where something is unread, mentions first")


@_on("escape a", "escape A")
def _next_unread(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.next_unread()


_key("Conversations", "Ctrl-N, Alt-Right", "go to the next conversation")


@_on("escape right")
@_on("c-n", when="emacs")
def _next(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.step(1)


_key("Conversations", "Ctrl-P, Alt-Left", "go to the conversation before")


@_on("escape left")
@_on("c-p", when="emacs")
def _previous(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.step(-1)


_key("Conversations", "Alt-/", "go to the conversation you came from")


@_on("escape /")
def _last(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.last()


# --- completion ---

_key("Completion", "Tab", "complete the word: commands, nicks, rooms; again for the next")


@_on("tab")
def _complete(line: InputLine, event: KeyPressEvent) -> None:
    line.complete(1)


_key("Completion", "Shift-Tab", "the completion before")


@_on("s-tab")
def _complete_back(line: InputLine, event: KeyPressEvent) -> None:
    line.complete(-1)


# --- writing ---

_key("Writing", "Alt-Enter", "begin another line of the same message")


@_on("escape enter")
def _line_end(line: InputLine, event: KeyPressEvent) -> None:
    line.buffer.insert_text("\n")


_key("Writing", "Ctrl-C", "drop the line; Ctrl-Y brings it back")


@_on("c-c")
def _drop(line: InputLine, event: KeyPressEvent) -> None:
    if line.buffer.text:
        event.app.clipboard.set_text(line.buffer.text)
    line.buffer.reset()


# --- the client ---

_key("The client", "Page Up, Page Down", "scroll, on the full screen")


@_on("pageup")
def _scroll_up(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.scroll(1)


@_on("pagedown")
def _scroll_down(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.scroll(-1)


_key("The client", "F1", "list the commands")


@_on("f1")
def _help(line: InputLine, event: KeyPressEvent) -> None:
    line.deeds.enter("/help")


_key("The client", "Ctrl-L", "draw everything anew")


@_on("c-l")
def _redraw(line: InputLine, event: KeyPressEvent) -> None:
    event.app.renderer.clear()
    line.deeds.redraw()


_key("The client", "Ctrl-D", "leave, on an empty line; else delete what is under the cursor")


@_on("c-d")
def _delete_or_leave(line: InputLine, event: KeyPressEvent) -> None:
    if line.buffer.text:
        line.buffer.delete()
    else:
        line.deeds.leave()


_key("The client", "Ctrl-Z", "back to the shell, until `fg`")  # see suspend.py
