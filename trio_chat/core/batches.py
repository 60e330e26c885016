"""Batches: messages of the server that belong together (IRCv3 batch)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trio_chat.core.effects import Deliver
from trio_chat.core.state import Session, World
from trio_chat.wire.caps import BATCH
from trio_chat.wire.message import Message


def batched(
    world: World, session: Session, kind: str, *params: str, messages: Iterable[Deliver]
) -> Iterator[Deliver]:
    """These messages to one session as a batch; one by one if it takes none."""
    said = (each.message for each in messages)
    yield from batch_of(world, session, kind, *params, messages=said)


def batch_of(
    world: World, session: Session, kind: str, *params: str, messages: Iterable[Message]
) -> Iterator[Deliver]:
    """These messages as a batch to one session. What has a `batch` tag is nested in it."""
    to_session = (session,)
    if not session.caps & BATCH:
        for each in messages:
            yield Deliver(to_session, each)
        return
    name = world.settings.server_name
    reference = world.new_id()
    yield Deliver(to_session, Message("BATCH", (f"+{reference}", kind, *params), name))
    for each in messages:
        # Not by `replace`, which takes three times as long: a history has hundreds of these.
        inside = Message(each.command, each.params, each.source, {"batch": reference, **each.tags})
        yield Deliver(to_session, inside)
    yield Deliver(to_session, Message("BATCH", (f"-{reference}",), name))
