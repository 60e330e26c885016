"""EDIT: give a message of one's own another text (IRCv3 message-edit).

Laws:

* An edited message stays the one it was: its id, its time, its place among the others. The text
  that was is gone, from the history too.
* What may not be said may not be made of something that was: the new text is looked at like one
  that is said now.
* Everybody is told: who does not know EDIT reads the new text after a star, as people have always
  corrected themselves, in answer to what it corrects.

The proposal is pull request 425 of the specifications. It says the message and its new text in
tags; here both may stand in parameters too, as REDACT has come to have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from trio_chat.core.commands.accept import admits
from trio_chat.core.commands.earlier import (
    Earlier,
    Other,
    Wish,
    check_own,
    find_in_private,
    find_in_room,
    place_of,
)
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.messages import check_length
from trio_chat.core.commands.room_speech import allowed
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.history import EDIT_TEXT, TARGET_MSGID, of_amendment
from trio_chat.core.playback import SPOKEN
from trio_chat.core.replies import Refusal
from trio_chat.core.speech import from_user, to_own
from trio_chat.core.state import Room, Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_EDIT, MESSAGE_TAGS
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_NEEDMOREPARAMS

_ACTION = "\x01ACTION "

CORRECTION = "* "
"""What stands before a text that corrects another."""


def edit(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`EDIT target msgid :text`, or `EDIT target` with the two in tags."""
    target, *params = message.params
    told = [message.tags[key] for key in (TARGET_MSGID, EDIT_TEXT) if key in message.tags]
    if len(told) < 2:
        told = params
    if len(told) < 2:
        raise Refusal(ERR_NEEDMOREPARAMS, "EDIT", "Not enough parameters")
    msgid, text = told[:2]
    wish = Wish("EDIT", target, msgid)
    _check_text(wish, text)
    if looks_like_room(target):
        yield from find_in_room(world, session, wish, partial(_in_room, text))
    else:
        yield from find_in_private(world, session, wish, partial(_in_private, text))


def _check_text(wish: Wish, text: str) -> None:
    if not text or "\n" in text or "\r" in text or "\0" in text:
        raise _invalid(wish, "The new text of a message is one line")
    if text[0] == "\x01" and not text.startswith(_ACTION):
        raise _invalid(wish, "A message cannot be made a request of a client")


def _invalid(wish: Wish, text: str) -> Refusal:
    return Refusal("INVALID_EDIT", word(wish.target), word(wish.msgid), text)


def _in_room(
    text: str, world: World, session: Session, wish: Wish, room: Room, earlier: Earlier
) -> Iterator[Effect]:
    user = session.user
    _check_earlier(world, wish, room.name, earlier)
    (text,) = allowed(room, user, earlier.command, text)
    edited = _Edited.of(world, user, room.name, wish, earlier, text)
    user.active = world.now
    omit = None if session.caps & ECHO_MESSAGE else session
    for message, need, lack in edited.forms():
        yield Deliver(room.audience, message, omit, need=need, lack=lack)
    yield from of_amendment(world, world.fold(room.name), edited.edit, session)
    if room.is_public:
        deed = Deed.NOTICED if earlier.command == "NOTICE" else Deed.SAID
        yield Report(deed, user.nick, room.name, edited.correction.params[1])


def _in_private(
    text: str, world: World, session: Session, wish: Wish, other: Other, earlier: Earlier
) -> Iterator[Effect]:
    user, there = session.user, world.find_user(other.name)
    _check_earlier(world, wish, other.name, earlier)
    edited = _Edited.of(world, user, other.name, wish, earlier, text)
    if there is not None and not (yield from admits(world, session, there, earlier.command)):
        return
    user.active = world.now
    for message, need, lack in edited.forms():
        if there is not None:
            yield Deliver(there.sessions, message, need=need, lack=lack, solicited=False)
        yield from to_own(session, message, need, there, lack)
    place = place_of(world, user, other, earlier)
    if place is not None:
        yield from of_amendment(world, place, edited.edit, session)


def _check_earlier(world: World, wish: Wish, name: str, earlier: Earlier) -> None:
    check_own(world, wish, name, earlier, world.settings.limits.edit_seconds)
    if earlier.command not in SPOKEN:
        raise _invalid(wish, "This message has no text")


class _Edited(NamedTuple):
    """A message with its new text, in the two forms in which people are told of it."""

    edit: Message
    correction: Message

    @classmethod
    def of(
        cls, world: World, user: User, name: str, wish: Wish, earlier: Earlier, text: str
    ) -> _Edited:
        """Raises the refusal of a text that would not fit everyone's line."""
        shown = CORRECTION + text
        if text.startswith(_ACTION):
            shown = _ACTION + CORRECTION + text.removeprefix(_ACTION)
        check_length(user, earlier.command, name, shown)
        msgid = world.new_id()
        tags = {"msgid": msgid, TARGET_MSGID: wish.msgid, EDIT_TEXT: text}
        edit = from_user(user, "EDIT", name, tags=tags)
        tags = {"msgid": msgid, "+draft/reply": wish.msgid}
        return cls(edit, from_user(user, earlier.command, name, shown, tags=tags))

    def forms(self) -> tuple[tuple[Message, int, int], ...]:
        """Each form, with the capabilities that those who get it have, and have not."""
        return (
            (self.edit, MESSAGE_EDIT | MESSAGE_TAGS, 0),
            (self.correction, 0, MESSAGE_EDIT),
            (self.correction, MESSAGE_EDIT, MESSAGE_TAGS),
        )
