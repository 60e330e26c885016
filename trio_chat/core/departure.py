"""How sessions end, whoever ends them: the one place that says so to the others."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.circle import tell_offline
from trio_chat.core.effects import Close, Deed, Deliver, Effect, Report
from trio_chat.core.fitting import fit_quit, goodbye
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message


def drop(world: World, session: Session, reason: str, *, unheard: str = "") -> Iterator[Effect]:
    """Remove a session, tell those who shared a room with its user, and close its connection.

    `unheard` is what the console shows in the place of a reason that nobody has heard in public.
    """
    user = session.user
    in_public = any(room.is_public for room in user.rooms)
    reason = fit_quit(user, reason)
    others = world.neighbours(user) if session.registered else ()
    quit_message = from_user(user, "QUIT", reason)
    world.remove_session(session)
    if session.registered and not user.sessions:
        yield Deliver(others, quit_message, omit=session)
        yield from tell_offline(world, user, user.nick)
        shown = reason if in_public or not unheard else unheard
        yield Report(Deed.LEFT, user.nick, text=shown)
    yield from _say_goodbye(session, reason)


def drop_all(world: World, reason: str) -> Iterator[Effect]:
    """Remove every session; since all are told, nobody is told of the others."""
    world.stopped = reason
    for session in tuple(world.sessions.values()):
        world.remove_session(session)
        yield from _say_goodbye(session, reason)


def _say_goodbye(session: Session, reason: str) -> Iterator[Effect]:
    error = Message("ERROR", (goodbye(session.user, reason),))
    yield Deliver((session,), error)
    yield Close(session, reason)
