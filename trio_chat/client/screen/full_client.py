"""The full-screen terminal client: conversations, messages, members, and the input line.

Laws:

* It shows what the inline client shows, and has the same keys: the model, the view and the input
  line are the same.
* What arrives is drawn at most every `INTERVAL`; a key press is drawn at once.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from os import environ

import trio
from prompt_toolkit.filters import Condition
from prompt_toolkit.input import Input
from prompt_toolkit.layout import ConditionalContainer, Container, HSplit, VSplit, Window
from prompt_toolkit.output import Output
from prompt_toolkit.styles import DynamicStyle

from trio_chat.client.errors import ChatError
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.screen import guest
from trio_chat.client.screen.alerts import Alerts
from trio_chat.client.screen.cells import Column, Rows
from trio_chat.client.screen.deeds import ConsoleDeeds
from trio_chat.client.screen.entered import Entered
from trio_chat.client.screen.input_line import InputLine, key_names
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.looks import Looks
from trio_chat.client.screen.pane import MessagePane
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.screen.sides import MembersColumn, rooms_column, top_line
from trio_chat.client.screen.sitting import Sitting
from trio_chat.client.screen.status import status_line
from trio_chat.client.setup.options import Options

INTERVAL = 0.04
"""Seconds between two drawings of what arrives; the first is drawn at once."""

ROOMS_COLUMNS, MEMBERS_COLUMNS = 18, 16

EARLIER = 100
"""Messages of before that are fetched at a time: two screens, and one answer of the server."""

WIDE, WIDER = 60, 90
"""Columns a screen has at least to show the conversations, and the members as well."""


class _FullDeeds(ConsoleDeeds):
    """Scrolling is ours here."""

    def __init__(self, client: FullClient) -> None:
        super().__init__(client.console, client.sitting.enter)
        self._client = client

    def scroll(self, pages: float) -> None:
        """Go up by so many pages, or down if negative."""
        self._client.scroll(pages)


class FullClient:
    """One run of the client. What is not given is the real thing: terminal, network, dice."""

    def __init__(
        self,
        options: Options,
        *,
        input: Input | None = None,
        output: Output | None = None,
        open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
        dice: random.Random | None = None,
        entered: Entered | None = None,
    ) -> None:
        self._looks = Looks(options.settings, environ)
        self.sitting = Sitting(options, self, open_stream=open_stream, dice=dice)
        self.console = self.sitting.console
        self.model = self.sitting.model
        self.pane = MessagePane(self._entries, self._draw)
        self._members = MembersColumn()
        self._wants_earlier = trio.Event()
        self._dirty = trio.Event()
        if entered is not None:
            entered.tell = partial(self.console.note, trouble=True)
        line = InputLine(self.model, _FullDeeds(self), lambda: self.console.settings, entered)
        self.prompt = Prompt(
            line,
            self._layout(line),
            full_screen=True,
            style=DynamicStyle(lambda: self._looks.style),
            color_depth=lambda: self._looks.depth,
            input=input,
            output=output,
        )
        self._alerts = Alerts(self.prompt.app.output, environ)

    def run(self) -> int:
        """Run until the person leaves; the exit code. Raises what went wrong in any task."""
        try:
            guest.run(self.main)
        except BaseExceptionGroup as group:
            self.sitting.take_error(group)
        return self.sitting.exit_code

    async def main(self) -> None:
        """The client as a trio task, in `guest.run`."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.sitting.watch_signals)
                nursery.start_soon(self._stop_when_leaving)
                nursery.start_soon(self._draw_what_comes)
                nursery.start_soon(self._read_earlier)
                nursery.start_soon(self.sitting.stay_connected)
                nursery.start_soon(self.sitting.submit_lines)
                try:
                    await guest.wait_for(self.prompt.run())
                except EOFError:
                    self.console.leave()  # the terminal was closed
                await self.console.say_goodbye()
                nursery.cancel_scope.cancel()
        finally:
            self._alerts.end()

    def scroll(self, pages: float) -> None:
        """Go up by so many pages, or down if negative; at the top there may be earlier ones."""
        if pages > 0 and self.pane.is_at_top:
            self._wants_earlier.set()
        self.pane.scroll(pages)
        self.prompt.app.invalidate()

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Draw what the model has now."""
        if entry.kind is Kind.CHANGED:
            self._members.change()
        self._alerts.tell(entry, self.model.current, self.console.settings)
        self._dirty.set()

    def change(self) -> None:
        """Draw what the model has now, by the settings of now."""
        if self.console.settings is not self._looks.settings:
            self._looks.follow(self.console.settings)
            self.pane.change_looks()
        self._dirty.set()

    def switch(self) -> None:
        """Show the end of the conversation that is current now."""
        self.pane.follow()
        self._members.change()
        self._dirty.set()

    def key_names(self) -> list[tuple[str, str]]:
        """What each key is called, and what it does."""
        return key_names()

    async def ask_secret(self, question: str) -> str | None:
        """Ask for a password in place of the input line."""
        return await self.prompt.line.ask_secret(question)

    async def wait_for_room(self) -> None:
        """There is always room: what scrolls out of the backlog is not drawn."""
        await trio.lowlevel.checkpoint()

    # --- the layout ---

    def _layout(self, line: InputLine) -> Container:
        has_rooms = Condition(lambda: self._columns >= WIDE)
        has_members = Condition(lambda: self._columns >= WIDER and bool(self.model.members))
        rooms = VSplit([Window(Column(self._rooms_column), width=ROOMS_COLUMNS), _rule()])
        members = VSplit([_rule(), Window(Column(self._members_column), width=MEMBERS_COLUMNS)])
        middle = [
            ConditionalContainer(rooms, has_rooms),
            Window(self.pane, always_hide_cursor=True),
            ConditionalContainer(members, has_members),
        ]
        top = Window(
            Rows(lambda columns: [top_line(self.model, columns)]), height=1, style="class:top"
        )
        bar = Window(Rows(self._bar), height=1, style="class:status")
        return HSplit([top, VSplit(middle), bar, line.container])

    @property
    def _columns(self) -> int:
        return self.prompt.app.output.get_size().columns

    def _rooms_column(self, columns: int, rows: int) -> list[Line]:
        return rooms_column(self.model, columns, rows)

    def _members_column(self, columns: int, rows: int) -> list[Line]:
        return self._members.lines(self.model.current, self.model.members, columns, rows)

    def _bar(self, columns: int) -> list[Line]:
        return [self.prompt.line.hint(columns) or self._status(columns)]

    def _status(self, columns: int) -> Line:
        # What is unread stands in the column of conversations, if that is there, the topic above.
        return status_line(
            self.model, columns, self.prompt.line.mode, unread=columns < WIDE, topic=False
        )

    # --- the messages ---

    def _entries(self) -> Sequence[Entry]:
        here = self.model.here
        on_their_way = [entry for entry in self.model.pending if entry.where == here.name]
        return [*here.backlog, *on_their_way]

    def _draw(self, entry: Entry, columns: int) -> Sequence[Line]:
        return self._looks.view.lines(entry, self.model.current, columns)

    # --- the tasks ---

    async def _stop_when_leaving(self) -> None:
        await self.console.leaving.wait()
        self.prompt.stop()

    async def _read_earlier(self) -> None:
        """Who keeps pressing the key meanwhile has asked once."""
        while True:
            await self._wants_earlier.wait()
            try:
                await self.console.earlier(EARLIER)
            except ChatError as error:
                self.console.note(str(error), trouble=True)
            self._wants_earlier = trio.Event()
            self._dirty.set()

    async def _draw_what_comes(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty = trio.Event()
            self._alerts.name(self.model, self.console.settings)
            self.prompt.app.invalidate()
            await trio.sleep(INTERVAL)


def _rule() -> Window:
    return Window(width=1, char="│", style="class:rule")
