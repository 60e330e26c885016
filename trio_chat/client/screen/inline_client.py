"""The inline terminal client: the prompt and the printer, around a sitting.

Law: whichever task ends it or fails, the prompt is left first, which puts the terminal right.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from os import environ

import trio
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from trio_chat.client.model.entries import Entry
from trio_chat.client.screen import guest
from trio_chat.client.screen.ansi import Pen, colour_depth
from trio_chat.client.screen.deeds import ConsoleDeeds
from trio_chat.client.screen.inline import LinePrinter
from trio_chat.client.screen.input_line import InputLine
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.screen.sitting import Sitting
from trio_chat.client.screen.theme import theme_named
from trio_chat.client.screen.view import View
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
    ) -> None:
        depth = colour_depth(options.settings.colour, environ)
        self._theme = theme_named(options.settings.theme, depth, environ)
        self._view = View(options.settings, self._theme)
        self.sitting = Sitting(options, self, open_stream=open_stream, dice=dice)
        self.console = self.sitting.console
        self.model = self.sitting.model
        deeds = ConsoleDeeds(self.console, self.sitting.enter)
        line = InputLine(self.model, deeds, lambda: self.console.settings)
        self.prompt = Prompt(self.model, line, input=input, output=output)
        self.printer = LinePrinter(self.prompt.app, Pen(self._theme.style, depth))

    def run(self) -> int:
        """Run until the person leaves; the exit code. Raises what went wrong in any task."""
        try:
            guest.run(self.main)
        except BaseExceptionGroup as group:
            self.sitting.take_error(group)
        return self.sitting.exit_code

    async def main(self) -> None:
        """The client as a trio task, in `guest.run`."""
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
        self.printer.flush()

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Print an entry above the prompt."""
        columns = self.prompt.app.output.get_size().columns
        for line in self._view.lines(entry, self.model.current, columns):
            self.printer.put(line)

    def change(self) -> None:
        """Draw the status bar anew."""
        self.prompt.app.invalidate()

    def switch(self) -> None:
        """Draw the prompt anew, which names the conversation."""
        self.prompt.app.invalidate()

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be printed."""
        await self.printer.wait_for_room()

    # --- the tasks ---

    async def _stop_when_leaving(self) -> None:
        await self.console.leaving.wait()
        self.prompt.stop()
