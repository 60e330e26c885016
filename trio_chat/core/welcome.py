"""What a client is told when its registration is done."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import metadata, replies
from trio_chat.core.effects import Effect
from trio_chat.core.replies import VERSION, format_date, reply
from trio_chat.core.state import Session, World
from trio_chat.wire.modes import ROOM_MODES, USER_MODES, Takes
from trio_chat.wire.numerics import (
    RPL_CREATED,
    RPL_MYINFO,
    RPL_UMODEIS,
    RPL_WELCOME,
    RPL_YOURHOST,
)


def welcome(world: World, session: Session) -> Iterator[Effect]:
    """All that a client is told when its registration is done (Modern IRC, same title)."""
    settings = world.settings
    user = session.user
    created = format_date(world.created)
    yield reply(
        world, session, RPL_WELCOME, f"Welcome to the {settings.network} network, {user.source}"
    )
    yield reply(
        world,
        session,
        RPL_YOURHOST,
        f"Your host is {settings.server_name}, running version {VERSION}",
    )
    yield reply(world, session, RPL_CREATED, f"This server was started {created}")
    # RPL_MYINFO: the user modes, the room modes, and those of them that take a parameter.
    letters = [
        "".join(sorted(USER_MODES)),
        "".join(sorted(ROOM_MODES)),
        "".join(sorted(mode for mode, takes in ROOM_MODES.items() if takes is not Takes.NEVER)),
    ]
    yield reply(world, session, RPL_MYINFO, settings.server_name, VERSION, *letters)
    yield from replies.isupport(world, session)
    yield from replies.lusers(world, session)
    yield from metadata.own(world, session)
    yield from replies.motd(world, session)
    if user.modes:
        yield reply(world, session, RPL_UMODEIS, f"+{user.modes}")
