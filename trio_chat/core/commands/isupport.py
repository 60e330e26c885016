"""ISUPPORT: what this server is and can do, asked for at any time (IRCv3 extended-isupport)."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import replies
from trio_chat.core.effects import Effect
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message


def isupport(world: World, session: Session, message: Message) -> Iterator[Effect]:
    yield from replies.isupport(world, session)
