"""Waiting for what other processes do: by looking again and again, within a generous bound."""

from __future__ import annotations

import os
import shutil

import pytest
import trio

PATIENCE = 30.0
"""Seconds until something that has not come about is taken never to come about."""

LOOK_AGAIN = 0.05
"""Seconds between two looks."""

REQUIRED = "TRIO_CHAT_REQUIRE_REAL"
"""Set in the environment to have a test fail, not be skipped, for want of a program."""


def need_programs(*names: str) -> None:
    """Skip the test if one of these programs is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)


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
