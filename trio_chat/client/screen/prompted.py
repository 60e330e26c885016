"""A client with an input line, inline or on the whole screen: what both of them are.

Law: whichever task ends it or fails, the application is left first, which puts the terminal right.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from os import environ

import trio
from prompt_toolkit.filters import is_searching
from prompt_toolkit.input import Input
from prompt_toolkit.layout import AnyContainer, ConditionalContainer, Window
from prompt_toolkit.output import Output
from prompt_toolkit.styles import DynamicStyle

from trio_chat.client.model.entries import Entry
from trio_chat.client.screen import guest
from trio_chat.client.screen.alerts import Alerts
from trio_chat.client.screen.cells import Rows
from trio_chat.client.screen.deeds import ConsoleDeeds
from trio_chat.client.screen.entered import Entered
from trio_chat.client.screen.input_line import InputLine, key_names
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.looks import Looks
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.screen.sitting import Sitting
from trio_chat.client.screen.status import status_line
from trio_chat.client.setup.options import Options


class PromptedClient(ABC):
    """One run of the client. What is not given is the real thing: terminal, network, dice.

    `entered` is the history of what was entered, kept between runs; None keeps it for this one.
    """

    full_screen = False

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
        self.looks = Looks(options.settings, environ)
        if entered is not None:
            entered.tell = partial(self.console.note, trouble=True)
        self.line = InputLine(self.model, self.deeds(), lambda: self.console.settings, entered)
        self.prompt = Prompt(
            self.line,
            self.layout(),
            full_screen=self.full_screen,
            style=DynamicStyle(lambda: self.looks.style),
            color_depth=lambda: self.looks.depth,
            input=input,
            output=output,
        )
        self.alerts = Alerts(self.prompt.app.output, environ)

    # --- what makes the one and the other ---

    def deeds(self) -> ConsoleDeeds:
        """What the keys do."""
        return ConsoleDeeds(self.console, self.sitting.enter)

    @abstractmethod
    def layout(self) -> AnyContainer:
        """What stands where; the input line and the bar are `line.container` and `bar`."""

    @abstractmethod
    async def draw(self) -> None:
        """Draw or print what comes, until cancelled."""

    @abstractmethod
    def finish(self) -> None:
        """Do what is left to do once the application is gone from the terminal."""

    # --- the screen of the console, as far as it is the same ---

    @abstractmethod
    def show(self, entry: Entry) -> None:
        """There is an entry more."""

    @abstractmethod
    def change(self) -> None:
        """The model or the settings are other than they were."""

    @abstractmethod
    def switch(self) -> None:
        """Another conversation is the current one."""

    @abstractmethod
    async def wait_for_room(self) -> None:
        """Wait while there is more to show than can be."""

    def key_names(self) -> list[tuple[str, str]]:
        """What each key is called, and what it does."""
        return key_names()

    async def ask_secret(self, question: str) -> str | None:
        """Ask for a password in place of the input line."""
        return await self.line.ask_secret(question)

    # --- the run ---

    def run(self) -> int:
        """Run until the person leaves; the exit code. Raises what went wrong in any task."""
        try:
            guest.run(self.main)
        except (BaseExceptionGroup, OSError) as error:
            self.sitting.take_error(error)
        return self.sitting.exit_code

    async def main(self) -> None:
        """The client as a trio task, in `guest.run`."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.sitting.watch_signals)
                nursery.start_soon(self._stop_when_leaving)
                nursery.start_soon(self.draw)
                nursery.start_soon(self.sitting.stay_connected)
                nursery.start_soon(self.sitting.submit_lines)
                try:
                    await guest.wait_for(self.prompt.run())
                except EOFError:
                    self.console.leave()  # the terminal was closed
                await self.console.say_goodbye()
                nursery.cancel_scope.cancel()
        finally:
            self.alerts.end()
        self.finish()

    async def _stop_when_leaving(self) -> None:
        await self.console.leaving.wait()
        self.prompt.stop()

    # --- the parts ---

    @property
    def columns(self) -> int:
        """Columns of the terminal."""
        return self.prompt.app.output.get_size().columns

    def bar(self) -> AnyContainer:
        """The status bar, in a row that the search takes while there is one: so nothing moves."""
        window = Window(Rows(self._bar), height=1, style="class:status")
        return ConditionalContainer(window, ~is_searching)

    def status(self, columns: int) -> Line:
        """What the bar says while there is nothing to say of the input line."""
        return status_line(self.model, columns, self.line.mode)

    def _bar(self, columns: int) -> list[Line]:
        return [self.line.hint(columns) or self.status(columns)]
