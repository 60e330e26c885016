"""Planted in how lines get from the hub to the clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import trio

from tests.sim.planted.bug import Swap, bug
from trio_chat.core import labels, step
from trio_chat.core.commands import membership
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.room import Membership, Room
from trio_chat.core.state import Session, User, World
from trio_chat.net.hub import Hub
from trio_chat.net.link import Held, Link
from trio_chat.wire.message import Message

SAID = ("PRIVMSG", "NOTICE")


@bug("A message said right after a JOIN does not reach the newcomer.", "no gap")
def lost_on_join() -> tuple[Swap, ...]:
    """Audiences are made anew at the end of a batch, to save work when many join at once."""
    stale: list[Room] = []
    flush, joined = Hub._flush, membership.joined

    def admit(self: Room, user: User, membership: Membership) -> None:
        self.members[user] = membership
        self._ranked.clear()
        stale.append(self)

    def tell_joined(room: Room, user: User, audience: tuple[Session, ...]) -> Iterator[Effect]:
        forgotten = tuple(each for each in user.sessions if each not in audience)
        return joined(room, user, audience + forgotten)

    async def flush_later(self: Hub) -> None:
        for room in stale:
            room.hear_anew()
        stale.clear()
        await flush(self)

    return (
        Swap(Room, "admit", admit),
        Swap(membership, "joined", tell_joined),
        Swap(Hub, "_flush", flush_later),
    )


@bug("Two members get two messages in different orders.", "one order for all")
def order_differs() -> tuple[Swap, ...]:
    """Each message is handed to the members by a task of its own, which lets others go between."""
    nurseries: dict[Hub, trio.Nursery] = {}
    run, deliver = Hub.run, Hub._deliver

    async def run_with_tasks(self: Hub) -> None:
        async with trio.open_nursery() as nurseries[self]:
            await run(self)

    def start_delivery(self: Hub, effect: Deliver) -> None:
        message = effect.message
        if message.command not in SAID or len(effect.audience) < 2 or self not in nurseries:
            deliver(self, effect)
            return
        # The speaker's own echo waits for the disk as ever.
        own = tuple(each for each in effect.audience if each.user.source == message.source)
        deliver(self, replace(effect, audience=own))
        others = tuple(each for each in effect.audience if each not in own)
        nurseries[self].start_soon(hand_out, self, replace(effect, audience=others))

    async def hand_out(self: Hub, effect: Deliver) -> None:
        for session in effect.audience:
            await trio.lowlevel.checkpoint()
            if session.id in self.world.sessions:
                deliver(self, replace(effect, audience=(session,)))
                await self._flush()

    return Swap(Hub, "run", run_with_tasks), Swap(Hub, "_deliver", start_delivery)


@bug(
    "Whoever speaks gets the others' messages before an echo that was said before them.",
    "one order for all",
)
def echo_overtaken() -> tuple[Swap, ...]:
    """What others say does not wait behind an echo that waits for the disk."""

    def flush(self: Link) -> None:
        data = b"".join(self.out)
        self.out.clear()
        if not self.is_closed:
            self._send(data)

    return (Swap(Link, "flush", flush),)


@bug("Of what a client that lags is sent, a piece is missing.", "no gap", "one message for all")
def drain_loses_tail() -> tuple[Swap, ...]:
    """A write that is taken in part counts as taken."""

    async def drain(self: Link) -> None:
        while self._kept:
            try:
                await self._transport.wait_writable()
                self._send_nowait(b"".join(self._kept))
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                self._fail("Connection reset")
                return
            self._kept_bytes = 0
            self._kept.clear()

    return (Swap(Link, "drain", drain),)


@bug("A client that was too slow goes on hearing, with a gap.", "no gap", "one message for all")
def sends_after_close() -> tuple[Swap, ...]:
    """A link that has given its client up for exceeding the SendQ still writes what comes."""

    def flush(self: Link) -> None:
        data = b"".join(self.out)
        self.out.clear()
        if self._held:
            self._held.append(Held(data, is_due=True))
            self._count(data)
            return
        self._send(data)

    return (Swap(Link, "flush", flush),)


@bug("A client that does not read has the server keep whatever is said, without bound.", "Violated")
def sendq_unbounded() -> tuple[Swap, ...]:
    """What is kept for a client is counted, and nobody looks at the count."""

    def count(self: Link, data: bytes) -> None:
        self._kept_bytes += len(data)

    return (Swap(Link, "_count", count),)


@bug("A labelled command is answered twice.", "labels answered once")
def label_twice() -> tuple[Swap, ...]:
    """A command that has to ask first has no answer yet, so it is acknowledged, as others are."""
    gather = labels.gather

    def gather_at_once(
        world: World,
        session: Session,
        label: str,
        effects: Iterator[Effect],
        before: tuple[Message, ...] = (),
    ) -> Iterator[Effect]:
        before_it = session.asked
        yield from gather(world, session, label, effects, before)
        asked = session.asked
        if asked is not None and asked is not before_it and asked.label == label:
            yield from labels.one_response(world, session, label, asked.answers)
            asked.answers = []

    return (Swap(step, "gather", gather_at_once),)
