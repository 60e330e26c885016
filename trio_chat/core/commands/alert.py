"""DEFCON: how closed the server is to strangers, for the hours of an attack.

Law: a level holds until an operator sets another, also over restarts; addresses that are exempt
from throttles are never shut out.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.audit import audit, tell_staff
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.departure import drop
from trio_chat.core.effects import Effect, Keep
from trio_chat.core.records import AlertRecord
from trio_chat.core.replies import Refusal, from_server, refusal_message
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message

OPEN, NO_NEW_ACCOUNTS, ACCOUNTS_ONLY, NOBODY_NEW = 5, 4, 3, 2

LEVELS = {
    OPEN: "the server is open as ever",
    NO_NEW_ACCOUNTS: "nobody can register an account",
    ACCOUNTS_ONLY: "nor can anybody connect who is not logged in to one",
    NOBODY_NEW: "nor can anybody else connect; who is here stays",
}
"""Each level with what it means, on top of the levels above it."""


def defcon(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`DEFCON [level]`."""
    require_privilege(session, "close")
    if not message.params:
        yield from_server(world, session, "NOTICE", session.user.nick, _sentence(world.alert))
        return
    text = message.params[0]
    level = int(text) if text in map(str, LEVELS) else 0
    if not level:
        raise Refusal(
            "INVALID_LEVEL", word(text), f"A level is one of {', '.join(map(str, LEVELS))}"
        )
    operator = session.operator
    world.alert = level
    yield Keep(AlertRecord(level, operator.name if operator is not None else "", world.now))
    yield from audit(world, session, "DEFCON", f"sets DEFCON {level}")
    yield from tell_staff(world, "close", f"{session.user.nick} sets {_sentence(level)}")


def _sentence(level: int) -> str:
    return f"DEFCON {level}: {LEVELS[level]}"


def keeps_new_accounts_out(world: World, session: Session) -> bool:
    """Whether a session may not register an account, at the level in force."""
    return world.alert <= NO_NEW_ACCOUNTS and not session.exempt


def shut_out(world: World, session: Session) -> Iterator[Effect]:
    """Let a session go that is about to register and may not, at the level in force."""
    if session.exempt:
        return
    if world.alert <= NOBODY_NEW:
        yield from drop(world, session, "The server takes in nobody at present, try again later")
        return
    why = session.must_log_in
    if world.alert <= ACCOUNTS_ONLY:
        why = "strangers are kept out at present"
    if why and not session.user.account:
        text = f"You must log in to an account to connect: {why}"
        yield refusal_message(world, session, Refusal("ACCOUNT_REQUIRED", text), "*")
        yield from drop(world, session, text)
