"""Questions about the server: MOTD, LUSERS, VERSION, TIME."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from trio_chat.core import replies
from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.replies import VERSION, Refusal, reply
from trio_chat.core.state import Session, World
from trio_chat.wire.grammar import matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_NOSUCHSERVER, RPL_TIME, RPL_VERSION


def _require_this_server(world: World, message: Message) -> None:
    """Refuse a question to another server; a mask or the nick of somebody here means this one."""
    for target in message.params[:1]:
        if not matches(target, world.settings.server_name) and world.find_user(target) is None:
            raise Refusal(ERR_NOSUCHSERVER, word(target), "No such server")


def motd(world: World, session: Session, message: Message) -> Iterator[Effect]:
    _require_this_server(world, message)
    yield from replies.motd(world, session)


def lusers(world: World, session: Session, message: Message) -> Iterator[Effect]:
    yield from replies.lusers(world, session)


def version(world: World, session: Session, message: Message) -> Iterator[Effect]:
    _require_this_server(world, message)
    name = world.settings.server_name
    yield reply(world, session, RPL_VERSION, VERSION, name, "speaks IRCv3")
    yield from replies.isupport(world, session)


def time(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """The server's time, in UTC (RFC 2812 section 3.4.6)."""
    _require_this_server(world, message)
    now = datetime.fromtimestamp(world.now, UTC).strftime("%A %B %d %Y -- %H:%M:%S UTC")
    yield reply(world, session, RPL_TIME, world.settings.server_name, now)
