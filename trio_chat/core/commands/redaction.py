"""REDACT: take back a message (IRCv3 message-redaction).

Law: what is taken back is gone from the history, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from trio_chat.core.commands.earlier import (
    Earlier,
    Other,
    Wish,
    check_own,
    find_in_private,
    find_in_room,
    place_of,
)
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import fit_redaction
from trio_chat.core.history import of_redaction
from trio_chat.core.speech import from_user, to_own
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_REDACTION
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS


def redact(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REDACT target msgid :reason`: one's own message, or as a room operator anybody's."""
    target, msgid = message.params[:2]
    reason = message.params[2:3]
    wish = Wish("REDACT", target, msgid)
    if looks_like_room(target):
        yield from find_in_room(world, session, wish, partial(_in_room, reason))
    else:
        yield from find_in_private(world, session, wish, partial(_in_private, reason))


def _in_room(
    reason: tuple[str, ...],
    world: World,
    session: Session,
    wish: Wish,
    room: Room,
    earlier: Earlier,
) -> Iterator[Effect]:
    if session.user.rooms[room].level < LEVELS["h"]:
        check_own(world, wish, room.name, earlier, world.settings.limits.redact_seconds)
    if earlier.said is not None and room.recent is not None:
        room.recent.forget(earlier.said)
    redaction = _redaction(world, session.user, room.name, wish, reason)
    omit = None if session.caps & ECHO_MESSAGE else session
    yield Deliver(room.audience, redaction, omit, need=MESSAGE_REDACTION)
    yield from of_redaction(world, world.fold(room.name), redaction, session)


def _in_private(
    reason: tuple[str, ...],
    world: World,
    session: Session,
    wish: Wish,
    other: Other,
    earlier: Earlier,
) -> Iterator[Effect]:
    user, there = session.user, world.find_user(other.name)
    check_own(world, wish, other.name, earlier, world.settings.limits.redact_seconds)
    if earlier.said is not None and user.recent is not None:
        user.recent.forget(earlier.said)
    redaction = _redaction(world, user, other.name, wish, reason)
    if there is not None:
        yield Deliver(there.sessions, redaction, need=MESSAGE_REDACTION, solicited=False)
    yield from to_own(session, redaction, MESSAGE_REDACTION, there)
    place = place_of(world, user, other, earlier)
    if place is not None:
        yield from of_redaction(world, place, redaction, session)


def _redaction(
    world: World, user: User, target: str, wish: Wish, reason: tuple[str, ...]
) -> Message:
    fitting = (fit_redaction(world, user, target, wish.msgid, text) for text in reason)
    return from_user(user, "REDACT", target, wish.msgid, *fitting)
