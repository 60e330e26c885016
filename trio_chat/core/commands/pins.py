"""PIN, UNPIN, PINS: messages of a room that whoever comes is to see.

Laws:

* Pins are part of a room's history: they are of messages that are kept, go with them, follow the
  room to another name and end when its history does.
* Whoever takes pins (`trio-chat/pins`) is told PIN and UNPIN; all others read in a notice what was
  pinned, and are not bothered when it is no longer.

No specification has this yet, so the capability and the type of the batch are our own.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.asking import ask
from trio_chat.core.batches import batch_of
from trio_chat.core.commands.lookup import own_membership, ruled_room, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import fit_said
from trio_chat.core.history import Kept, Pins, ReadPins, of_amendment, sequence_of, with_id
from trio_chat.core.playback import SPOKEN, forms
from trio_chat.core.replies import Refusal
from trio_chat.core.several_lines import to_lines
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

RANK = "h"
"""Who may pin, and take pins away: half-operators, and all above them."""

_ACTION = "\x01ACTION "


def pin(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`PIN #room msgid`."""
    name, msgid = message.params[:2]
    room = ruled_room(world, session, name, RANK)
    if not world.keeps_history or room.is_off_record:
        raise Refusal("NOTHING_KEPT", room.name, "Nothing is kept of this room to be pinned")
    if not sequence_of(msgid):
        raise _unknown(room, msgid)

    def then(world: World, session: Session, pins: Pins | None) -> Iterator[Effect]:
        room = ruled_room(world, session, name, RANK)
        its = _known(room, pins)
        if its.found is None or its.found.message.command not in SPOKEN:
            raise _unknown(room, msgid)
        if its.has(msgid):
            raise Refusal("ALREADY_PINNED", room.name, msgid, "This message is pinned already")
        # Two who pin at the same moment may both have found room for one.
        most = world.settings.limits.pins_per_room
        if len(its.pinned) >= most:
            text = "No more messages can be pinned in this room"
            raise Refusal("TOO_MANY_PINS", room.name, msgid, str(most), text)
        yield from _tell(world, session, room, "PIN", msgid, its.found)

    yield ask(session, ReadPins(world.fold(room.name), msgid), "PIN", then)


def unpin(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`UNPIN #room msgid`."""
    name, msgid = message.params[:2]
    room = ruled_room(world, session, name, RANK)
    if not (world.keeps_accounts and sequence_of(msgid)):  # what keeps the one keeps the other
        raise _not_pinned(room, msgid)

    def then(world: World, session: Session, pins: Pins | None) -> Iterator[Effect]:
        room = ruled_room(world, session, name, RANK)
        if not _known(room, pins).has(msgid):
            raise _not_pinned(room, msgid)
        yield from _tell(world, session, room, "UNPIN", msgid, None)

    yield ask(session, ReadPins(world.fold(room.name)), "UNPIN", then)


def pins(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`PINS #room`: the messages themselves, as a batch; as notices to those who take no pins."""
    name = message.params[0]
    room, _ = own_membership(world, session, name)
    if not world.keeps_accounts:  # what keeps the one keeps the other
        yield from _show(world, session, room, ())
        return

    def then(world: World, session: Session, pins: Pins | None) -> Iterator[Effect]:
        room, _ = own_membership(world, session, name)
        yield from _show(world, session, room, _known(room, pins).pinned)

    yield ask(session, ReadPins(world.fold(room.name)), "PINS", then)


def _show(world: World, session: Session, room: Room, pinned: tuple[Kept, ...]) -> Iterator[Effect]:
    if session.caps & caps.PINS:
        messages = forms(world, session, pinned)
        yield from batch_of(world, session, "trio-chat/pins", room.name, messages=messages)
        return
    for each in pinned:
        yield _notice(world, session, f"[{format_time(each.at)}] {_quoted(each)} ({_id(each)})")
    yield _notice(world, session, f"That is all that is pinned in {room.name}")


# -- telling


def _tell(
    world: World, session: Session, room: Room, command: str, msgid: str, found: Kept | None
) -> Iterator[Effect]:
    """Tell all in a room of a pin, with the message that is pinned now, and have it kept."""
    told = from_user(session.user, command, room.name, msgid)
    audience = room.audience
    if session not in audience:  # a server operator
        audience = (*audience, session)
    yield Deliver(audience, told, need=caps.PINS)
    nick = session.user.nick
    if found is not None:
        text = fit_said(world, room.name, f"{nick} has pinned {_quoted(found)}")
        tags = {"+draft/reply": msgid}
        said = Message("NOTICE", (room.name, text), world.settings.server_name, tags)
        yield Deliver(audience, said, lack=caps.PINS)
    elif not session.caps & caps.PINS:
        yield _notice(world, session, f"The message is no longer pinned in {room.name}")
    yield from of_amendment(world, world.fold(room.name), with_id(world, told), session)


def _quoted(kept: Kept) -> str:
    """A message in one line: the first that is not blank, if it has several."""
    message = kept.message
    # What was brought in from elsewhere may have no text at all.
    text = next((line.text for line in to_lines(message.params[1]) if line.text), "")
    if text.startswith(_ACTION):
        return f"* {message.nick} {text.removeprefix(_ACTION).rstrip(chr(1))}"
    return f"<{message.nick}> {text}"


def _id(kept: Kept) -> str:
    return kept.message.tags["msgid"]


def _notice(world: World, session: Session, text: str) -> Effect:
    nick = session.user.nick
    said = Message("NOTICE", (nick, fit_said(world, nick, text)), world.settings.server_name)
    return Deliver((session,), said)


# -- what is wrong


def _known(room: Room, pins: Pins | None) -> Pins:
    if pins is None:
        text = "What is pinned here could not be read, try again later"
        raise Refusal("INTERNAL_ERROR", room.name, text)
    return pins


def _unknown(room: Room, msgid: str) -> Refusal:
    text = "This message is not in the history of the room"
    return Refusal("UNKNOWN_MSGID", room.name, word(msgid), text)


def _not_pinned(room: Room, msgid: str) -> Refusal:
    return Refusal("NOT_PINNED", room.name, word(msgid), "This message is not pinned here")
