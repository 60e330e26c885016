"""One connection, as long as it lasts: what comes is shown, and what is ours to do beside it.

Law: nothing here outlives the connection; what does is the console's.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import trio

from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.commands.catching_up import CatchingUp
from trio_chat.client.commands.courtesy import Courtesy
from trio_chat.client.commands.markers import Markers
from trio_chat.client.commands.typing_notices import TypingNotices
from trio_chat.client.connect import bare
from trio_chat.client.events import Event

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

SPLIT_PAUSE = 1.0
"""Seconds from the first who leaves by a netsplit until all are told of: they come in a burst."""

LAG_PAUSE = 30.0
"""Seconds between two measures of the lag."""

LAG_STEP = 5.0
"""Seconds after which the lag is shown though there is no answer yet, and again."""


class Visit:
    """A connection in use. `came_back_after` is when the one before had told of something last."""

    nursery: trio.Nursery

    def __init__(self, console: Console, chat: Chat) -> None:
        self.console = console
        self.chat = chat
        self.came_back_after: datetime | None = console.heard_at
        self.catching_up = CatchingUp(self)
        self.typing = TypingNotices(console, chat)
        self.markers = Markers(console, chat)
        self._lost = console.model.pending
        self._courtesy = Courtesy(console, chat)
        self._typing_watched = False
        self._splits_watched = False

    async def run(self) -> None:
        """Until the connection ends; raises `ConnectionLost` if that was not our will."""
        async with bare(), trio.open_nursery() as self.nursery:
            self.nursery.start_soon(self.markers.run)
            self.nursery.start_soon(self.typing.run)
            self.nursery.start_soon(self._watch_lag)
            self.nursery.start_soon(self.catching_up.look_for_private)
            if self._lost:
                self.nursery.start_soon(self.console.sending.give_up_lost, self._lost)
            async for event in self.chat:
                if self.catching_up.is_under_way and await self.catching_up.hold(event):
                    continue
                await self.take(event)
            self.nursery.cancel_scope.cancel()

    async def take(self, event: Event) -> None:
        """Show what an event brings, and do what it asks for."""
        console = self.console
        if isinstance(event, events.Queried) and (
            console.model.ignores(event) or not self._courtesy.allows()
        ):
            return
        self.catching_up.see(event)
        shown = console.model.take(event, trio.current_time())
        if isinstance(event, events.Joined) and event.own:
            console.came_into(event.room)
            self.catching_up.enter(event.room)
        for entry in shown:
            console.screen.show(entry)
        if not event.history:
            console.heard_at = event.at
        await self._follow(event, bool(shown))
        self.markers.look()
        await console.screen.wait_for_room()

    async def _follow(self, event: Event, shown: bool) -> None:
        match event:
            case events.Queried() if shown:
                await self._courtesy.answer(event)
            case events.Typed():
                self._watch_typing()
                self.console.screen.change()
            case events.MarkerSet():
                self.console.screen.change()
            case events.Quitted() if self.console.model.has_splits and not self._splits_watched:
                self._splits_watched = True
                self.nursery.start_soon(self._tell_splits)
            case events.Sent():
                self.console.sending.change()
                self.console.screen.change()

    def settle(self, place: str) -> None:
        """A history has told what arrived there before the connection was lost."""
        here = [entry for entry in self._lost if self.chat.same(entry.where, place)]
        self.console.sending.settle_lost(here)

    # --- what takes time ---

    def _watch_typing(self) -> None:
        if not self._typing_watched:
            self._typing_watched = True
            self.nursery.start_soon(self._forget_typing)

    async def _forget_typing(self) -> None:
        model = self.console.model
        while (end := model.typing_ends()) is not None:
            await trio.sleep_until(end)
            model.forget_typing(trio.current_time())
            self.console.screen.change()
        self._typing_watched = False

    async def _tell_splits(self) -> None:
        await trio.sleep(SPLIT_PAUSE)
        self._splits_watched = False
        for entry in self.console.model.tell_splits():
            self.console.screen.show(entry)

    async def _watch_lag(self) -> None:
        model = self.console.model
        while True:
            await trio.sleep(LAG_PAUSE)
            since, is_answered = trio.current_time(), False
            while not is_answered:
                with trio.move_on_after(LAG_STEP) as wait:
                    await self.chat.ping().wait()
                is_answered = not wait.cancelled_caught
                model.lag = trio.current_time() - since
                self.console.screen.change()
