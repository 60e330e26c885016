"""Waiting for what other processes do: by looking again and again, within a generous bound."""

from __future__ import annotations

import trio

PATIENCE = 30.0
"""Seconds until something that has not come about is taken never to come about."""

LOOK_AGAIN = 0.05
"""Seconds between two looks."""


class Looks:
    """Looks at something that is to come about, until it is time to give up.

    `while await looks.again(): ...` looks once and then every `LOOK_AGAIN` seconds.
    """

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._deadline = trio.current_time() + seconds
        self._pause = 0.0

    async def again(self) -> bool:
        await trio.sleep(self._pause)
        self._pause = LOOK_AGAIN
        return trio.current_time() < self._deadline
