"""REDACT: take back a message (IRCv3 message-redaction).

Laws:

* Only who may have seen a message learns whether the server knows of it.
* What was said lately is known by who said it; what the history has, by the account of who did.
* What is taken back is gone from the history, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trio_chat.core.asking import ask
from trio_chat.core.commands.lookup import correspondent, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import fit_redaction
from trio_chat.core.history import (
    FindKept,
    Page,
    Place,
    conversation,
    of_redaction,
    sequence_of,
)
from trio_chat.core.replies import Refusal
from trio_chat.core.speech import from_user, to_own
from trio_chat.core.state import Membership, Room, Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_REDACTION
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.modes import LEVELS

REDACTABLE = ("PRIVMSG", "NOTICE", "TAGMSG")


def redact(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REDACT target msgid :reason`: one's own message, or as a room operator anybody's."""
    target, msgid = message.params[:2]
    wish = _Wish(target, msgid, message.params[2:3])
    if looks_like_room(target):
        yield from _in_room(world, session, wish)
    else:
        yield from _in_private(world, session, wish)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be taken back, and why."""

    target: str
    msgid: str
    reason: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is to know of a message, whether it was said lately or long ago."""

    is_own: bool
    at: float


# -- in rooms


def _in_room(world: World, session: Session, wish: _Wish) -> Iterator[Effect]:
    room, _ = _own_room(world, session, wish)
    said = room.recent.find(wish.msgid) if room.recent is not None else None
    if said is None:
        yield _ask(world, session, room.name, wish, world.fold(room.name), _in_room_long_ago)
        return
    known = _Known(said.by is session.user, said.at)
    _check_room(world, session, wish, known)
    assert room.recent is not None
    room.recent.forget(said)
    yield from _take_back_from(world, session, room, wish)


def _in_room_long_ago(
    world: World, session: Session, wish: _Wish, place: Place, known: _Known
) -> Iterator[Effect]:
    room, _ = _own_room(world, session, wish)
    if world.fold(room.name) != place:
        raise _invalid_target(wish.target)
    _check_room(world, session, wish, known)
    yield from _take_back_from(world, session, room, wish)


def _own_room(world: World, session: Session, wish: _Wish) -> tuple[Room, Membership]:
    room = world.find_room(wish.target)
    membership = session.user.rooms.get(room) if room is not None else None
    if room is None or membership is None:
        raise _invalid_target(wish.target)
    return room, membership


def _check_room(world: World, session: Session, wish: _Wish, known: _Known) -> None:
    room, membership = _own_room(world, session, wish)
    if membership.level < LEVELS["h"]:
        _check_own(world, room.name, wish, known)


def _take_back_from(world: World, session: Session, room: Room, wish: _Wish) -> Iterator[Effect]:
    redaction = _redaction(world, session.user, room.name, wish)
    omit = None if session.caps & ECHO_MESSAGE else session
    yield Deliver(room.audience, redaction, omit, need=MESSAGE_REDACTION)
    yield from of_redaction(world, world.fold(room.name), redaction, session)


# -- in private


def _in_private(world: World, session: Session, wish: _Wish) -> Iterator[Effect]:
    user = session.user
    name, account = correspondent(world, wish.target)
    if not name:
        raise _invalid_target(wish.target)
    other = world.find_user(name)
    if other is not None and other is not user and other.recent is not None:
        theirs = other.recent.find(wish.msgid)
        if theirs is not None and theirs.to is user:
            raise _forbidden(name, wish)
    said = user.recent.find(wish.msgid) if user.recent is not None else None
    if said is None and user.account and account:
        place = conversation(world, user.account, account)
        yield _ask(world, session, name, wish, place, _in_private_long_ago)
        return
    if said is None or said.to is not other:
        raise _unknown(name, wish)
    _check_own(world, name, wish, _Known(True, said.at))
    assert user.recent is not None
    user.recent.forget(said)
    yield from _take_back_between(world, session, name, account, wish)


def _in_private_long_ago(
    world: World, session: Session, wish: _Wish, place: Place, known: _Known
) -> Iterator[Effect]:
    name, account = correspondent(world, wish.target)
    own = session.user.account
    if not (own and account and conversation(world, own, account) == place):
        raise _invalid_target(wish.target)
    _check_own(world, name, wish, known)
    yield from _take_back_between(world, session, name, account, wish)


def _take_back_between(
    world: World, session: Session, name: str, account: str, wish: _Wish
) -> Iterator[Effect]:
    user, other = session.user, world.find_user(name)
    redaction = _redaction(world, user, name, wish)
    if other is not None:
        yield Deliver(other.sessions, redaction, need=MESSAGE_REDACTION, solicited=False)
    yield from to_own(session, redaction, MESSAGE_REDACTION, other)
    if user.account and account:
        place = conversation(world, user.account, account)
        yield from of_redaction(world, place, redaction, session)


# -- long ago

_GoOn = Callable[[World, Session, _Wish, Place, _Known], Iterator[Effect]]


def _ask(
    world: World, session: Session, name: str, wish: _Wish, place: Place, go_on: _GoOn
) -> Effect:
    """Have a message looked for in the history of a place, and go on when it is found."""
    if not (world.keeps_accounts and sequence_of(wish.msgid)):  # what keeps the one keeps the other
        raise _unknown(name, wish)

    def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
        if page is None:
            text = "This message could not be looked for, try again later"
            raise Refusal("UNKNOWN_MSGID", name, word(wish.msgid), text)
        said = next((each for each in page.kept if each.message.command in REDACTABLE), None)
        if said is None:
            raise _unknown(name, wish)
        author = world.fold(said.message.tags.get("account", ""))
        is_own = author != "" and author == world.fold(session.user.account)
        yield from go_on(world, session, wish, place, _Known(is_own, said.at))

    return ask(session, FindKept(place, wish.msgid), "REDACT", then)


def _redaction(world: World, user: User, target: str, wish: _Wish) -> Message:
    fitting = (fit_redaction(world, user, target, wish.msgid, text) for text in wish.reason)
    return from_user(user, "REDACT", target, wish.msgid, *fitting)


def _check_own(world: World, target: str, wish: _Wish, known: _Known) -> None:
    """Raise the refusal unless this is the user's own message, and of late."""
    if not known.is_own:
        raise _forbidden(target, wish)
    window = world.settings.limits.redact_seconds
    if world.now - known.at > window:
        text = "You can no longer take back this message"
        raise Refusal("REDACT_WINDOW_EXPIRED", target, wish.msgid, f"{window:g}", text)


def _invalid_target(target: str) -> Refusal:
    text = f"You cannot take back messages from {word(target)}"
    return Refusal("INVALID_TARGET", word(target), text)


def _unknown(target: str, wish: _Wish) -> Refusal:
    text = "This message does not exist or is too old"
    return Refusal("UNKNOWN_MSGID", target, word(wish.msgid), text)


def _forbidden(target: str, wish: _Wish) -> Refusal:
    text = "You may not take back this message"
    return Refusal("REDACT_FORBIDDEN", target, wish.msgid, text)
