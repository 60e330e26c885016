"""Running the server from within: REHASH, DIE, RESTART; and CONNECT and SQUIT, of which there is
nothing to do on a network of one server."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from trio_chat.core import replies
from trio_chat.core.asking import ask
from trio_chat.core.audit import audit
from trio_chat.core.commands.capabilities import announce
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.effects import Effect, Log, ShutDown
from trio_chat.core.held_names import give_up_held_nick
from trio_chat.core.questions import Reading, ReadSettings
from trio_chat.core.replies import Refusal, from_server, reply
from trio_chat.core.settings import Settings
from trio_chat.core.standing import settle
from trio_chat.core.state import Session, World
from trio_chat.core.tenure import review_all
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_NOPRIVILEGES,
    ERR_NOSUCHSERVER,
    RPL_REHASHING,
)

# -- REHASH


def rehash(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`REHASH`: read the configuration again (Modern IRC, "REHASH message")."""
    require_privilege(session, "rehash")
    yield from audit(world, session, "REHASH", "wants the configuration read again")
    yield ask(session, ReadSettings(), "REHASH", _rehashed)


def _rehashed(world: World, session: Session, reading: Reading | None) -> Iterator[Effect]:
    if reading is None:
        raise Refusal("CANNOT_REHASH", "The configuration could not be read")
    if reading.settings is None:
        yield Log(f"the configuration is as before: {reading.complaint}")
        raise Refusal("CANNOT_REHASH", f"Nothing was changed: {reading.complaint}")
    yield reply(world, session, RPL_REHASHING, word(reading.file), "Rehashing")
    for note in (yield from _adopt(world, reading.settings, reading.notes)):
        yield from_server(world, session, "NOTICE", session.user.nick, note)


def reconfigure(world: World, reading: Reading) -> Iterator[Effect]:
    """Take over a configuration that was read again at the wish of somebody outside."""
    if reading.settings is None:
        yield Log(f"the configuration is as before: {reading.complaint}")
    else:
        yield from _adopt(world, reading.settings, reading.notes)


def _adopt(
    world: World, wanted: Settings, notes: tuple[str, ...]
) -> Generator[Effect, None, tuple[str, ...]]:
    """Make these the settings of the chat; returns what is to be said about it."""
    before = replies.isupport_tokens(world)
    earlier = world.settings
    world.settings, kept = wanted.keep_fixed(world.settings)
    notes += tuple(f"a change of chat.{key} takes a restart" for key in kept)
    yield Log("the configuration was read again" + "".join(f"; {note}" for note in notes))
    world.keeps_history = world.keeps_accounts and world.settings.history.kept
    world.throttles.adopt(world.settings.limits)
    for each in world.sessions.values():
        world.judge(each)
    for user in tuple(world.users.values()):
        if user.operator is not None:
            for each in user.sessions:
                if each.operator is not None:
                    each.operator = world.settings.find_operator(each.operator.name)
            yield from settle(world, user)
    if world.settings.accounts.names_held and not earlier.accounts.names_held:
        for user in tuple(world.users.values()):
            yield from give_up_held_nick(world, user)
    if world.settings.accounts.always_on != earlier.accounts.always_on:
        yield from review_all(world)
    yield from _advertise_changes(world, before)
    yield from announce(world, earlier)
    return notes


def _advertise_changes(world: World, before: list[str]) -> Iterator[Effect]:
    """Tell everyone of tokens that changed (Modern IRC, "RPL_ISUPPORT")."""
    after = replies.isupport_tokens(world)
    names = [token.partition("=")[0] for token in after]
    gone = [
        f"-{token.partition('=')[0]}" for token in before if token.partition("=")[0] not in names
    ]
    changed = [token for token in after if token not in before] + gone
    if changed:
        for session in tuple(world.sessions.values()):
            if session.registered:
                yield from replies.isupport(world, session, changed)


# -- DIE, RESTART


def die(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`DIE`: stop the server (RFC 2812 section 4.3)."""
    require_privilege(session, "die")
    yield from audit(world, session, "DIE", "stops the server")
    yield ShutDown(f"Server stopped by {session.user.nick}")


def restart(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`RESTART`: stop the server and start it anew (Modern IRC, "RESTART message")."""
    require_privilege(session, "restart")
    yield from audit(world, session, "RESTART", "restarts the server")
    yield ShutDown(f"Server restarted by {session.user.nick}", restart=True)


# -- CONNECT, SQUIT


def other_server(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """CONNECT and SQUIT: there is no other server to be told of."""
    if session.operator is None:
        raise Refusal(ERR_NOPRIVILEGES, "Permission denied: you're not an IRC operator")
    raise Refusal(ERR_NOSUCHSERVER, word(message.params[0]), "No such server")
