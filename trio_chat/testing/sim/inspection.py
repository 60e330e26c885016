"""The inspector, who comes when all is over, and reads what there is to read.

Law: it is a user like any other, and what it reads goes into the journal: it judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from trio_chat.testing.patterns import Pattern, numeric
from trio_chat.testing.user import NotReceived, User
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_NEEDREGGEDNICK,
    RPL_ENDOFNAMES,
)

CAPS = (
    "batch",
    "draft/chathistory",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "draft/multiline",
)
"""What it takes: all it needs to be shown what is kept as it is kept."""

PAGE = 50
"""Messages of a page: few enough that there are several of a run that was busy."""

PAGES = 100
"""Pages of one room after which there must be an end."""

_REFUSALS = (
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_NEEDREGGEDNICK,
)


async def inspect(inspector: User, rooms: Sequence[str]) -> None:
    """Join these rooms and read who is there and what was said, page by page up to an empty one.

    A room that it may not enter is left out. Raises `NotReceived` if the server has no answer.
    """
    for room in rooms:
        await inspector.send(f"JOIN {room}")
        answer = await inspector.expect(numeric(RPL_ENDOFNAMES, room), *_refusals(room))
        if answer.command == RPL_ENDOFNAMES:
            await _read(inspector, room)


async def _read(inspector: User, room: str) -> None:
    command = f"CHATHISTORY LATEST {room} * {PAGE}"
    for _ in range(PAGES):
        await inspector.send(command)
        page = await _page(inspector)
        if not page:
            return
        command = f"CHATHISTORY BEFORE {room} msgid={page[0].tags['msgid']} {PAGE}"
    raise NotReceived(f"the history of {room} has no end")


async def _page(inspector: User) -> list[Message]:
    """The messages of the next batch of a history."""
    while True:
        begin = await inspector.expect("BATCH")
        if begin.params[1:2] == ("chathistory",):
            break
    name = begin.params[0].removeprefix("+")
    await inspector.expect(Pattern("BATCH", (f"-{name}",)))
    inside = [each for each in inspector.received if each.tags.get("batch") == name]
    return [each for each in inside if "msgid" in each.tags]


def _refusals(room: str) -> list[Pattern]:
    """What says that one may not come in."""
    return [numeric(number, room) for number in _REFUSALS]
