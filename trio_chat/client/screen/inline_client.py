"""The inline client: a prompt and a status bar at the end of the terminal's own scrollback.

Law: what is printed stays; what may change is drawn around the input line.
"""

from __future__ import annotations

import time
from typing import Any

from prompt_toolkit.layout import HSplit, Window

from trio_chat.client.model.entries import Entry
from trio_chat.client.screen.cells import Rows
from trio_chat.client.screen.inline import LinePrinter
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.pending import Pending
from trio_chat.client.screen.printout import Printout
from trio_chat.client.screen.prompted import PromptedClient


class InlineClient(PromptedClient):
    """Prints above the prompt."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pending = Pending(self.model, self.looks.view, self._redraw, time.monotonic)
        self.printer = LinePrinter(self.prompt.app, self.looks.pen, self._refresh)
        self._printout = Printout(self.model, self.looks.view)

    def layout(self) -> HSplit:
        """Our own messages on their way, the line, the bar."""
        pending = Window(Rows(self._pending_rows), dont_extend_height=True)
        return HSplit([pending, self.line.container, self.bar()])

    async def draw(self) -> None:
        """Print what comes."""
        await self.printer.run()

    def finish(self) -> None:
        """Print what came last."""
        self.printer.flush()

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Print an entry above the prompt, unless it only counts."""
        for line in self._printout.entry(entry, self.columns):
            self.printer.put(line)
        self.alerts.tell(entry, self.model.current, self.console.settings)
        self.change()

    def change(self) -> None:
        """Draw what is around the input line anew, in a moment."""
        if self.console.settings is not self.looks.settings:
            self.looks.follow(self.console.settings)
            self.printer.pen = self.looks.pen
        self.printer.change()

    def switch(self) -> None:
        """Print where we are now, and the last that was said there."""
        for line in self._printout.switch(self.columns):
            self.printer.put(line)
        self.change()

    def clear(self) -> None:
        """Begin anew at the top of the terminal; what stood there is in its scrollback, or gone."""
        self.printer.flush()
        self.prompt.app.renderer.clear()
        self.change()

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be printed."""
        await self.printer.wait_for_room()

    def _pending_rows(self, columns: int) -> list[Line]:
        return self._pending.rows(columns)

    def _refresh(self) -> None:
        self.alerts.name(self.model, self.console.settings)

    def _redraw(self) -> None:
        self.prompt.app.invalidate()
