"""Questions about the server: MOTD, LUSERS, VERSION, TIME, ADMIN, INFO, LINKS.

SUMMON and USERS were about people logged in to its machine; they are answered that they are off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from trio_chat.core import replies
from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.replies import VERSION, Refusal, format_date, reply
from trio_chat.core.state import Session, World
from trio_chat.wire.grammar import matches
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_NOSUCHSERVER,
    ERR_SUMMONDISABLED,
    ERR_USERSDISABLED,
    RPL_ADMINEMAIL,
    RPL_ADMINLOC1,
    RPL_ADMINLOC2,
    RPL_ADMINME,
    RPL_ENDOFINFO,
    RPL_ENDOFLINKS,
    RPL_INFO,
    RPL_LINKS,
    RPL_TIME,
    RPL_VERSION,
)


def require_this_server(world: World, target: str) -> None:
    """Refuse a question to another server; a mask or the nick of somebody here means this one."""
    if not matches(target, world.settings.server_name) and world.find_user(target) is None:
        raise Refusal(ERR_NOSUCHSERVER, word(target), "No such server")


def _check_target(world: World, message: Message) -> None:
    if message.params:
        require_this_server(world, message.params[0])


def motd(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`MOTD [server]` (Modern IRC, "MOTD message")."""
    _check_target(world, message)
    yield from replies.motd(world, session)


def lusers(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`LUSERS` (Modern IRC, "LUSERS message")."""
    yield from replies.lusers(world, session)


def version(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`VERSION [server]` (Modern IRC, "VERSION message")."""
    _check_target(world, message)
    name = world.settings.server_name
    yield reply(world, session, RPL_VERSION, VERSION, name, "speaks IRCv3")
    yield from replies.isupport(world, session)


def time(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """The server's time, in UTC (RFC 2812 section 3.4.6)."""
    _check_target(world, message)
    now = datetime.fromtimestamp(world.now, UTC).strftime("%A %B %d %Y -- %H:%M:%S UTC")
    yield reply(world, session, RPL_TIME, world.settings.server_name, now)


def admin(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Who runs the server (Modern IRC, "ADMIN message")."""
    _check_target(world, message)
    settings = world.settings
    who = settings.admin
    yield reply(world, session, RPL_ADMINME, settings.server_name, "Administrative info")
    yield reply(world, session, RPL_ADMINLOC1, who.location or settings.description)
    yield reply(world, session, RPL_ADMINLOC2, who.organisation or settings.network)
    yield reply(world, session, RPL_ADMINEMAIL, who.email or "No address is given")


def info(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """What the server is (Modern IRC, "INFO message")."""
    _check_target(world, message)
    lines = (
        f"{VERSION}: a chat server any IRC client can talk to",
        "written in Python on trio's structured concurrency, under the MIT license",
        f"{world.settings.description} (network {world.settings.network})",
        f"on-line since {format_date(world.created)}",
    )
    for line in lines:
        yield reply(world, session, RPL_INFO, line)
    yield reply(world, session, RPL_ENDOFINFO, "End of INFO list")


def links(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`LINKS [[server] mask]`: this server is all there is (Modern IRC, "LINKS message")."""
    if len(message.params) > 1:
        require_this_server(world, message.params[0])
    settings = world.settings
    mask = message.params[-1] if message.params else "*"
    name = settings.server_name
    if matches(mask, name):
        yield reply(world, session, RPL_LINKS, name, name, f"0 {settings.description}")
    yield reply(world, session, RPL_ENDOFLINKS, word(mask), "End of LINKS list")


def summon(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """RFC 2812 section 4.5: where it is disabled, that is the answer."""
    raise Refusal(ERR_SUMMONDISABLED, "SUMMON has been disabled")


def users(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """RFC 2812 section 4.6: where it is disabled, that is the answer."""
    raise Refusal(ERR_USERSDISABLED, "USERS has been disabled")
