"""Errands: the slow questions of the chat, answered in threads, outside the hub.

Laws:

* An errand runs in a task of the client that asked and ends with it; its answer comes back to the
  hub as an event. The hub awaits no errand.
* Threads are few: a crowd of clients that ask costs them their time, not the chat's.
* A failed errand is logged and answered with None, so that nobody waits for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import trio

from trio_chat.core.questions import Question

logger = logging.getLogger(__name__)

THREADS = 2
"""Errands at work at once. A check of a password takes 64 MB and some 50 ms of four cores."""

Answerer = Callable[[Any], object]
"""Answers the questions of one type, in a thread: it may block, and touches nothing of the chat."""


class Errands:
    """Answers questions by the answerer of their type."""

    def __init__(self, answerers: Mapping[type[Question], Answerer]) -> None:
        self._answerers = answerers
        self._limiter = trio.CapacityLimiter(THREADS)

    async def answer(self, question: Question) -> object:
        """The answer to a question, or None if it cannot be had."""
        try:
            answerer = self._answerers[type(question)]
            return await trio.to_thread.run_sync(
                answerer, question, limiter=self._limiter, abandon_on_cancel=True
            )
        except Exception:
            logger.exception("nobody could answer a %s", type(question).__name__)
            return None
