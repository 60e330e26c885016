"""Up to where the person has read, told to the server for their other devices.

Law: told once the person stays for a moment, so that going through rooms and a flood of messages
do not become a flood of markers.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

PAUSE = 1.5
"""Seconds after which what was shown counts as read, and between two markers."""


class Markers:
    """The markers of one connection."""

    def __init__(self, console: Console, chat: Chat) -> None:
        self._console = console
        self._chat = chat
        # Markers are the server's times: without them in messages there is nothing to tell.
        self._is_possible = {"draft/read-marker", "server-time"} <= chat.capabilities
        self._told: dict[str, datetime] = {}
        self._is_due = trio.Event()

    def look(self) -> None:
        """Something new may have been shown in the current conversation."""
        if not self._is_due.is_set() and self._new() is not None:
            self._is_due.set()

    async def run(self) -> None:
        """Tell the server, whenever there is something to tell."""
        while True:
            await self._is_due.wait()
            await trio.sleep(PAUSE)
            new = self._new()
            self._is_due = trio.Event()
            if new is None:
                continue
            name, at = new
            self._told[name] = at
            try:
                await self._chat.set_read(name, at)
            except ChatError:
                continue  # the next one tells more anyway

    def _new(self) -> tuple[str, datetime] | None:
        """Which conversation has been read, and up to when; None for nothing new."""
        model = self._console.model
        last = model.here.last
        is_wanted = self._is_possible and self._console.settings.markers
        if last is None or not model.current or not is_wanted:
            return None
        known = [model.here.read_to, self._told.get(model.current)]
        if any(at is not None and at >= last.at for at in known):
            return None
        return model.current, last.at
