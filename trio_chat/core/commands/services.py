"""NICKSERV and CHANSERV, NS and CS: the services as commands, so that no typing error in a nick
sends a password to somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Effect
from trio_chat.core.services.chanserv import CHANSERV
from trio_chat.core.services.nickserv import NICKSERV
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message


def nickserv(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`NICKSERV word …`, as `PRIVMSG NickServ :word …`."""
    yield from NICKSERV.hear(world, session, " ".join(message.params))


def chanserv(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`CHANSERV word …`, as `PRIVMSG ChanServ :word …`."""
    yield from CHANSERV.hear(world, session, " ".join(message.params))
