"""How sessions end, whoever ends them: the one place that says so to the others.

Law: of a user who has another session left, or stays without (see `core.residents`), the others
hear nothing but, if so it is, that they are away now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trio_chat.core.circle import tell_offline
from trio_chat.core.effects import Close, Deed, Deliver, Effect, Report
from trio_chat.core.fitting import fit_quit, goodbye
from trio_chat.core.history import conclude, of_deed
from trio_chat.core.residents import move_out
from trio_chat.core.speech import from_user
from trio_chat.core.standing import settle
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire.message import Message


def drop(world: World, session: Session, reason: str, *, unheard: str = "") -> Iterator[Effect]:
    """Remove a session and close its connection; if its user goes with it, tell the others.

    `unheard` is what the console shows in the place of a reason that nobody has heard in public.
    """
    yield from _drop(world, session.user, (session,), reason, unheard)


def drop_user(world: World, user: User, reason: str, *, unheard: str = "") -> Iterator[Effect]:
    """Remove a user with all of their sessions, and for good, whether they stay without or not."""
    yield from move_out(world, user)
    yield from _drop(world, user, user.sessions, reason, unheard)


def drop_all(world: World, reason: str) -> Iterator[Effect]:
    """Remove every session; since all are told, nobody is told of the others.

    Whoever stays without a session is there again after a restart.
    """
    world.stopped = reason
    for session in tuple(world.sessions.values()):
        world.remove_session(session)
        yield from _say_goodbye(session, reason)
    for user in world.residents.values():
        yield from settle(world, user)


def _drop(
    world: World, user: User, sessions: tuple[Session, ...], reason: str, unheard: str
) -> Iterator[Effect]:
    """Remove some or all sessions of one user, or a user who has none."""
    registered = world.find_user(user.nick) is user
    reason = fit_quit(user, reason)
    is_end = registered and user.residence is None and len(sessions) == len(user.sessions)
    last_words = farewell(world, user, reason, unheard) if is_end else None
    for session in sessions:
        world.remove_session(session)
    if not sessions:
        world.forget_user(user)
    if last_words is not None:
        yield from tell_gone(world, user, last_words)
    elif registered:
        yield from settle(world, user)
    for session in sessions:
        yield from _say_goodbye(session, reason)


@dataclass(frozen=True, slots=True)
class Farewell:
    """What is told of a user once they have left, found out while they are still there."""

    message: Deliver
    report: Report
    rooms: tuple[Room, ...]
    """Where they were."""


def farewell(world: World, user: User, reason: str, unheard: str = "") -> Farewell:
    """The farewell of a user who is about to leave."""
    others = tuple(each for each in world.neighbours(user) if each.user is not user)
    in_public = any(room.is_public for room in user.rooms)
    shown = reason if in_public or not unheard else unheard
    message = Deliver(others, from_user(user, "QUIT", reason))
    return Farewell(message, Report(Deed.LEFT, user.nick, text=shown), tuple(user.rooms))


def tell_gone(world: World, user: User, last_words: Farewell) -> Iterator[Effect]:
    """Tell the others of a user who has left."""
    yield last_words.message
    for room in last_words.rooms:
        yield from of_deed(world, room, last_words.message.message)
        yield from conclude(world, room)
    yield from tell_offline(world, user, user.nick)
    yield last_words.report


def _say_goodbye(session: Session, reason: str) -> Iterator[Effect]:
    error = Message("ERROR", (goodbye(session.user, reason),))
    yield Deliver((session,), error)
    yield Close(session, reason)
