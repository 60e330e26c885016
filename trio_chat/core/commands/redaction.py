"""REDACT: take back a message (IRCv3 message-redaction).

Law: only who has seen a message learns whether the server knows of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import fit_redaction
from trio_chat.core.recent import Recent, Said
from trio_chat.core.replies import Refusal
from trio_chat.core.speech import from_user, to_own
from trio_chat.core.state import Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_REDACTION
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS


def redact(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REDACT target msgid :reason`: one's own message, or as a room operator anybody's."""
    target, msgid = message.params[:2]
    reason = message.params[2:3]
    if looks_like_room(target):
        yield from _in_room(world, session, target, msgid, reason)
    else:
        yield from _in_private(world, session, target, msgid, reason)


def _in_room(
    world: World, session: Session, target: str, msgid: str, reason: tuple[str, ...]
) -> Iterator[Effect]:
    room = world.find_room(target)
    membership = session.user.rooms.get(room) if room is not None else None
    if room is None or membership is None:
        raise _invalid_target(target)
    said = _find(room.recent, room.name, msgid)
    if membership.level < LEVELS["h"]:
        _check_own(world, session, room.name, said)
    if room.recent is not None:
        room.recent.forget(said)
    redaction = _redaction(world, session.user, room.name, said, reason)
    omit = None if session.caps & ECHO_MESSAGE else session
    yield Deliver(room.audience, redaction, omit, need=MESSAGE_REDACTION)


def _in_private(
    world: World, session: Session, target: str, msgid: str, reason: tuple[str, ...]
) -> Iterator[Effect]:
    user = session.user
    other = world.find_user(target)
    if other is None:
        raise _invalid_target(target)
    theirs = other.recent.find(msgid) if other.recent is not None else None
    if theirs is not None and theirs.to is user and other is not user:
        raise _forbidden(other.nick, theirs)
    said = _find(user.recent, other.nick, msgid)
    if said.to is not other:
        raise _unknown(other.nick, msgid)
    _check_own(world, session, other.nick, said)
    if user.recent is not None:
        user.recent.forget(said)
    redaction = _redaction(world, user, other.nick, said, reason)
    yield Deliver(other.sessions, redaction, need=MESSAGE_REDACTION, solicited=False)
    yield from to_own(session, redaction, MESSAGE_REDACTION, other)


def _redaction(
    world: World, user: User, target: str, said: Said, reason: tuple[str, ...]
) -> Message:
    fitting = (fit_redaction(world, user, target, said.msgid, text) for text in reason)
    return from_user(user, "REDACT", target, said.msgid, *fitting)


def _find(recent: Recent | None, target: str, msgid: str) -> Said:
    said = recent.find(msgid) if recent is not None else None
    if said is None:
        raise _unknown(target, msgid)
    return said


def _check_own(world: World, session: Session, target: str, said: Said) -> None:
    """Raise the refusal unless this is the user's own message, and of late."""
    if said.by is not session.user:
        raise _forbidden(target, said)
    window = world.settings.limits.redact_seconds
    if world.now - said.at > window:
        text = "You can no longer take back this message"
        raise Refusal("REDACT_WINDOW_EXPIRED", target, said.msgid, f"{window:g}", text)


def _invalid_target(target: str) -> Refusal:
    text = f"You cannot take back messages from {word(target)}"
    return Refusal("INVALID_TARGET", word(target), text)


def _unknown(target: str, msgid: str) -> Refusal:
    text = "This message does not exist or is too old"
    return Refusal("UNKNOWN_MSGID", target, word(msgid), text)


def _forbidden(target: str, said: Said) -> Refusal:
    text = "You may not take back this message"
    return Refusal("REDACT_FORBIDDEN", target, said.msgid, text)
