"""Planted in how connections begin, are read and end."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sim.planted.bug import Swap, bug
from trio_chat import server
from trio_chat.core import step
from trio_chat.core.effects import Effect
from trio_chat.core.events import Closed, Event
from trio_chat.core.state import Session, World
from trio_chat.doors import Doors
from trio_chat.net import connection
from trio_chat.net.connection import ConnectionLimits, Terms, _Connection
from trio_chat.net.hub import Hub
from trio_chat.net.transport import Bare
from trio_chat.wire.lines import LineBuffer
from trio_chat.wire.message import Malformed


@bug("What was said is neither heard nor refused.", "no gap", "NotReceived")
def torn_line_dropped() -> tuple[Swap, ...]:
    """What of a read is behind the last whole line is not kept for the next read."""

    class Forgetful(LineBuffer):
        __slots__ = ()

        def feed(self, data: bytes) -> list[bytes | Malformed]:
            lines = super().feed(data)
            if lines:
                self._partial = b""
            return lines

    return (Swap(connection, "LineBuffer", Forgetful),)


@bug("The session of somebody who went before registering is never forgotten.", "Violated")
def stranger_leaked() -> tuple[Swap, ...]:
    """Of who has not registered nobody has heard, so nobody is told that they are gone."""
    tell, look_after = _Connection._tell, step._look_after

    async def tell_of_friends(self: _Connection, events: tuple[Event, ...]) -> None:
        session = self.hub.world.sessions.get(self.link.session)
        is_stranger = session is not None and not session.registered
        if isinstance(events[0], Closed) and is_stranger:
            self.link.finish()
            return
        await tell(self, events)

    def look_after_friends(world: World, session: Session) -> Iterator[Effect]:
        if session.registered:
            yield from look_after(world, session)
        else:
            world.watch(session, world.uptime + world.settings.limits.registration_seconds)

    return (
        Swap(_Connection, "_tell", tell_of_friends),
        Swap(step, "_look_after", look_after_friends),
    )


@bug("Connections that have been reset are never closed on this side.", "Violated")
def socket_leaked() -> tuple[Swap, ...]:
    """A connection is closed when it has ended in peace: one that broke is closed already."""

    async def serve_client(
        transport: Bare, hub: Hub, limits: ConnectionLimits, terms: Terms = connection.PLAIN
    ) -> None:
        served = _Connection(transport, hub, limits, terms)
        await served.run()
        if served.reason != "Connection reset":
            transport.close()

    return (Swap(server, "serve_client", serve_client),)


@bug("A server that has stopped still lets people in, and says nothing to them.", "Violated")
def door_left_open() -> tuple[Swap, ...]:
    """At the end nobody is let in any more, and the doors are left to the operating system."""

    def close(self: Doors) -> None:
        self._nursery = None

    return (Swap(Doors, "close", close),)
