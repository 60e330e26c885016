"""Batches: messages of the server that belong together (IRCv3 batch)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trio_chat.core.effects import Deliver
from trio_chat.core.state import Session, World
from trio_chat.wire.caps import BATCH
from trio_chat.wire.message import Message


def batched(
    world: World, session: Session, kind: str, *params: str, messages: Iterable[Deliver]
) -> Iterator[Deliver]:
    """These messages to one session as a batch; one by one if it takes none."""
    if not session.caps & BATCH:
        yield from messages
        return
    name = world.settings.server_name
    reference = world.new_id()
    to_session = (session,)
    yield Deliver(to_session, Message("BATCH", (f"+{reference}", kind, *params), name))
    for each in messages:
        tags = {"batch": reference, **each.message.tags}
        yield replace(each, message=replace(each.message, tags=tags))
    yield Deliver(to_session, Message("BATCH", (f"-{reference}",), name))
