"""The inline terminal client: the prompt, the printer, the console and the connection, together.

Law: whichever task ends it or fails, the prompt is left first, which puts the terminal right.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from os import environ

import trio
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from trio_chat.client.commands.console import Console
from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.reconnect import keep_connected
from trio_chat.client.screen import guest
from trio_chat.client.screen.inline import LinePrinter
from trio_chat.client.screen.prompt import Prompt
from trio_chat.client.screen.view import View
from trio_chat.client.setup.options import Options
from trio_chat.client.trust import KnownServer

ENTERED = 1_000
"""Lines entered that may wait for the server to confirm those before them."""


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
        self._options = options
        self._open_stream = open_stream
        self._dice = dice
        self._view = View(colour=options.settings.colour != "never" and not environ.get("NO_COLOR"))
        self._to_enter, self._entered = trio.open_memory_channel[str](ENTERED)
        self._signal = 0
        self.model = Model(options.nick)
        self.prompt = Prompt(
            self.model, enter=self._enter, leave=self._leave, input=input, output=output
        )
        self.printer = LinePrinter(self.prompt.app)
        self.console = Console(self.model, self)

    def run(self) -> int:
        """Run until the person leaves; the exit code. Raises what went wrong in any task."""
        try:
            guest.run(self.main)
        except BaseExceptionGroup as group:
            if group.subgroup(KeyboardInterrupt) is not None:
                raise KeyboardInterrupt from group
            if self._signal != _HANGUP:
                raise  # after a hang-up there is no terminal, and writing to it fails
        return 128 + self._signal if self._signal else 0

    async def main(self) -> None:
        """The client as a trio task, in `guest.run`."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_signals)
            nursery.start_soon(self._stop_when_leaving)
            nursery.start_soon(self.printer.run)
            nursery.start_soon(self._stay_connected)
            nursery.start_soon(self._submit_lines)
            try:
                await guest.wait_for(self.prompt.run())
            except EOFError:
                self._leave()  # the terminal was closed
            await self.console.say_goodbye()
            nursery.cancel_scope.cancel()
        self.printer.flush()

    def _enter(self, line: str) -> bool:
        if not self.console.can_do(line):
            self.console.note("not sent: there is no connection now", trouble=True)
            return False
        try:
            self._to_enter.send_nowait(line)
        except trio.WouldBlock:
            self.console.note("not sent: the server is too slow", trouble=True)
            return False
        return True

    def _leave(self) -> None:
        self.console.leave()

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Print an entry above the prompt."""
        self.printer.put(self._view.line(entry, self.model.current))

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

    async def _submit_lines(self) -> None:
        async for line in self._entered:
            await self.console.submit(line)

    async def _stop_when_leaving(self) -> None:
        await self.console.leaving.wait()
        self.prompt.stop()

    async def _watch_signals(self) -> None:
        with trio.open_signal_receiver(*_ENDINGS) as signals:
            async for number in signals:
                self._signal = number
                self._leave()

    async def _stay_connected(self) -> None:
        options = self._options
        where = f"{options.host}:{options.port}"
        self.console.note(f"connecting to {where} as {options.nick}; /help lists the commands")
        await keep_connected(
            self.console.use,
            options.host,
            options.port,
            nick=options.nick,
            realname=options.realname,
            password=options.password,
            login=options.login,
            rooms=options.rooms,
            tls=options.tls or False,
            open_stream=self._open_stream or self._way_to_known(),
            dice=self._dice,
            told=self.console.told,
        )

    def _way_to_known(self) -> Callable[[], Awaitable[trio.abc.Stream]] | None:
        """How to reach a server that is known by its fingerprint; None for any other."""
        options = self._options
        if options.tls is None or options.pin is None:
            return None
        known = KnownServer(options.host, options.port, options.tls, options.pin)
        return partial(known.open_stream, self.console.note)


# Windows has neither a hang-up nor a polite way to be asked to end.
_HANGUP = getattr(signal, "SIGHUP", signal.NSIG)
_ENDINGS = [
    number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
]
