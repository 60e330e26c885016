"""BATCH from clients: one message of several lines (IRCv3 client-batch, multiline).

Laws:

* Nothing of a batch is said before all of it is there and sound; a batch that went wrong is told
  of once, and what else comes of it is ignored.
* A label on the opening of a batch is a label on the whole: its answer comes with the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trio_chat.core.commands.accept import admits
from trio_chat.core.commands.lookup import known_user, word
from trio_chat.core.commands.messages import check_length, client_tags
from trio_chat.core.commands.room_speech import allowed, find_audience, means_room
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.history import of_conversation, of_room
from trio_chat.core.labels import gather, label_of
from trio_chat.core.recent import remember
from trio_chat.core.replies import Refusal, granting, reply
from trio_chat.core.several_lines import CONCAT, KIND, Line, as_batch, line_by_line, to_text
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, World
from trio_chat.wire.caps import ECHO_MESSAGE
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_INPUTTOOLONG, ERR_NEEDMOREPARAMS, RPL_AWAY

# batch, "The BATCH verb": "MUST contain only ASCII letters, numbers, and/or hyphen"
_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclass(slots=True, eq=False)
class ClientBatch:
    """A batch a client has opened: what has come of it so far."""

    reference: str
    target: str
    tags: Mapping[str, str]
    """The client-only tags of the whole message."""
    label: str
    opened: float
    """The uptime."""
    command: str = ""
    lines: list[Line] = field(default_factory=list)
    size: int = 0
    """Bytes of the combined message value."""
    failed: bool = False
    """Whether it has gone wrong, and its client was told."""
    spoiled: bool = False
    """Whether something was no line at all and may have belonged to it."""


def invalid(text: str) -> Refusal:
    return Refusal("MULTILINE_INVALID", text)


def batch(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`BATCH +reference draft/multiline target` opens, `BATCH -reference` closes."""
    sign, reference = message.params[0][:1], message.params[0][1:]
    if sign not in ("+", "-") or _REFERENCE.fullmatch(reference) is None:
        wrong = message.params[0].removeprefix("+")
        raise Refusal("INVALID_REFTAG", word(wrong), "Not a reference of a batch")
    if sign == "+":
        _open(world, session, reference, message)
        return
    opened = session.batch
    if opened is None or opened.reference != reference:
        raise Refusal("INVALID_REFTAG", reference, "No such batch is open")
    session.batch = None
    if not opened.failed:
        yield from _answer(world, session, opened, _close(world, session, opened))


def _answer(
    world: World, session: Session, opened: ClientBatch, effects: Iterable[Effect]
) -> Iterable[Effect]:
    effects = granting(world, session, "BATCH", effects)
    return gather(world, session, opened.label, effects) if opened.label else effects


def _open(world: World, session: Session, reference: str, message: Message) -> None:
    if len(message.params) < 2:
        raise Refusal(ERR_NEEDMOREPARAMS, "BATCH", "Not enough parameters")
    kind = message.params[1]
    if kind != KIND or not session.takes_multiline:
        if session.batch is None or session.batch.failed:  # what comes of this one is ignored
            session.batch = ClientBatch(reference, "", {}, "", world.uptime, failed=True)
        raise Refusal("UNKNOWN_TYPE", reference, word(kind), "No such type of batch is taken")
    if session.batch is not None and not session.batch.failed:
        session.batch = None
        raise invalid("A batch was opened before the one before it was closed")
    if len(message.params) < 3 or not message.params[2]:
        raise invalid("A multiline batch has a target")
    session.batch = ClientBatch(
        reference,
        message.params[2],
        client_tags(message.tags),
        label_of(session, message.tags),
        world.uptime,
    )


# -- lines


def collect(world: World, session: Session, message: Message) -> Iterable[Effect]:
    """Take in a line with a `batch` tag; the message comes out when the batch is closed."""
    opened = session.batch
    reference = message.tags["batch"]
    if opened is None or opened.reference != reference:
        return granting(world, session, "BATCH", _refuse_stray(reference))
    if opened.failed:
        return ()
    return _answer(world, session, opened, _take(world, opened, message))


def _refuse_stray(reference: str) -> Iterator[Effect]:
    yield from ()
    raise Refusal("INVALID_REFTAG", word(reference), "No such batch is open")


def _take(world: World, opened: ClientBatch, message: Message) -> Iterator[Effect]:
    opened.failed = True  # until it is found to be sound
    limits = world.settings.limits
    if world.uptime - opened.opened > limits.batch_seconds:
        raise Refusal("TIMEOUT", opened.reference, "The batch was left open for too long")
    if message.command not in ("PRIVMSG", "NOTICE") or len(message.params) != 2:
        raise invalid("A multiline batch is made of PRIVMSG or NOTICE, each with a text")
    if opened.command not in ("", message.command):
        raise invalid("A multiline batch is made of PRIVMSG or of NOTICE, not of both")
    target, text = message.params
    if world.fold(target) != world.fold(opened.target):
        wrong = (word(opened.target), word(target))
        raise Refusal("MULTILINE_INVALID_TARGET", *wrong, "The target is not that of the batch")
    joined = CONCAT in message.tags
    if joined and not text:
        raise invalid("A blank line cannot be joined to the one before it")
    opened.command = message.command
    opened.size += len(text.encode()) + (1 if opened.lines and not joined else 0)
    if opened.size > limits.multiline_bytes:
        most = str(limits.multiline_bytes)
        raise Refusal("MULTILINE_MAX_BYTES", most, "The message is too long")
    if len(opened.lines) >= limits.multiline_lines:
        most = str(limits.multiline_lines)
        raise Refusal("MULTILINE_MAX_LINES", most, "The message has too many lines")
    opened.lines.append(Line(text, joined))
    opened.failed = False
    yield from ()


# -- the whole message


def _close(world: World, session: Session, opened: ClientBatch) -> Iterator[Effect]:
    if opened.spoiled:
        raise invalid("One of the lines could not be read")
    if not any(line.text for line in opened.lines):
        raise invalid("There is nothing but blank lines in it")
    # Like the commands it stands for: a NOTICE is never answered, unless it is too long.
    effects = _say(world, session, opened)
    if opened.command != "NOTICE":
        yield from effects
        return
    try:
        yield from effects
    except Refusal as refusal:
        if refusal.code == ERR_INPUTTOOLONG:
            raise


def _say(world: World, session: Session, opened: ClientBatch) -> Iterator[Effect]:
    if means_room(opened.target):
        yield from _to_room(world, session, opened)
    else:
        yield from _to_user(world, session, opened)


def _to_room(world: World, session: Session, opened: ClientBatch) -> Iterator[Effect]:
    room, target, level = find_audience(world, opened.target)
    user = session.user
    texts = iter(allowed(room, user, opened.command, *(x.text for x in opened.lines if x.text)))
    lines = [Line(next(texts) if line.text else "", line.joined) for line in opened.lines]
    for line in lines:
        check_length(user, opened.command, target, line.text)
    msgid, whole, single = _forms(world, session, opened, target, lines)
    user.active = world.now
    if not level:  # what only some have seen cannot be taken back, see `messages`
        size = world.settings.limits.recent_messages
        remember(room, msgid, opened.command, user, world.now, size)
    audience = room.audience_from(level) if level else room.audience
    if session not in audience:
        audience = (*audience, *user.sessions)
    if not session.caps & ECHO_MESSAGE:
        audience = tuple(each for each in audience if each is not session)
    yield from _deliver(audience, whole, single)
    if not level:
        kept = of_room(world, room, _in_one(whole[0], opened.command, target, lines), session)
        if kept is not None:
            yield kept
    if not level and room.is_public:
        deed = Deed.NOTICED if opened.command == "NOTICE" else Deed.SAID
        for line in lines:
            if line.text:
                yield Report(deed, user.nick, room.name, line.text)


def _to_user(world: World, session: Session, opened: ClientBatch) -> Iterator[Effect]:
    other = known_user(world, opened.target)
    user = session.user
    for line in opened.lines:
        check_length(user, opened.command, other.nick, line.text)
    if not (yield from admits(world, session, other, opened.command)):
        return
    msgid, whole, single = _forms(world, session, opened, other.nick, opened.lines)
    user.active = world.now
    size = world.settings.limits.recent_messages
    remember(user, msgid, opened.command, user, world.now, size, other)
    yield from _deliver(other.sessions, whole, single, solicited=False)
    if session.caps & ECHO_MESSAGE:
        yield from _deliver((session,), whole, single)
    if other is not user:
        yield from _deliver(session.siblings, whole, single)
    said = _in_one(whole[0], opened.command, other.nick, opened.lines)
    kept = of_conversation(world, user, other, said, session)
    if kept is not None:
        yield kept
    if other.away and opened.command == "PRIVMSG":
        yield reply(world, session, RPL_AWAY, other.nick, other.away)


def _forms(
    world: World, session: Session, opened: ClientBatch, target: str, lines: list[Line]
) -> tuple[str, list[Message], list[Message]]:
    """The id of the message, the message as a batch, and as single lines."""
    msgid = world.new_id()
    tags = {"msgid": msgid, **opened.tags}
    head = from_user(session.user, opened.command, target, tags=tags)
    its = (head.command, target, head.source, lines, head.tags)
    return msgid, list(as_batch(world, *its)), list(line_by_line(*its))


def _in_one(opening: Message, command: str, target: str, lines: list[Line]) -> Message:
    """The message as history has it."""
    return Message(command, (target, to_text(lines)), opening.source, opening.tags)


def _deliver(
    audience: tuple[Session, ...],
    whole: list[Message],
    single: list[Message],
    solicited: bool = True,
) -> Iterator[Effect]:
    takers = tuple(session for session in audience if session.takes_multiline)
    others = tuple(session for session in audience if not session.takes_multiline)
    for some, messages in ((takers, whole), (others, single)):
        if some:
            for message in messages:
                yield Deliver(some, message, solicited=solicited)
