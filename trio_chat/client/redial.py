"""The person's say in when to connect: now, or not until they say so.

Law: whatever the state, `now` leads to an attempt that begins now, and `hold` to none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Redial:
    """Given to `keep_connected`; its methods may be called at any time, from the same thread."""

    def __init__(self) -> None:
        self.held = False
        """Whether no attempt is made. A connection that there is stays: `Chat.quit` ends it."""
        self._changed = trio.Event()
        self._attempt: trio.CancelScope | None = None

    def now(self) -> None:
        """Try now: cuts a pause short, begins an attempt anew, and ends a `hold`.

        Does nothing to a connection that there is.
        """
        self.held = False
        self._change()

    def hold(self) -> None:
        """Try no more until `now`; an attempt is broken off."""
        self.held = True
        self._change()

    def _change(self) -> None:
        self._changed.set()
        if self._attempt is not None:
            self._attempt.cancel()

    @contextmanager
    def attempt(self) -> Iterator[trio.CancelScope]:
        """An attempt, which `now` and `hold` cancel until `succeed`."""
        self._changed = trio.Event()
        with trio.CancelScope() as self._attempt:
            yield self._attempt
        self._attempt = None

    def succeed(self) -> None:
        """There is a connection."""
        self._attempt = None

    async def pause(self, seconds: float) -> bool:
        """Wait before the next attempt, for ever if held; whether it was cut short."""
        await trio.lowlevel.checkpoint()
        was_cut = self._changed.is_set()
        while self.held or not was_cut:
            with trio.move_on_after(float("inf") if self.held else seconds) as waited:
                await self._changed.wait()
            if waited.cancelled_caught:
                return False
            self._changed = trio.Event()
            was_cut = True
        return True
