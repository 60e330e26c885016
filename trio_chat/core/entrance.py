"""What a client is told of a room it has just come into."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import metadata, replies
from trio_chat.core.commands import read_marker
from trio_chat.core.effects import Effect
from trio_chat.core.state import Room, Session, World
from trio_chat.wire import caps


def show_room(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """Topic, read marker, names and metadata, after the JOIN (Modern IRC, "JOIN message")."""
    yield from replies.topic(world, session, room)
    # "MUST be sent before the RPL_ENDOFNAMES" (read-marker, "Command flows").
    yield from read_marker.on_entry(world, session, room)
    if not session.caps & caps.NO_IMPLICIT_NAMES:
        yield from replies.names(world, session, room)
    yield from metadata.on_entry(world, session, room)
