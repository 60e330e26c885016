"""What operators do, and try to: logged and kept for good; and how operators are told."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Deliver, Effect, Keep, Log
from trio_chat.core.records import AuditRecord
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message


def audit(world: World, session: Session, action: str, text: str) -> Iterator[Effect]:
    """Write down what a user did by this session; `text` is a sentence without its subject."""
    who = f"{session.user.source} ({session.address})"
    yield Log(f"{who} {text}")
    by = session.operator.name if session.operator is not None else ""
    yield Keep(AuditRecord(world.new_id(), world.now, by, action, f"{who} {text}"))


def tell_staff(world: World, privilege: str, text: str) -> Iterator[Effect]:
    """Tell every operator with this privilege, by a notice of the server's."""
    audience = tuple(
        session
        for user in world.users.values()
        if user.is_operator
        for session in user.sessions
        if session.may(privilege)
    )
    if audience:
        message = Message("NOTICE", ("*", text), world.settings.server_name)
        yield Deliver(audience, message, solicited=False)
