"""The inline terminal client: the prompt and the printer, around a sitting.

Law: whichever task ends it or fails, the prompt is left first, which puts the terminal right.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from os import environ

import trio
from prompt_toolkit.filters import is_searching
from prompt_toolkit.input import Input
from prompt_toolkit.layout import ConditionalContainer, HSplit, Window
from prompt_toolkit.output import Output
from prompt_toolkit.styles import DynamicStyle

from trio_chat.client.model.entries import Entry
from trio_chat.client.screen import guest
from trio_chat.client.screen.alerts import Alerts
from trio_chat.client.screen.cells import Rows
from trio_chat.client.screen.deeds import ConsoleDeeds
from trio_chat.client.screen.entered import Entered
from trio_chat.client.screen.inline import LinePrinter
from trio_chat.client.screen.input_line import InputLine, key_names
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.looks import Looks
from trio_chat.client.screen.pending import Pending
from trio_chat.client.screen.printout import Printout
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.screen.sitting import Sitting
from trio_chat.client.screen.status import status_line
from trio_chat.client.setup.options import Options


class InlineClient:
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
        self.sitting = Sitting(options, self, open_stream=open_stream, dice=dice)
        self.console = self.sitting.console
        self.model = self.sitting.model
        deeds = ConsoleDeeds(self.console, self.sitting.enter)
        if entered is not None:
            entered.tell = partial(self.console.note, trouble=True)
        line = InputLine(self.model, deeds, lambda: self.console.settings, entered)
        self._looks = Looks(options.settings, environ)
        self._pending = Pending(self.model, self._looks.view, self._redraw, time.monotonic)
        self._line = line
        self.prompt = Prompt(
            line,
            HSplit(
                [
                    Window(Rows(self._pending.rows), dont_extend_height=True),
                    line.container,
                    # The search takes the bar's row, so that nothing moves.
                    ConditionalContainer(
                        Window(Rows(self._bar), height=1, style="class:status"), ~is_searching
                    ),
                ]
            ),
            style=DynamicStyle(lambda: self._looks.style),
            color_depth=lambda: self._looks.depth,
            input=input,
            output=output,
        )
        self.printer = LinePrinter(self.prompt.app, self._looks.pen, self._refresh)
        self._alerts = Alerts(self.prompt.app.output, environ)
        self._printout = Printout(self.model, self._looks.view)

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
                nursery.start_soon(self.printer.run)
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
        self.printer.flush()

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Print an entry above the prompt, unless it only counts."""
        for line in self._printout.entry(entry, self._columns):
            self.printer.put(line)
        self._alerts.tell(entry, self.model.current, self.console.settings)
        self.change()

    def change(self) -> None:
        """Draw what is around the input line anew, in a moment."""
        if self.console.settings is not self._looks.settings:
            self._looks.follow(self.console.settings)
            self.printer.pen = self._looks.pen
        self.printer.change()

    def switch(self) -> None:
        """Print where we are now, and the last that was said there."""
        for line in self._printout.switch(self._columns):
            self.printer.put(line)
        self.change()

    def clear(self) -> None:
        """Begin anew at the top of the terminal; what stood there is in its scrollback, or gone."""
        self.printer.flush()
        self.prompt.app.renderer.clear()
        self.change()

    def key_names(self) -> list[tuple[str, str]]:
        """What each key is called, and what it does."""
        return key_names()

    async def ask_secret(self, question: str) -> str | None:
        """Ask for a password in place of the input line."""
        return await self.prompt.line.ask_secret(question)

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be printed."""
        await self.printer.wait_for_room()

    @property
    def _columns(self) -> int:
        return self.prompt.app.output.get_size().columns

    def _refresh(self) -> None:
        self._alerts.name(self.model, self.console.settings)

    def _redraw(self) -> None:
        self.prompt.app.invalidate()

    def _bar(self, columns: int) -> list[Line]:
        line = self._line
        return [line.hint(columns) or status_line(self.model, columns, line.mode)]

    # --- the tasks ---

    async def _stop_when_leaving(self) -> None:
        await self.console.leaving.wait()
        self.prompt.stop()
