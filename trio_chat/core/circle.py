"""A user's circle: the neighbours who share a room with them, and those who monitor their nick.

It is told what becomes of a user. That somebody is here or gone, the neighbours see from JOIN and
QUIT; those who monitor are told with numerics (IRCv3 monitor) and, if they asked for it, of the
rest too (IRCv3 extended-monitor).
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.speech import bot_tag
from trio_chat.core.state import Session, User, World
from trio_chat.wire.caps import EXTENDED_MONITOR
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import RPL_MONOFFLINE, RPL_MONONLINE


def tell_circle(
    world: World, user: User, message: Message, need: int, omit: Session | None = None
) -> Iterator[Effect]:
    """A change of this user, for all of their circle who have the capability `need`; each once."""
    neighbours = world.neighbours(user)
    yield Deliver(neighbours, message, omit=omit, need=need)
    watchers = world.monitors.watchers(user.nick)
    if watchers:
        told = frozenset(neighbours)
        strangers = tuple(session for session in watchers if session not in told)
        yield Deliver(strangers, message, need=need | EXTENDED_MONITOR)


def tell_online(world: World, user: User) -> Iterator[Effect]:
    """Tell those who monitor a nick that somebody has it now."""
    yield from _tell_watchers(world, user, user.nick, RPL_MONONLINE, user.source)


def tell_offline(world: World, user: User, nick: str) -> Iterator[Effect]:
    """Tell those who monitor a nick that this user, and so anybody, has it no more."""
    yield from _tell_watchers(world, user, nick, RPL_MONOFFLINE, nick)


def _tell_watchers(
    world: World, user: User, nick: str, numeric: str, target: str
) -> Iterator[Effect]:
    watchers = world.monitors.watchers(nick)
    if watchers:
        # "*" for the nick: one message serves all of them (monitor, "730 - RPL_MONONLINE").
        message = Message(numeric, ("*", target), world.settings.server_name, bot_tag(user))
        yield Deliver(watchers, message, solicited=False)
