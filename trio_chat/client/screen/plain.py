"""The plain client: one line for each event and nothing that moves, for screen readers and pipes.

Laws:

* Nothing is written but whole lines: no escape sequences, and no prompt.
* What a pipe brings is said as it is, never taken for a command: it may be anybody's text. At its
  end the client waits until all was acknowledged, and leaves; what was not makes its exit code 1.
* With `tail`, nothing is said at all.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TextIO

import trio

from trio_chat.client.errors import ConnectionLost
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.reconnect import Lost, RoomRefused
from trio_chat.client.screen.json_lines import json_line
from trio_chat.client.screen.line import text_of
from trio_chat.client.screen.sitting import Sitting
from trio_chat.client.screen.streams import LAST_WORDS, Gone, LineWriter, lines_of
from trio_chat.client.screen.view import View
from trio_chat.client.setup.options import Options
from trio_chat.client.text import clean

BROKEN_PIPE = 128 + 13
"""The exit code of who wrote where nobody reads, as of a process that SIGPIPE has ended."""


@dataclass(frozen=True, slots=True)
class Streams:
    """What the client reads and writes: `input` gives a descriptor, once it is wanted."""

    input: Callable[[], int] = lambda: sys.stdin.fileno()
    output: TextIO = field(default_factory=lambda: sys.stdout)
    errors: TextIO = field(default_factory=lambda: sys.stderr)
    is_piped: bool = field(default_factory=lambda: not sys.stdin.isatty())
    """Whether it is not a person who types."""


class PlainClient:
    """One run of the client. What is not given is the real thing: files, network, dice."""

    def __init__(
        self,
        options: Options,
        streams: Streams | None = None,
        *,
        open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
        dice: random.Random | None = None,
    ) -> None:
        self._options = options
        self._streams = streams or Streams()
        self._view = View(options.settings, single=True)
        self.sitting = Sitting(options, self, open_stream=open_stream, dice=dice)
        self.console = self.sitting.console
        self.model = self.sitting.model
        self._output = LineWriter(self._streams.output)
        self._errors = LineWriter(self._streams.errors)
        self._arrived = trio.Event()
        self._failed = False

    @property
    def _is_piped(self) -> bool:
        return self._streams.is_piped and not self._options.tail

    def run(self) -> int:
        """Run until the person leaves, or the pipe ends; the exit code.

        Raises what went wrong in any task.
        """
        try:
            trio.run(self.main)
        except BaseExceptionGroup as group:
            if group.subgroup(Gone) is not None:
                return BROKEN_PIPE
            if group.subgroup(ConnectionLost) is not None:
                return 1
            self.sitting.take_error(group)
        return self.sitting.exit_code or int(self._failed)

    async def main(self) -> None:
        """The client as a trio task."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.sitting.watch_signals)
                nursery.start_soon(self._output.run)
                nursery.start_soon(self._errors.run)
                nursery.start_soon(self.sitting.stay_connected, self._told)
                if not self._options.tail:
                    nursery.start_soon(self._say_what_comes)
                await self.console.leaving.wait()
                await self.console.say_goodbye()
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(deadline=trio.current_time() + LAST_WORDS, shield=True):
                await self._errors.flush()
                await self._output.flush()

    async def _say_what_comes(self) -> None:
        if self._streams.is_piped:
            await self._arrived.wait()
            async for line in lines_of(self._streams.input()):
                await self.console.say(line)
            await self.console.wait_until_settled()
        else:
            async for line in lines_of(self._streams.input()):
                await self.console.submit(line)
        self.console.leave()

    def _told(self, news: Lost | RoomRefused) -> None:
        if self._is_piped and isinstance(news, Lost):
            # A person would try again; a script wants to know.
            self.console.note(f"not connected: {news.reason}", trouble=True)
            raise ConnectionLost(news.reason)
        self.console.told(news)

    # --- the screen of the console ---

    def show(self, entry: Entry) -> None:
        """Write an entry, or tell of trouble where errors go."""
        trouble = entry.kind is Kind.TROUBLE
        self._failed |= trouble and self._is_piped
        if entry.noise or not (trouble or self._is_wanted(entry)):
            return
        if self._options.json:
            self._output.put(json_line(entry))
            return
        writer = self._errors if trouble and not self._streams.errors.isatty() else self._output
        for line in self._view.lines(entry, self.model.current):
            writer.put(text_of(line))

    def _is_wanted(self, entry: Entry) -> bool:
        tail = self._options.tail
        fold = self.model.conversations.fold
        return not tail or fold(entry.where) in [fold(room.partition(" ")[0]) for room in tail]

    def change(self) -> None:
        """Nothing: what was written stays as it is."""

    def switch(self) -> None:
        """Tell where what is typed goes to."""
        if self.model.current:
            self._arrived.set()
            if not (self._options.tail or self._options.json):
                self._output.put(f"-- what you type goes to {clean(self.model.current)}")

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be written."""
        await self._output.wait_for_room()
