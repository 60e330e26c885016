"""Telling the others that the person is typing (client tag typing).

Law: a key never waits for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.errors import ChatError

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

PAUSED_AFTER = 5.0
"""Seconds without a key after which the person has paused."""

SENT_WITHIN = 0.3
"""Seconds from a line being entered to its being on its way."""

SEND_LIMIT = 3.0
"""Seconds that a notice may take; one that takes longer is not worth waiting for."""


class TypingNotices:
    """Those of one connection."""

    def __init__(self, console: Console, chat: Chat) -> None:
        self._console = console
        self._chat = chat
        self._text = ""
        self._changed = trio.Event()
        self._told_at = ""
        """Where the others believe that the person types."""

    def typed(self, text: str) -> None:
        """The line that is being typed is another."""
        self._text = text
        self._changed.set()

    async def run(self) -> None:
        """Tell of what is typed."""
        while True:
            await self._changed.wait()
            await self._follow()
            while self._told_at:
                with trio.move_on_after(PAUSED_AFTER) as pause:
                    await self._changed.wait()
                if pause.cancelled_caught:
                    await self._tell("paused")
                    break
                await self._follow()

    async def _follow(self) -> None:
        if not self._is_for_others():
            # What was sent ends what was typed, and needs no notice: it is under way now.
            await trio.sleep(SENT_WITHIN)
        self._changed = trio.Event()
        where = self._console.model.current if self._is_for_others() else ""
        if self._told_at and self._told_at != where:
            await self._tell("done")
        self._told_at = where
        if where:
            await self._tell("active")

    def _is_for_others(self) -> bool:
        text = self._text
        is_command = text.startswith("/") and not text.startswith("//")
        return bool(text.strip()) and not is_command and self._console.settings.typing

    async def _tell(self, state: Literal["active", "paused", "done"]) -> None:
        with trio.move_on_after(SEND_LIMIT), suppress(ChatError):
            await self._chat.typing(self._told_at, state)
