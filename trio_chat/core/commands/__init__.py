"""The command table: what each command needs before it runs, and what runs it.

One module per family. A command is a generator `(world, session, message) -> effects`; it
validates first and mutates after, and raises `Refusal` for a user's mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trio_chat.core.commands import (
    membership,
    messages,
    presence,
    queries,
    registration,
    room_modes,
    rooms,
)
from trio_chat.core.effects import Effect
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message

Run = Callable[[World, Session, Message], Iterator[Effect]]


@dataclass(frozen=True, slots=True)
class Command:
    """One row: `params` is how many it needs at least.

    An act changes what others see, a query only reads: with several nodes, acts will go through
    their shared log and queries be answered on the spot.
    """

    run: Run
    params: int = 0
    registered: bool = True
    act: bool = False


def _act(run: Run, params: int = 0, registered: bool = True) -> Command:
    return Command(run, params, registered, act=True)


def _query(run: Run, params: int = 0, registered: bool = True) -> Command:
    return Command(run, params, registered, act=False)


TABLE: dict[str, Command] = {
    # registration and the connection itself
    "CAP": _query(registration.cap, 1, registered=False),
    "PASS": _query(registration.password, 1, registered=False),
    "NICK": _act(registration.nick, registered=False),
    "USER": _act(registration.user, 4, registered=False),
    "PING": _query(registration.ping, 1, registered=False),
    "PONG": _query(registration.pong, registered=False),
    "QUIT": _act(registration.quit_, registered=False),
    # being in rooms
    "JOIN": _act(membership.join, 1),
    "PART": _act(membership.part, 1),
    "KICK": _act(membership.kick, 2),
    "INVITE": _act(membership.invite, 2),
    # rooms
    "TOPIC": _act(rooms.topic, 1),
    "NAMES": _query(rooms.names),
    "LIST": _query(rooms.list_),
    "MODE": _act(room_modes.mode, 1),
    # talking
    "PRIVMSG": _act(messages.privmsg),
    "NOTICE": _act(messages.notice),
    "TAGMSG": _act(messages.tagmsg),
    # people
    "AWAY": _act(presence.away),
    "SETNAME": _act(presence.setname, 1),
    "WHO": _query(presence.who),
    "WHOIS": _query(presence.whois),
    "USERHOST": _query(presence.userhost, 1),
    "ISON": _query(presence.ison, 1),
    # the server
    "MOTD": _query(queries.motd),
    "LUSERS": _query(queries.lusers),
    "VERSION": _query(queries.version),
    "TIME": _query(queries.time),
}
