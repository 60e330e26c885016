"""The chat's one transition: `step(world, event)` changes the world and returns what is to be done.

Laws:

* The hub alone calls `step`, one event at a time; it awaits nothing and cannot be interrupted.
* Preconditions of a command (known, registered, enough parameters) are checked here, once, from
  the command table.
* A user's mistake costs that user a reply and nobody anything. A bug raises `Broken` with the
  effects so far, and the caller closes that one session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from trio_chat.core.commands import TABLE
from trio_chat.core.departure import drop, drop_all
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.events import Closed, Event, Opened, Received, Stopped, Ticked
from trio_chat.core.replies import Refusal, from_server, refusal_message
from trio_chat.core.state import Session, World
from trio_chat.wire.grammar import host_literal
from trio_chat.wire.message import Fault, Malformed, Message
from trio_chat.wire.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
    ERR_UNKNOWNERROR,
)

LABEL_BYTES = 64
"""The longest label (labeled-response, "Tag value")."""


class Broken(Exception):
    """A command has failed through no fault of its user; `effects` came about before."""

    def __init__(self, effects: list[Effect]) -> None:
        super().__init__("a command failed")
        self.effects = effects


def step(world: World, event: Event) -> list[Effect]:
    """Let an event happen; what it changed for others comes back as effects, in order.

    Raises `Broken` from the exception of a handler that failed; the world is as far as it came.
    """
    world.now = max(world.now, event.at)
    effects: list[Effect] = []
    try:
        # One by one, so that what came about before a crash is not lost with it.
        for effect in _effects_of(world, event):
            effects.append(effect)
    except Exception as error:
        raise Broken(effects) from error
    return effects


def _effects_of(world: World, event: Event) -> Iterable[Effect]:
    match event:
        case Received():
            return _received(world, event)
        case Opened():
            session = world.add_session(event.session, host_literal(event.address))
            limits = world.settings.limits
            first_look = min(limits.registration_seconds, limits.ping_after_seconds)
            world.watch(session, world.uptime + first_look)
            return ()
        case Closed():
            gone = world.sessions.get(event.session)
            return drop(world, gone, event.reason) if gone is not None else ()
        case Ticked():
            world.uptime = event.uptime
            return _look_after_due(world)
        case Stopped():
            return drop_all(world, event.reason)
        case _:
            assert_never(event)


# -- lines


def _received(world: World, event: Received) -> Iterable[Effect]:
    session = world.sessions.get(event.session)
    if session is None:  # it was closed while this line was under way
        return ()
    session.heard = world.uptime
    message = event.message
    if isinstance(message, Malformed):
        return (refusal_message(world, session, _refuse_line(message), message.command),)
    if "label" in message.tags and session.takes_labels:
        return _labelled(world, session, message)
    return _obey(world, session, message)


def _refuse_line(line: Malformed) -> Refusal:
    match line.fault:
        case Fault.TOO_LONG:
            return Refusal(ERR_INPUTTOOLONG, "Input line was too long")
        case Fault.INVALID_UTF8:
            text = "Message rejected, this server speaks UTF-8 only"
            return Refusal("INVALID_UTF8", text)
        case Fault.FORBIDDEN_BYTE:
            text = "Message rejected, it has a NUL or a bare CR in it"
            return Refusal(ERR_UNKNOWNERROR, line.command or "*", text)
        case Fault.NO_COMMAND:
            return Refusal(ERR_UNKNOWNERROR, "*", "Message rejected, it has no command")


def _obey(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """The effects of one command, with a refusal turned into its reply."""
    try:
        command = TABLE.get(message.command)
        if command is None:
            if not session.registered:
                raise Refusal(ERR_NOTREGISTERED, "You have not registered")
            raise Refusal(ERR_UNKNOWNCOMMAND, _quotable(message.command), "Unknown command")
        if command.registered and not session.registered:
            raise Refusal(ERR_NOTREGISTERED, "You have not registered")
        if len(message.params) < command.params:
            raise Refusal(ERR_NEEDMOREPARAMS, message.command, "Not enough parameters")
        yield from command.run(world, session, message)
    except Refusal as refusal:
        yield refusal_message(world, session, refusal, message.command)


def _quotable(word: str) -> str:
    """A user's word as a middle parameter of a reply."""
    return word[:64] if word and word[0] != ":" and " " not in word else "*"


# -- labels


def _labelled(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """The effects of a labelled command, its answer to the session labelled as one."""
    label = message.tags["label"]
    if not label or len(label.encode()) > LABEL_BYTES:
        yield from _obey(world, session, message)
        return
    answers: list[Message] = []
    others: list[Effect] = []
    try:
        for effect in _obey(world, session, message):
            if not isinstance(effect, Deliver) or not _answers(effect, session):
                others.append(effect)
                continue
            answers.append(effect.message)
            if len(effect.audience) > 1:
                others.append(replace(effect, omit=session))
    except Exception:
        # The others must hear what came about before the failure. No answer is made of it: an ACK
        # would say that all went well.
        yield from others
        raise
    yield from _label(world, session, label, answers)
    yield from others


def _answers(effect: Deliver, session: Session) -> bool:
    """Whether this message is, for this session, the answer to what it sent."""
    return effect.solicited and session in effect.audience and effect.reaches(session)


def _label(world: World, session: Session, label: str, answers: list[Message]) -> list[Effect]:
    """These answers as one logical response (labeled-response, "Tags")."""
    tagged: Iterable[Message]
    if not answers:
        ack = Message("ACK", (), world.settings.server_name, {"label": label})
        return [Deliver((session,), ack)]
    if len(answers) == 1:
        tagged = (_with_tag(answers[0], "label", label),)
    else:
        name = world.settings.server_name
        batch = world.new_id()
        tagged = (
            Message("BATCH", (f"+{batch}", "labeled-response"), name, {"label": label}),
            *(_with_tag(answer, "batch", batch) for answer in answers),
            Message("BATCH", (f"-{batch}",), name),
        )
    return [Deliver((session,), answer) for answer in tagged]


def _with_tag(message: Message, key: str, value: str) -> Message:
    return replace(message, tags={key: value, **message.tags})


# -- time


def _look_after_due(world: World) -> Iterator[Effect]:
    while (session := world.take_due()) is not None:
        yield from _look_after(world, session)


def _look_after(world: World, session: Session) -> Iterator[Effect]:
    """Close a session that has not registered or answered in time; send a PING to a silent one."""
    limits = world.settings.limits
    uptime = world.uptime
    if not session.registered:
        due = session.opened + limits.registration_seconds
        if uptime < due:  # once registered it is to be pinged in time, so not only then
            world.watch(session, min(due, uptime + limits.ping_after_seconds))
        else:
            yield from drop(world, session, "Registration timed out")
        return
    due = session.heard + limits.ping_after_seconds
    if uptime < due:  # by the very sum that is watched: another would round, and loop for ever
        world.watch(session, due)
    elif session.pinged <= session.heard:
        session.pinged = uptime
        yield from_server(world, session, "PING", world.settings.server_name)
        world.watch(session, uptime + limits.ping_timeout_seconds)
    else:
        silent = int(uptime - session.heard)
        yield from drop(world, session, f"Ping timeout: {silent} seconds")
