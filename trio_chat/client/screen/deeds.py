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
        self._came_from = ""

    def enter(self, line: str) -> bool:
        """Have a line done; whether it was taken."""
        return self._enter(line)

    def leave(self) -> None:
        """End the sitting."""
        self._console.leave()

    def switch_to(self, number: int) -> None:
        """Go to the conversation of this number, if there is one."""
        names = list(self._console.model.conversations)
        if 0 < number <= len(names):
            self._go_to(names[number - 1])

    def next_unread(self) -> None:
        """Go to where one is meant, or to where anything is unread."""
        conversations = [each for each in self._console.model.conversations.values() if each.unread]
        if conversations:
            self._go_to(max(conversations, key=lambda each: each.mentions > 0).name)

    def step(self, by: int) -> None:
        """Go around through the conversations."""
        model = self._console.model
        names = list(model.conversations)
        if names:
            at = names.index(model.current) if model.current in names else -1
            self._go_to(names[(at + by) % len(names)])

    def last(self) -> None:
        """Go to where we came from, if that is still there."""
        if self._came_from in self._console.model.conversations:
            self._go_to(self._came_from)

    def pick(self, picked: Entry | None, step: int) -> Entry | None:
        """The message beside one, as far as the backlog goes."""
        messages = [entry for entry in self._messages() if not entry.redacted]
        if picked is None or picked not in messages:
            return messages[-1] if messages and step < 0 else None
        at = messages.index(picked) + step
        return messages[max(at, 0)] if at < len(messages) else None

    def last_own(self) -> Entry | None:
        """The last of our own here that arrived and stands."""
        for entry in reversed(self._messages()):
            if entry.own and entry.state is State.SENT and not entry.redacted:
                return entry
        return None

    def typed(self, text: str) -> None:
        """Others may be told."""

    def redraw(self) -> None:
        """Show where we are, as if we had just come."""
        self._console.screen.switch()

    def scroll(self, pages: float) -> None:
        """The terminal's own scrollback is scrolled by the terminal."""

    def _messages(self) -> list[Entry]:
        model = self._console.model
        here = model.conversations.get(model.current)
        return [entry for entry in here.backlog if entry.is_message] if here else []

    def _go_to(self, name: str) -> None:
        model = self._console.model
        if name != model.current:
            self._came_from = model.current
            model.switch(name)
            self._console.screen.switch()
