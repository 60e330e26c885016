"""How a user gets another username or host, and who is told in which form (IRCv3 chghost)."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.circle import tell_circle
from trio_chat.core.commands.membership import joined
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.modes import Change, format_modes


def change_identity(world: World, user: User, username: str, host: str) -> Iterator[Effect]:
    """Give a user this username and host; both must be fit for a source."""
    if (username, host) == (user.username, user.host):
        return
    change = from_user(user, "CHGHOST", username, host)
    departure = from_user(user, "QUIT", "Changing host")
    user.username, user.host = username, host
    world.rename(user, user.nick)
    yield from tell_circle(world, user, change, caps.CHGHOST)
    # To the others it looks as if the user had left and come back ("Fallback when the `chghost`
    # capability has not been negotiated"); the user's own clients have gone nowhere.
    yield Deliver(_others(world.neighbours(user), user), departure)
    for room in user.rooms:
        yield from _come_back(world, room, user)


def _others(audience: tuple[Session, ...], user: User) -> tuple[Session, ...]:
    return tuple(
        session
        for session in audience
        if session.user is not user and not session.caps & caps.CHGHOST
    )


def _come_back(world: World, room: Room, user: User) -> Iterator[Effect]:
    audience = _others(room.audience, user)
    yield from joined(room, user, audience)
    ranks = [Change(True, rank, user.nick) for rank in room.members[user].ranks]
    if ranks:
        server = world.settings.server_name
        yield Deliver(audience, Message("MODE", (room.name, *format_modes(ranks)), server))
    if user.away:
        yield Deliver(audience, from_user(user, "AWAY", user.away), need=caps.AWAY_NOTIFY)
