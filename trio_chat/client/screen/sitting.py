"""One person's sitting at the chat, whatever it looks like: the model, the console, the connection.

Law: no screen here, so inline, full and plain differ in nothing but how they look.
"""

from __future__ import annotations

import errno
import random
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from trio_chat.client.commands.console import Console, Screen
from trio_chat.client.model.model import Model
from trio_chat.client.reconnect import Lost, RoomRefused, keep_connected
from trio_chat.client.redial import Redial
from trio_chat.client.setup.options import Options
from trio_chat.client.trust import KnownServer

ENTERED = 1_000
"""Lines entered that may wait for the server to confirm those before them."""


class Sitting:
    """What is given by no one is the real thing: `open_stream` for the network, `dice`."""

    def __init__(
        self,
        options: Options,
        screen: Screen,
        *,
        open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
        dice: random.Random | None = None,
    ) -> None:
        self._options = options
        self._open_stream = open_stream
        self._dice = dice
        self._to_enter, self._entered = trio.open_memory_channel[str](ENTERED)
        self._signal = 0
        self._redial = Redial()
        self.model = Model(options.nick)
        self.console = Console(self.model, screen, options=options, redial=self._redial)

    @property
    def exit_code(self) -> int:
        """As a shell has it: 128 and the number of the signal that ended the sitting, or 0."""
        return 128 + self._signal if self._signal else 0

    def take_error(self, error: BaseExceptionGroup[BaseException] | OSError) -> None:
        """What tasks raised comes out of a nursery as a group, and writing to the terminal may
        fail after that: raise what is to be told of it."""
        group = BaseExceptionGroup("", [error]) if isinstance(error, OSError) else error
        if group.subgroup(KeyboardInterrupt) is not None:
            raise KeyboardInterrupt from error
        # After a hang-up there is no terminal, and writing to it fails; it may before the signal.
        _, more = group.split(_is_of_no_terminal)
        if more is None:
            self._signal = _HANGUP
        if self._signal != _HANGUP:
            raise error

    def enter(self, line: str) -> bool:
        """Take a line that the person entered; whether it was taken, else it is told why not."""
        if not self.console.can_do(line):
            self.console.note("not sent: there is no connection now", trouble=True)
            return False
        try:
            self._to_enter.send_nowait(line)
        except trio.WouldBlock:
            self.console.note("not sent: the server is too slow", trouble=True)
            return False
        return True

    async def submit_lines(self) -> None:
        """Do what the lines say, one after the other."""
        async for line in self._entered:
            await self.console.submit(line)

    async def watch_signals(self) -> None:
        """Leave when the system wants us to."""
        with trio.open_signal_receiver(*_ENDINGS) as signals:
            async for number in signals:
                self._signal = number
                self.console.leave()

    async def stay_connected(
        self, told: Callable[[Lost | RoomRefused], None] | None = None
    ) -> None:
        """Be on the server until the person leaves; `told` hears what `keep_connected` tells."""
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
            login=lambda: self.console.login,
            rooms=options.rooms,
            tls=options.tls or False,
            open_stream=self._open_stream or self._way_to_known(),
            dice=self._dice,
            told=told or self.console.told,
            redial=self._redial,
        )

    def _way_to_known(self) -> Callable[[], Awaitable[trio.abc.Stream]] | None:
        """How to reach a server that is known by its fingerprint; None for any other."""
        options = self._options
        if options.tls is None or options.pin is None:
            return None
        known = KnownServer(options.host, options.port, options.tls, options.pin)
        return partial(known.open_stream, self.console.note)


def _is_of_no_terminal(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EIO


# Windows has but the first of them. SIGINT is `kill -INT`: in raw mode Ctrl-C is a key, and so is
# Ctrl-\, which elsewhere sends SIGQUIT.
_HANGUP = getattr(signal, "SIGHUP", signal.NSIG)
_ENDINGS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if (number := getattr(signal, name, None)) is not None
]
