"""What other people's clients ask ours (CTCP), answered as is usual.

Laws:

* Only who asks us alone is answered, not who asks a whole room; by NOTICE, so that no two programs
  talk to each other for ever.
* At most a few answers in a while, whoever asks: else others could have us flood the server.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import trio

from trio_chat.client.chat import Chat
from trio_chat.client.events import Queried
from trio_chat.version import __version__
from trio_chat.wire.message import Message

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

MOST_ANSWERS = 4
PERIOD = 30.0
"""Seconds in which no more than `MOST_ANSWERS` are answered; others are passed over."""

LONGEST_ECHO = 100
"""Characters of a PING that are sent back."""

ANSWERED = ("ACTION", "CLIENTINFO", "PING", "TIME", "VERSION")


class Courtesy:
    """The answers of one connection."""

    def __init__(self, console: Console, chat: Chat) -> None:
        self._console = console
        self._chat = chat
        self._answered: deque[float] = deque(maxlen=MOST_ANSWERS)

    def allows(self) -> bool:
        """Whether one more query is to be answered, or told of; too many are not."""
        now = trio.current_time()
        is_full = len(self._answered) == MOST_ANSWERS
        if is_full and now - self._answered[0] < PERIOD:
            return False
        self._answered.append(now)
        return True

    async def answer(self, event: Queried) -> None:
        """Answer a query, if it was for us alone and is one that we know."""
        await trio.lowlevel.checkpoint()
        target = "".join(event.message.params[:1])
        text = answer_to(event.query, event.text, datetime.now(UTC))
        if text and self._chat.same(target, self._chat.nick):
            answer = Message("NOTICE", (event.nick, f"\x01{event.query} {text}\x01"))
            with suppress(ValueError):  # who asks has no name that one could send to
                await self._chat.send(answer)


def answer_to(query: str, text: str, now: datetime) -> str:
    """What we answer to a query; empty for one that we do not know."""
    match query:
        case "VERSION":
            return f"trio-chat {__version__}"
        case "PING":
            return text[:LONGEST_ECHO]
        case "TIME":
            # In UTC: where the person is, is theirs to tell.
            return f"{now:%Y-%m-%dT%H:%M:%SZ}"
        case "CLIENTINFO":
            return " ".join(ANSWERED)
    return ""
