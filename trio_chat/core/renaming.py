"""How a user gets another nick, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import metadata
from trio_chat.core.circle import tell_offline, tell_online
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.history import of_deed
from trio_chat.core.speech import from_user
from trio_chat.core.state import User, World


def change_nick(world: World, user: User, nick: str) -> Iterator[Effect]:
    """Give a registered user another nick, one that is free."""
    change = from_user(user, "NICK", nick)
    before = user.nick
    world.rename(user, nick)
    yield Deliver(world.neighbours(user), change)
    for room in user.rooms:
        yield from of_deed(world, room, change)
    if world.fold(nick) != world.fold(before):
        yield from tell_offline(world, user, before)
        yield from tell_online(world, user)
        yield from metadata.tell_watchers(world, user)
    yield Report(Deed.RENAMED, before, text=nick)
