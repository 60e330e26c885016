"""What the keys ask for, done on the model: the same for every layout."""

from __future__ import annotations

from collections.abc import Callable

from trio_chat.client.commands.console import Console
from trio_chat.client.model.entries import Entry, State


class ConsoleDeeds:
    """Done on a console and its model; a layout adds what is its own (`scroll`)."""

    def __init__(self, console: Console, enter: Callable[[str], bool]) -> None:
        self._console = console
        self._enter = enter

    def enter(self, line: str) -> bool:
        """Have a line done; whether it was taken."""
        return self._enter(line)

    def leave(self) -> None:
        """End the sitting."""
        self._console.leave()

    def switch_to(self, number: int) -> None:
        """Go to the conversation of this number, if there is one."""
        self._go_to(self._console.model.numbered(number))

    def next_unread(self) -> None:
        """Go to where one is meant, or to where anything is unread."""
        self._go_to(self._console.model.next_unread())

    def step(self, by: int) -> None:
        """Go around through the conversations."""
        model = self._console.model
        self._go_to(model.after(model.current, by))

    def last(self) -> None:
        """Go to where we came from, if that is still there."""
        self._go_to(self._console.model.previous)

    def pick(self, picked: Entry | None, step: int) -> Entry | None:
        """The message beside one, as far as the backlog goes."""
        messages = [entry for entry in self._messages() if not entry.redacted]
        if picked is None or picked not in messages:
            return messages[0] if messages and step < 0 else None
        at = messages.index(picked) - step
        return messages[min(at, len(messages) - 1)] if at >= 0 else None

    def last_own(self) -> Entry | None:
        """The last of our own here that arrived and stands."""
        stands = (
            entry
            for entry in self._messages()
            if entry.own and entry.state is State.SENT and not entry.redacted
        )
        return next(stands, None)

    def typed(self, text: str) -> None:
        """Others may be told."""
        self._console.typed(text)

    def redraw(self) -> None:
        """Show where we are, as if we had just come."""
        self._console.screen.switch()

    def scroll(self, pages: float) -> None:
        """The terminal's own scrollback is scrolled by the terminal."""

    def _messages(self) -> list[Entry]:
        """What was said here and can be answered, the latest first."""
        return [entry for entry in self._console.model.here.messages() if entry.msgid]

    def _go_to(self, name: str) -> None:
        model = self._console.model
        if name and name != model.current:
            self._console.switch(name)
