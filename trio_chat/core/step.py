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
from typing import assert_never

from trio_chat.core.asking import WAITING_LINES, Asked
from trio_chat.core.commands import TABLE
from trio_chat.core.commands.bans import forget_expired, look_at_address
from trio_chat.core.commands.control import reconfigure
from trio_chat.core.commands.lookup import word
from trio_chat.core.commands.multiline import collect
from trio_chat.core.departure import drop, drop_all
from trio_chat.core.effects import Deliver, Effect, Separate
from trio_chat.core.events import (
    AccountsChanged,
    Answered,
    Closed,
    Event,
    Framed,
    KeepingChanged,
    NotKept,
    Opened,
    Received,
    Reread,
    Restored,
    Secured,
    Stopped,
    Ticked,
)
from trio_chat.core.history import Page
from trio_chat.core.keeping import tell_keeping_changed, tell_not_kept
from trio_chat.core.labels import gather, label_of
from trio_chat.core.replay import show_owed
from trio_chat.core.replies import Refusal, granting, refusal_message
from trio_chat.core.residents import keep_changed
from trio_chat.core.restoring import change_accounts, restore
from trio_chat.core.state import Session, World
from trio_chat.core.tenure import let_go_of_unused
from trio_chat.wire.grammar import host_literal
from trio_chat.wire.message import Fault, Malformed, Message
from trio_chat.wire.numerics import (
    ERR_INPUTTOOLONG,
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
    ERR_UNKNOWNERROR,
)

UNKNOWN_COMMAND_BYTES = 64
"""As much of a word that is no command as its refusal repeats."""


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
        if world.unkept:
            effects.extend(keep_changed(world))
        if world.owed:
            effects.extend(show_owed(world))
    except Exception as error:
        raise Broken(effects) from error
    return effects


def _effects_of(world: World, event: Event) -> Iterable[Effect]:
    match event:
        case Received():
            return _received(world, event)
        case Opened():
            return _opened(world, event)
        case Secured():
            newcomer = world.sessions.get(event.session)
            if newcomer is not None and not newcomer.registered:
                newcomer.secure(event.fingerprint, event.hostname)
            return ()
        case Framed():
            if (framed := world.sessions.get(event.session)) is not None:
                framed.set_framing(event.framing)
            return ()
        case Closed():
            return _closed(world, event)
        case Answered():
            return _answered(world, event)
        case Restored():
            return restore(world, event)
        case NotKept():
            return tell_not_kept(world, event)
        case KeepingChanged():
            return tell_keeping_changed(world, event)
        case AccountsChanged():
            return change_accounts(world, event)
        case Reread():
            return reconfigure(world, event.reading)
        case Ticked():
            world.uptime = event.uptime
            return _tick(world)
        case Stopped():
            return drop_all(world, event.reason)
        case _:
            assert_never(event)


def _opened(world: World, event: Opened) -> Iterable[Effect]:
    host = host_literal(event.address)
    session = world.add_session(event.session, host, event.secure, event.outlet)
    limits = world.settings.limits
    first_look = min(limits.registration_seconds, limits.ping_after_seconds)
    world.watch(session, world.uptime + first_look)
    if world.stopped:
        return drop(world, session, world.stopped)
    return look_at_address(world, session)


def _closed(world: World, event: Closed) -> Iterator[Effect]:
    """Let go of a session; but whoever sends lines and an end of file has all of them obeyed.

    None of them is to be lost behind a JOIN because what was said there is being looked up.
    """
    session = world.sessions.get(event.session)
    if session is not None and session.asked is not None and session.asked.is_dispensable:
        yield from _answered(world, Answered(session.id, Page(()), event.at))
    session = world.sessions.get(event.session)
    if session is not None:
        yield from drop(world, session, event.reason)


# -- lines


def _received(world: World, event: Received) -> Iterable[Effect]:
    session = world.sessions.get(event.session)
    if session is None:  # it was closed while this line was under way
        return ()
    session.heard = world.uptime
    if session.asked is not None:
        return _make_wait(world, session, session.asked, event.message)
    return _take(world, session, event.message)


def _take(world: World, session: Session, message: Message | Malformed) -> Iterable[Effect]:
    if isinstance(message, Malformed):
        if session.batch is not None:
            session.batch.spoiled = True
        answer = refusal_message(world, session, _refuse_line(message), message.command)
        label = label_of(session, {"label": message.label})
        return gather(world, session, label, (answer,)) if label else (answer,)
    if message.tags:
        in_batch = "batch" in message.tags and session.registered
        if in_batch and (session.takes_multiline or session.batch is not None):
            return collect(world, session, message)
        if label := label_of(session, message.tags):
            return gather(world, session, label, _obey(world, session, message))
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
        if not session.registered:
            session.lines += 1
            if command is None or (command.registered and not command.early & session.caps):
                raise Refusal(ERR_NOTREGISTERED, "You have not registered")
        if command is None:
            raise Refusal(
                ERR_UNKNOWNCOMMAND, word(message.command, UNKNOWN_COMMAND_BYTES), "Unknown command"
            )
        world.uses[message.command] = world.uses.get(message.command, 0) + 1
        if len(message.params) < command.params:
            raise Refusal(ERR_NEEDMOREPARAMS, message.command, "Not enough parameters")
        yield from command.run(world, session, message)
    except Refusal as refusal:
        yield refusal_message(world, session, refusal, message.command)


# -- answers to questions


def _make_wait(
    world: World, session: Session, asked: Asked, line: Message | Malformed
) -> Iterable[Effect]:
    """Keep a line until the command before it has had its answer."""
    if len(asked.waiting) >= WAITING_LINES:
        return drop(world, session, "Excess flood")
    asked.waiting.append(line)
    return ()


def _answered(world: World, event: Answered) -> Iterator[Effect]:
    """Go on with the command that asked, then with the lines that waited behind it."""
    session = world.sessions.get(event.session)
    if session is None or session.asked is None:
        return
    asked, session.asked = session.asked, None
    going_on = asked.then(world, session, event.answer)
    effects = granting(world, session, asked.command, going_on)
    if asked.label:
        yield from gather(world, session, asked.label, effects, asked.answers)
    else:
        yield from effects
    for place, line in enumerate(asked.waiting):
        if session.id not in world.sessions:
            return
        if _keep_waiting(session, asked.waiting[place:]):
            return
        yield Separate()
        yield from _take(world, session, line)


def _keep_waiting(session: Session, lines: list[Message | Malformed]) -> bool:
    """Whether the session has asked again, and these lines wait for that answer now."""
    if session.asked is None:
        return False
    session.asked.waiting += lines
    return True


# -- time


def _tick(world: World) -> Iterator[Effect]:
    yield from forget_expired(world)
    yield from let_go_of_unused(world)
    while (session := world.take_due()) is not None:
        yield from _look_after(world, session)


def _look_after(world: World, session: Session) -> Iterator[Effect]:
    """Close a session that has not registered or answered in time; send a PING to a silent one."""
    limits = world.settings.limits
    uptime = world.uptime
    if session.asked is not None:  # it waits for us, not we for it
        world.watch(session, uptime + limits.ping_timeout_seconds)
        return
    if not session.registered:
        due = session.opened + limits.registration_seconds
        if uptime < due:  # once registered it is to be pinged in time, so not only then
            world.watch(session, min(due, uptime + limits.ping_after_seconds))
        else:
            yield from drop(world, session, "Registration timed out")
        return
    world.see(session)
    due = session.heard + limits.ping_after_seconds
    if uptime < due:  # by the very sum that is watched: another would round, and loop for ever
        world.watch(session, due)
    elif session.pinged <= session.heard:
        session.pinged = uptime
        # Without a source, which is optional: simple bots look for lines that begin with PING.
        yield Deliver((session,), Message("PING", (world.settings.server_name,)))
        world.watch(session, uptime + limits.ping_timeout_seconds)
    else:
        silent = int(uptime - session.heard)
        yield from drop(world, session, f"Ping timeout: {silent} seconds")
