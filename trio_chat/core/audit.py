"""What operators do, and try to: logged and kept for good; and how operators are told."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Deliver, Effect, Keep, Log
from trio_chat.core.records import AuditRecord
from trio_chat.core.state import User, World
from trio_chat.wire.message import Message


def audit(world: World, user: User, action: str, text: str) -> Iterator[Effect]:
    """Write down what this user did; `text` is a sentence without its subject."""
    who = f"{user.source} ({user.address})"
    yield Log(f"{who} {text}")
    by = user.operator.name if user.operator is not None else ""
    yield Keep(AuditRecord(world.new_id(), world.now, by, action, f"{who} {text}"))


def tell_staff(world: World, privilege: str, text: str) -> Iterator[Effect]:
    """Tell every operator with this privilege, by a notice of the server's."""
    audience = tuple(
        session for user in world.users.values() if user.may(privilege) for session in user.sessions
    )
    if audience:
        message = Message("NOTICE", ("*", text), world.settings.server_name)
        yield Deliver(audience, message, solicited=False)
