"""What a device has missed: shown to it when it comes back to a user who has stayed.

Laws:

* It is shown to those who cannot ask for it by themselves (draft/chathistory) and are no bots, each
  place from the oldest on; of a place where more was said, the latest of it.
* What is said while it is shown comes as ever, and is not shown again.
* A device has missed something until it was shown it: one that loses its connection in the midst of
  it is shown all of it the next time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from trio_chat.core.asking import ask
from trio_chat.core.commands.lookup import nicks_of_accounts
from trio_chat.core.effects import Effect
from trio_chat.core.history import Buffer, Kept, ListBuffers, Page, ReadHistory, conversation
from trio_chat.core.playback import play, size_of
from trio_chat.core.replay import unasked
from trio_chat.core.replies import from_server
from trio_chat.core.state import Session, User, World
from trio_chat.wire import caps

PLACES = 200
"""Rooms and conversations of which somebody is shown at once what they have missed: all rooms they
may be in, and as many conversations."""

BYTES = 400_000
"""What is shown at once of all places together, less than a SendQ: else a client that comes back by
itself would be let go each time, and never be shown an end of it."""

_SAME_TIME = 0.001
"""Seconds: times are kept by the millisecond, and what was said within it may have been missed."""

_LATER = 24 * 3600.0
"""Seconds after now: what is said while the archive is asked does not make a place a quiet one."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is to be shown yet: where something was said, since when (Unix time), and how much.

    `until` is a msgid: ids are in the order in which all was said, whatever became of the clock.
    """

    account: str
    places: tuple[Buffer, ...]
    since: float
    until: str
    bytes: int


def missed_since(world: World, session: Session, user: User) -> float | None:
    """Since when a device that is about to come to a user has missed what was said.

    None if it was never here, or the user is none who stays. Of a device that comes back before
    it was noticed that its connection is gone, the last that was heard of it counts.
    """
    if user.residence is None:
        return None
    seen = user.residence.devices.get(session.device)
    if seen is None:
        return None
    heard = (world.last_heard(each) for each in user.sessions if each.device == session.device)
    return max((seen, *heard))


def show_missed(world: World, session: Session, since: float | None) -> Iterator[Effect]:
    """Ask where something was said that a session has missed, and show it; to be done last."""
    rules = world.settings.history
    # A bot would obey once more.
    is_shown = not (session.caps & caps.CHATHISTORY or session.user.is_bot)
    if since is None or not is_shown or not (world.keeps_history and rules.missed_lines):
        return
    user = session.user
    rooms = tuple(world.fold(room.name) for room in user.rooms)
    own = user.account
    account = world.fold(own) if rules.private else ""
    session.missed_since = since
    since -= _SAME_TIME
    until = world.new_id()

    def then(world: World, session: Session, places: tuple[Buffer, ...] | None) -> Iterator[Effect]:
        if places is None:
            yield _failed(world, session)
        else:
            yield from _show_next(world, session, _Gap(own, places, since, until, BYTES))

    question = ListBuffers(rooms, account, since, world.now + _LATER, PLACES)
    yield ask(session, question, "*", then)


def _show_next(world: World, session: Session, gap: _Gap) -> Iterator[Effect]:
    """Read what was said in the next place, show it, and go on."""
    if not gap.places or gap.bytes <= 0:
        session.missed_since = None
        world.see(session)
        return
    place, *others = gap.places
    rest = replace(gap, places=tuple(others))
    own = gap.account
    name = world.fold(place.name) if place.is_room else conversation(world, own, place.name)

    def then(world: World, session: Session, page: Page | None) -> Iterator[Effect]:
        if page is None:
            yield _failed(world, session)
            return
        some, used = _latest(unasked(session, page.kept), gap.bytes)
        yield from _show(world, session, place, own, some)
        yield from _show_next(world, session, replace(rest, bytes=gap.bytes - used))

    limit = world.settings.history.missed_lines
    question = ReadHistory(name, "between", limit, gap.until, gap.since)
    yield ask(session, question, "*", then)


def _latest(kept: tuple[Kept, ...], most: int) -> tuple[tuple[Kept, ...], int]:
    """As much of the end of a history as makes so many bytes, and how many it makes."""
    used = 0
    for count, each in enumerate(reversed(kept)):
        size = size_of(each.message)
        if used + size > most:
            return kept[len(kept) - count :], most
        used += size
    return kept, used


def _show(
    world: World, session: Session, place: Buffer, account: str, kept: tuple[Kept, ...]
) -> Iterator[Effect]:
    """Show part of a history to who may still read it, and knows it under the name it has now."""
    if place.is_room:
        room = world.find_room(place.name)
        if kept and room is not None and room in session.user.rooms:
            yield from play(world, session, room.name, kept)
    elif kept and session.user.account == account:
        name = nicks_of_accounts(world).get(world.fold(place.name), place.name)
        yield from play(world, session, name, kept, private=True)


def _failed(world: World, session: Session) -> Effect:
    text = "What you have missed could not be read"
    return from_server(world, session, "FAIL", "*", "MESSAGE_ERROR", text)
