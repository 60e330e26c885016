"""Somebody who types into an input line on a screen of its own, without a chat behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import trio
from prompt_toolkit.filters import is_searching
from prompt_toolkit.layout import ConditionalContainer, HSplit, Window

from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.model.model import Model
from trio_chat.client.screen import guest
from trio_chat.client.screen.cells import Rows
from trio_chat.client.screen.entered import Entered
from trio_chat.client.screen.input_line import InputLine
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.setup.settings import Settings

from .terminals import Terminal, terminal


def said(number: int, text: str, *, own: bool = False, where: str = "#tea") -> Entry:
    """A message that can be picked."""
    at = datetime(2026, 1, 2, tzinfo=UTC)
    who = "me" if own else "alice"
    return Entry(at, Kind.SAID, where, who, text, own=own, msgid=f"m{number}", number=number)


class Deeds:
    """Writes down what the keys ask for."""

    def __init__(self, prompt: Callable[[], Prompt]) -> None:
        self._prompt = prompt
        self.done: list[tuple[object, ...]] = []
        self.entered: list[str] = []
        self.messages: list[Entry] = []
        """From the first to the last."""
        self.last_typed = ""
        self.is_connected = True

    def enter(self, line: str) -> bool:
        if self.is_connected:
            self.entered.append(line)
        return self.is_connected

    def leave(self) -> None:
        self.done.append(("leave",))
        self._prompt().stop()

    def switch_to(self, number: int) -> None:
        self.done.append(("switch_to", number))

    def next_unread(self) -> None:
        self.done.append(("next_unread",))

    def step(self, by: int) -> None:
        self.done.append(("step", by))

    def last(self) -> None:
        self.done.append(("last",))

    def pick(self, picked: Entry | None, step: int) -> Entry | None:
        if picked is None:
            return self.messages[-1] if self.messages and step < 0 else None
        at = self.messages.index(picked) + step
        return self.messages[max(at, 0)] if at < len(self.messages) else None

    def last_own(self) -> Entry | None:
        return next((each for each in reversed(self.messages) if each.own), None)

    def typed(self, text: str) -> None:
        self.last_typed = text

    def redraw(self) -> None:
        self.done.append(("redraw",))

    def scroll(self, pages: float) -> None:
        self.done.append(("scroll", pages))


class Writer:
    """The person; `line` is what they type into, with `|` where the cursor is."""

    def __init__(self, screen: Terminal, entered: Entered | None, settings: Settings) -> None:
        self.screen = screen
        self.settings = settings
        self.model = Model("me")
        self.model.open("#tea")
        self.model.switch("#tea")
        self.deeds = Deeds(lambda: self.prompt)
        self.input = InputLine(self.model, self.deeds, lambda: self.settings, entered)
        bar = ConditionalContainer(Window(Rows(self._bar), height=1), ~is_searching)
        self.prompt = Prompt(
            self.input,
            HSplit([self.input.container, bar]),
            input=screen.input,
            output=screen.output,
        )

    def _bar(self, columns: int) -> list[Line]:
        return [self.input.hint(columns) or [("", f" me  {self.input.mode}")]]

    @property
    def line(self) -> str:
        text, at = self.input.buffer.text, self.input.buffer.cursor_position
        return f"{text[:at]}|{text[at:]}"

    @property
    def bar(self) -> str:
        """The last row that is used."""
        return [row for row in self.screen.rows if row][-1]

    def set(self, **values: object) -> None:
        self.settings = replace(self.settings, **values)  # type: ignore[arg-type]

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.screen.until(self.prompt.app, condition)

    async def presses(self, keys: str, line: str) -> None:
        """Press keys, and wait until the line is so."""
        self.screen.type(keys)
        try:
            with trio.fail_after(5):
                await self.until(lambda: self.line == line)
        except trio.TooSlowError:
            assert self.line == line  # tells both

    async def enters(self, *lines: str) -> None:
        """Type lines, each ended by Enter, and wait until they are entered."""
        for line in lines:
            self.screen.type(f"{line}\r")
            await self.until(partial(self._has_entered, line))

    def _has_entered(self, line: str) -> bool:
        return self.deeds.entered[-1:] == [line] and self.line == "|"

    def writes(self, script: Callable[[], Awaitable[None]]) -> None:
        """Run the input line and a script of what is typed; leaves at its end."""

        async def type_and_leave() -> None:
            await self.until(lambda: bool(self.screen.prompt()))
            await script()
            self.prompt.stop()

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(type_and_leave)
                with trio.fail_after(30):
                    await guest.wait_for(self.prompt.run())
                nursery.cancel_scope.cancel()

        try:
            guest.run(main)
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                [error] = error.exceptions
            raise error from group


@contextmanager
def writing(
    columns: int = 60,
    rows: int = 12,
    *,
    entered: Entered | None = None,
    settings: Settings | None = None,
) -> Iterator[Writer]:
    """Somebody at a terminal of this size."""
    with terminal(columns, rows) as screen:
        yield Writer(screen, entered, settings or Settings())
