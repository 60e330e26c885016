"""Planted in who is here, under which nick, in which room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import trio

from tests.sim.planted.bug import Swap, bug
from trio_chat.core import step
from trio_chat.core.asking import Then
from trio_chat.core.commands import TABLE, chathistory, membership
from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.events import Closed, Event, Received
from trio_chat.core.history import Page, Place
from trio_chat.core.playback import play
from trio_chat.core.renaming import change_nick
from trio_chat.core.state import Room, Session, User, World
from trio_chat.core.step import step as let_happen
from trio_chat.net import hub
from trio_chat.net.connection import _Connection
from trio_chat.wire.message import Message

LAST_WORDS_SECONDS = 0.5


@bug("Who was kicked goes on hearing what is said in the room.", "nothing of a room one has left")
def kick_stale_audience() -> tuple[Swap, ...]:
    """The audience that a room keeps ready is made anew at JOIN, PART and QUIT, and not at KICK."""
    kick = membership._kick

    def kick_quickly(
        world: World, session: Session, room: Room, nick: str, reason: str
    ) -> Iterator[Effect]:
        audience = room.audience
        yield from kick(world, session, room, nick, reason)
        room._audience = audience

    return (Swap(membership, "_kick", kick_quickly),)


@bug(
    "A nick is somebody else's before the others were told that its owner has left.",
    "unique nicks",
    "who is in a room",
)
def nick_freed_early() -> tuple[Swap, ...]:
    """Whose connection ends loses the nick at once; QUIT is told when all else is cleaned up."""
    tell = _Connection._tell

    async def tell_late(self: _Connection, events: tuple[Event, ...]) -> None:
        world, session = self.hub.world, self.hub.world.sessions.get(self.link.session)
        if isinstance(events[0], Closed) and session is not None and session.registered:
            user, key = session.user, world.fold(session.user.nick)
            if user.sessions == (session,) and user.residence is None:
                del world.users[key]
                await trio.sleep(LAST_WORDS_SECONDS)
                # Who has no nick has not registered: nobody would be told of their end.
                if session.id in world.sessions and session.user is user:
                    world.users.setdefault(key, user)
        await tell(self, events)

    return (Swap(_Connection, "_tell", tell_late),)


@bug("Two users have the same nick.", "unique nicks", "who is in a room")
def nick_checked_early() -> tuple[Swap, ...]:
    """Whether a nick is free is found out as the line is read, and it is given when its turn has
    come in the hub."""
    free: dict[tuple[World, int, str], None] = {}
    tell, command = _Connection._tell, TABLE["NICK"]

    async def look_and_tell(self: _Connection, events: tuple[Event, ...]) -> None:
        world = self.hub.world
        for event in events:
            if isinstance(event, Received) and isinstance(event.message, Message):
                message = event.message
                if message.command == "NICK" and message.params:
                    wanted = message.params[0]
                    if world.is_nick(wanted) and world.find_user(wanted) is None:
                        free[world, event.session, wanted] = None
        await tell(self, events)

    def nick(world: World, session: Session, message: Message) -> Iterator[Effect]:
        wanted = message.params[0] if message.params else ""
        was_free = free.pop((world, session.id, wanted), "") is None
        if was_free and session.registered:
            yield from change_nick(world, session.user, wanted)
        else:
            yield from command.run(world, session, message)

    return (
        Swap(_Connection, "_tell", look_and_tell),
        Swap(TABLE, "NICK", replace(command, run=nick)),
    )


@bug(
    "Who shares another room with somebody who leaves is not told, and sees a ghost.",
    "no ghost",
    "no gap",
)
def quit_untold() -> tuple[Swap, ...]:
    """So that nobody is told twice, only the largest of a user's rooms is told of what they do."""

    def neighbours(self: World, user: User) -> tuple[Session, ...]:
        seen = dict.fromkeys(user.sessions)
        largest = max(user.rooms, key=lambda room: len(room.members), default=None)
        if largest is not None:
            seen.update(dict.fromkeys(largest.audience))
        return tuple(seen)

    return (Swap(World, "neighbours", neighbours),)


@bug("Somebody whose connection has ended stays for ever.", "no ghost", "no gap", "Violated")
def ghost_on_cancel() -> tuple[Swap, ...]:
    """The hub is told of the end of a connection within what is cancelled as it ends."""

    async def run(self: _Connection) -> None:
        link = self.link
        async with trio.open_nursery() as self.nursery, AsyncExitStack() as clean_up:
            clean_up.push_async_callback(end, self)
            await self._tell((self._opened(),))
            why = await self._read()
            self.reason = self.reason or why
        with trio.move_on_after(self.limits.close_seconds):
            await link.wait_finished()
            await link.wait_kept()
            await link.drain()

    async def end(self: _Connection) -> None:
        link = self.link
        link.stop_draining()
        closed = Closed(link.session, self.reason or "Gone", self.hub.clock())
        await self.hub.inbox.send((link, (closed,)))
        self.nursery.cancel_scope.cancel()

    return (Swap(_Connection, "run", run),)


@bug(
    "Who has vanished without a word stays, though no PING is answered.",
    "no ghost",
    "no gap",
    "Violated",
)
def ping_timeout_never() -> tuple[Swap, ...]:
    """A PING that is not answered is sent again."""
    look_after = step._look_after

    def look_after_patiently(world: World, session: Session) -> Iterator[Effect]:
        session.pinged = min(session.pinged, session.heard)
        return look_after(world, session)

    return (Swap(step, "_look_after", look_after_patiently),)


@bug(
    "Who has once been looked at in vain is never sent a PING any more.",
    "no ghost",
    "no gap",
    "Violated",
)
def timer_forgotten() -> tuple[Swap, ...]:
    """Who has been heard of lately need not be looked at; nor does anybody ever after."""
    look_after = step._look_after

    def look_after_once(world: World, session: Session) -> Iterator[Effect]:
        due = session.heard + world.settings.limits.ping_after_seconds
        if not session.registered or session.asked is not None or world.uptime >= due:
            yield from look_after(world, session)

    return (Swap(step, "_look_after", look_after_once),)


@bug(
    "Somebody who is in the room no more is shown what was said there.",
    "nothing of a room one has left",
)
def history_to_outsiders() -> tuple[Swap, ...]:
    """Whether somebody may read a history is found out when they ask, not when it is answered."""

    def shown(given: str, target: str, place: Place) -> Then:
        def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
            if page is None:
                raise chathistory._failed(given, word(target))
            private = isinstance(place, tuple)
            yield from play(world, session, target, page.kept, private=private)

        return then

    return (Swap(chathistory, "_shown", shown),)


@bug("The time of messages runs backwards.", "well-formed")
def time_runs_back() -> tuple[Swap, ...]:
    """The time of an event is what the wall clock says, though it was set back."""

    def step_by_the_clock(world: World, event: Event) -> list[Effect]:
        world.now = event.at
        return let_happen(world, event)

    return (Swap(hub, "step", step_by_the_clock),)
