"""Talking: PRIVMSG, NOTICE, TAGMSG.

This is the hot path: what is done here is done for every message. Nothing is done per member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trio_chat.core.commands.accept import admits
from trio_chat.core.commands.lookup import split_targets, word
from trio_chat.core.commands.masses import to_masses
from trio_chat.core.commands.room_speech import allowed, find_audience, means_room
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.history import of_conversation, of_room
from trio_chat.core.recent import remember
from trio_chat.core.replies import Refusal, granting, refusal_message, reply
from trio_chat.core.services import find_service
from trio_chat.core.speech import from_user, to_own
from trio_chat.core.state import Session, User, World
from trio_chat.wire.caps import ECHO_MESSAGE, MESSAGE_TAGS
from trio_chat.wire.message import MAX_BODY, Message
from trio_chat.wire.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NORECIPIENT,
    ERR_NOSUCHNICK,
    ERR_NOTEXTTOSEND,
    ERR_TOOMANYTARGETS,
    RPL_AWAY,
)

FRAMING = len(":   :\r\n")
"""Bytes of `:source COMMAND target :text` CR LF that are none of the four."""


FLEETING = ("+typing", "+draft/typing")
"""Client-only tags that say something of the moment alone (client-tags/typing)."""


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
    """Like PRIVMSG, but never answered: two bots must not answer each other for ever.

    But nothing is lost in silence that its sender could not know to be too long.
    """
    try:
        targets, text = _targets_and_text(world, message)
    except Refusal:
        return
    for target in targets:
        try:
            yield from _relay(world, session, message, target, text)
        except Refusal as refusal:
            if refusal.code == ERR_INPUTTOOLONG:
                yield refusal_message(world, session, refusal, "NOTICE")


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
    if means_room(target):
        yield from _to_room(world, session, message, target, *text)
    elif target[0] == "$":
        relayed = _relayed(world, session, message, target, *text)
        yield from to_masses(world, session, target, relayed)
    else:
        yield from _to_user(world, session, message, target, *text)


def _to_room(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    room, target, level = find_audience(world, target)
    user = session.user
    text = allowed(room, user, message.command, *text)
    relayed = _relayed(world, session, message, target, *text)
    user.active = world.now
    echo = session.caps & ECHO_MESSAGE
    need = _need(message)
    if level:
        audience = room.audience_from(level)
    else:
        audience = room.audience
        # What only some have seen cannot be taken back: REDACT would tell the others of it.
        size = world.settings.limits.recent_messages
        remember(room, relayed.tags["msgid"], message.command, user, world.now, size)
    yield Deliver(audience, relayed, None if echo else session, need=need)
    if not level and _is_lasting(relayed):
        kept = of_room(world, room, relayed, session)
        if kept is not None:
            yield kept
    if (level or room not in user.rooms) and session not in audience:
        # Spoken from outside a room without +n, or to those of a rank one has not.
        yield from to_own(session, relayed, need)
    if text and not level and room.is_public:
        deed = Deed.NOTICED if message.command == "NOTICE" else Deed.SAID
        yield Report(deed, user.nick, room.name, text[0])


def _to_user(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    other = world.find_user(target)
    if other is None:
        yield from _to_service(world, session, message, target, *text)
        return
    user = session.user
    # Most users have neither +g nor +R, and need not pay for those who have.
    if other.modes or user.modes:
        reaches = yield from admits(world, session, other, message.command)
        if not reaches:
            return
    relayed = _relayed(world, session, message, other.nick, *text)
    user.active = world.now
    size = world.settings.limits.recent_messages
    remember(user, relayed.tags["msgid"], message.command, user, world.now, size, other)
    need = _need(message)
    # To oneself the message comes twice, as sent and as received; only the echo is an answer.
    yield Deliver(other.sessions, relayed, need=need, solicited=False)
    if session.caps & ECHO_MESSAGE or len(user.sessions) > 1:
        yield from to_own(session, relayed, need, other)
    if user.account and other.account and _is_lasting(relayed):
        kept = of_conversation(world, user, other, relayed, session)
        if kept is not None:
            yield kept
    if other.away and message.command == "PRIVMSG":
        yield reply(world, session, RPL_AWAY, other.nick, other.away)


def _to_service(
    world: World, session: Session, message: Message, target: str, *text: str
) -> Iterator[Effect]:
    """A message to nobody, unless the target is a service. It is told of in no other place."""
    service = find_service(world, target)
    if service is None:
        raise Refusal(ERR_NOSUCHNICK, word(target), "No such nick")
    if "," in message.params[0]:
        # A service may have to ask, and a session waits for one answer at a time.
        raise Refusal(ERR_TOOMANYTARGETS, service.nick, "Write to a service by itself")
    if session.caps & ECHO_MESSAGE:
        relayed = _relayed(world, session, message, service.nick, *text)
        yield Deliver((session,), relayed, need=_need(message))
    if text and message.command == "PRIVMSG":  # a notice is never answered
        yield from service.hear(world, session, text[0])


def _is_lasting(message: Message) -> bool:
    """Whether anybody will want to know of it later: of all but that somebody was typing."""
    return message.command != "TAGMSG" or any(
        key[0] == "+" and key not in FLEETING for key in message.tags
    )


def _need(message: Message) -> int:
    # message-tags: TAGMSG goes only to clients that negotiated tags.
    return MESSAGE_TAGS if message.command == "TAGMSG" else 0


def _relayed(world: World, session: Session, message: Message, target: str, *text: str) -> Message:
    """The message as the others get it, with its id; refused if it would not fit their line."""
    check_length(session.user, message.command, target, *text)
    tags = {"msgid": world.new_id()}
    if message.tags:
        tags |= client_tags(message.tags)
    return from_user(session.user, message.command, target, *text, tags=tags)


def check_length(user: User, command: str, target: str, *text: str) -> None:
    """Refuse what would not fit the others' line.

    Cutting it would lose what its sender believes was said, so it is refused instead.
    """
    size = FRAMING + len(user.source) + len(command)
    for part in (target, *text):
        size += len(part) if part.isascii() else len(part.encode())
    if size > MAX_BODY:
        raise Refusal(ERR_INPUTTOOLONG, "Input line was too long to be relayed")


def client_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of a client's tags that go with its message (message-tags, "Client-only tags")."""
    return {key: value for key, value in tags.items() if key[0] == "+"}
