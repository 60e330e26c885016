"""Talking: PRIVMSG, NOTICE, TAGMSG.

This is the hot path: what is done here is done for every message. Nothing is done per member.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import known_user, split_targets, word
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.replies import Refusal, granting, reply
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_TAGS
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import MAX_BODY, Message
from trio_chat.wire.numerics import (
    ERR_CANNOTSENDTOCHAN,
    ERR_INPUTTOOLONG,
    ERR_NORECIPIENT,
    ERR_NOSUCHCHANNEL,
    ERR_NOTEXTTOSEND,
    RPL_AWAY,
)

FRAMING = len(":   :\r\n")
"""Bytes of `:source COMMAND target :text` CR LF that are none of the four."""


def privmsg(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`PRIVMSG target,target :text` (Modern IRC, "PRIVMSG message")."""
    targets, text = _targets_and_text(world, message)
    if len(targets) == 1:
        yield from _relay(world, session, message, targets[0], text)
        return
    for target in targets:
        yield from granting(
            world, session, "PRIVMSG", _relay(world, session, message, target, text)
        )


def notice(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Like PRIVMSG, but never answered: two bots must not answer each other for ever."""
    try:
        targets, text = _targets_and_text(world, message)
    except Refusal:
        return
    for target in targets:
        try:
            yield from _relay(world, session, message, target, text)
        except Refusal:
            continue


def tagmsg(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """A message of client-only tags without text (IRCv3 message-tags, "TAGMSG")."""
    for target in _targets(world, message):
        yield from granting(world, session, "TAGMSG", _relay(world, session, message, target))


def _targets(world: World, message: Message) -> list[str]:
    target = message.params[0] if message.params else ""
    targets = [target] if target and "," not in target else split_targets(world, target)
    if not targets:
        raise Refusal(ERR_NORECIPIENT, f"No recipient given ({message.command})")
    return targets


def _targets_and_text(world: World, message: Message) -> tuple[list[str], str]:
    targets = _targets(world, message)
    if len(message.params) < 2 or not message.params[1]:
        raise Refusal(ERR_NOTEXTTOSEND, "No text to send")
    return targets, message.params[1]


def _relay(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    """Hand the message on to one target, a room or a user."""
    if looks_like_room(target):
        yield from _to_room(world, session, message, target, *text)
    else:
        yield from _to_user(world, session, message, target, *text)


def _to_room(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    room = world.find_room(target)
    if room is None:
        raise Refusal(ERR_NOSUCHCHANNEL, word(target), "No such room")
    user = session.user
    _check_speech(room, session)
    relayed = _relayed(world, session, message, room.name, *text)
    user.active = world.now
    echo = session.caps & ECHO_MESSAGE
    yield Deliver(room.audience, relayed, None if echo else session, need=_need(message))
    if echo and room not in user.rooms:  # spoken from outside a room without +n
        yield Deliver((session,), relayed, need=_need(message))
    if text and room.is_public:
        deed = Deed.NOTICED if message.command == "NOTICE" else Deed.SAID
        yield Report(deed, user.nick, room.name, text[0])


def _check_speech(room: Room, session: Session) -> None:
    user = session.user
    membership = user.rooms.get(room)
    if membership is not None and membership.may_speak:
        return
    if membership is None and room.has("n"):
        text = "Cannot send to room (+n), you are not in it"
    elif room.has("m"):
        text = "Cannot send to room (+m), it is moderated"
    elif room.bans and room.is_banned(user):
        text = "Cannot send to room (+b), you are banned"
    else:
        return
    raise Refusal(ERR_CANNOTSENDTOCHAN, room.name, text)


def _to_user(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    other = known_user(world, target)
    relayed = _relayed(world, session, message, other.nick, *text)
    session.user.active = world.now
    need = _need(message)
    # To oneself the message comes twice, as sent and as received; only the echo is an answer.
    yield Deliver(other.sessions, relayed, need=need, solicited=False)
    if session.caps & ECHO_MESSAGE:
        yield Deliver((session,), relayed, need=need)
    if other.away and message.command == "PRIVMSG":
        yield reply(world, session, RPL_AWAY, other.nick, other.away)


def _need(message: Message) -> int:
    # message-tags: TAGMSG goes only to clients that negotiated tags.
    return MESSAGE_TAGS if message.command == "TAGMSG" else 0


def _relayed(world: World, session: Session, message: Message, target: str, *text: str) -> Message:
    """The message as the others get it, with its id; refused if it would not fit their line.

    Cutting it would lose what its sender believes was said, so it is refused instead.
    """
    source = session.user.source
    size = FRAMING + len(source) + len(message.command)
    for part in (target, *text):
        size += len(part) if part.isascii() else len(part.encode())
    if size > MAX_BODY:
        raise Refusal(ERR_INPUTTOOLONG, "Input line was too long to be relayed")
    tags = {"msgid": world.new_id()}
    if message.tags:
        tags |= {key: value for key, value in message.tags.items() if key[0] == "+"}
    return Message(message.command, (target, *text), source, tags)
