"""The full-screen terminal client: conversations, messages, members, and the input line.

Laws:

* It shows what the inline client shows, and has the same keys: the model, the view and the input
  line are the same.
* What arrives is drawn at most every `INTERVAL`; a key press is drawn at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trio
from prompt_toolkit.filters import Condition
from prompt_toolkit.layout import ConditionalContainer, HSplit, VSplit, Window

from trio_chat.client.errors import ChatError
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.screen.cells import Column, Rows
from trio_chat.client.screen.deeds import ConsoleDeeds
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.pane import MessagePane
from trio_chat.client.screen.prompted import PromptedClient
from trio_chat.client.screen.sides import MembersColumn, rooms_column, top_line
from trio_chat.client.screen.status import status_line

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


class FullClient(PromptedClient):
    """Draws on the whole screen."""

    full_screen = True

    def __init__(self, *args: Any, **options: Any) -> None:
        self.pane = MessagePane(self._entries, self._draw_entry)
        self._members = MembersColumn()
        self._wants_earlier = trio.Event()
        self._dirty = trio.Event()
        super().__init__(*args, **options)

    def deeds(self) -> ConsoleDeeds:
        """The same, and scrolling."""
        return _FullDeeds(self)

    async def draw(self) -> None:
        """Draw what comes, and fetch what is earlier than that."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._draw_what_comes)
            nursery.start_soon(self._read_earlier)

    def finish(self) -> None:
        """Nothing is left: the screen is the shell's again."""

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
        self.alerts.tell(entry, self.model.current, self.console.settings)
        self._dirty.set()

    def change(self) -> None:
        """Draw what the model has now, by the settings of now."""
        if self.console.settings is not self.looks.settings:
            self.looks.follow(self.console.settings)
            self.pane.change_looks()
        self._dirty.set()

    def switch(self) -> None:
        """Show the end of the conversation that is current now."""
        self.pane.follow()
        self._members.change()
        self._dirty.set()

    async def wait_for_room(self) -> None:
        """There is always room: what scrolls out of the backlog is not drawn."""
        await trio.lowlevel.checkpoint()

    # --- the layout ---

    def layout(self) -> HSplit:
        """The room and its topic; conversations, messages, members; the bar and the line."""
        has_rooms = Condition(lambda: self.columns >= WIDE)
        has_members = Condition(lambda: self.columns >= WIDER and bool(self.model.members))
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
        return HSplit([top, VSplit(middle), self.bar(), self.line.container])

    def status(self, columns: int) -> Line:
        """The topic stands above, and what is unread beside, if there is space for that."""
        narrow = columns < WIDE
        return status_line(self.model, columns, self.line.mode, unread=narrow, topic=False)

    def _rooms_column(self, columns: int, rows: int) -> list[Line]:
        return rooms_column(self.model, columns, rows)

    def _members_column(self, columns: int, rows: int) -> list[Line]:
        return self._members.lines(self.model.current, self.model.members, columns, rows)

    # --- the messages ---

    def _entries(self) -> Sequence[Entry]:
        here = self.model.here
        on_their_way = [entry for entry in self.model.pending if entry.where == here.name]
        return [*here.backlog, *on_their_way]

    def _draw_entry(self, entry: Entry, columns: int) -> Sequence[Line]:
        return self.looks.view.lines(entry, self.model.current, columns)

    # --- the tasks ---

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
            self.alerts.name(self.model, self.console.settings)
            self.prompt.app.invalidate()
            await trio.sleep(INTERVAL)


def _rule() -> Window:
    return Window(width=1, char="│", style="class:rule")
