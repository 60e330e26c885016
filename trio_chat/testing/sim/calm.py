"""Calm: when nothing is under way any more between the users of a chat and its server.

Law: it is told by the journal alone, and so the same way of any server.
"""

from __future__ import annotations

import trio

from trio_chat.testing.oracle.journal import Journal

_LIFE_SIGNS = ("PING", "PONG")


async def grow_calm(journal: Journal, seconds: float, longest: float) -> None:
    """Wait until nothing but PING and PONG has come and gone for so many seconds.

    It takes no longer than `longest`: somebody may go on for ever.
    """
    with trio.move_on_after(longest):
        while True:
            seen = len(journal)
            await trio.sleep(seconds)
            news = journal.events[seen:]
            if all(each.message is None or each.message.command in _LIFE_SIGNS for each in news):
                return
