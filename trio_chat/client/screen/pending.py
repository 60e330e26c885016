"""Our own messages on their way, in the region above the input line.

Law: most are acknowledged in a blink; only those that are not are drawn, so that a line does not
appear, vanish and appear again below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice

from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.view import View
from trio_chat.client.screen.wrap import wrap

BLINK = 0.15
"""Seconds until one is drawn. An answer takes 5 ms here, 100 ms from another continent."""

MOST_SHOWN = 5
"""Rows of them: the last say what waits, and the input line stays where it is."""


class Pending:
    """Those of a model, as rows."""

    def __init__(
        self, model: Model, view: View, redraw: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self._model = model
        self._view = view
        self._redraw = redraw
        self._clock = clock
        self._since: dict[Entry, float] = {}

    def rows(self, columns: int) -> list[Line]:
        """The rows to draw now."""
        if not (pending := self._model.pending):
            return []
        now = self._clock()
        if not all(entry in self._since for entry in pending):
            asyncio.get_running_loop().call_later(BLINK, self._redraw)
        self._since = {entry: self._since.get(entry, now) for entry in pending}
        waiting = [entry for entry in pending if now - self._since[entry] >= BLINK]
        rows: list[Line] = []
        for entry in islice(reversed(waiting), MOST_SHOWN):
            for line in reversed(self._view.lines(entry, self._model.current, columns)):
                rows[:0] = wrap(line, columns, tear=True)
        return rows[-MOST_SHOWN:]
