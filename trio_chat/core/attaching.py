"""Several clients of one account as one user: how a session comes to a user who is here already.

Laws:

* Only sessions that are logged in to the user's own account come to a user.
* Whoever logs in to an account that has a resident comes to it, whatever nick they have asked for,
  as with a bouncer; where only one client may be of an account, in the place of the one before.
* The others hear nothing of it, but that the user is back if they were away.
* A session is told of its user as if all had just come about: who it is, and each room as after a
  JOIN. So a client needs to know nothing of its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import metadata
from trio_chat.core.commands.membership import joined
from trio_chat.core.departure import drop, farewell, tell_gone
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.entrance import show_room
from trio_chat.core.missed import missed_since, show_missed
from trio_chat.core.replay import owe
from trio_chat.core.replies import reply
from trio_chat.core.speech import from_user
from trio_chat.core.standing import settle
from trio_chat.core.state import Session, User, World
from trio_chat.core.welcome import welcome
from trio_chat.wire.numerics import RPL_UMODEIS

TAKEN_OVER = "Taken over by its owner"
"""Why somebody leaves whose nick another client of the same account has asked for."""

MOVED = "Joined another of their clients"
"""Why somebody leaves who has gone on as the user of another client of theirs."""


def is_same_account(one: User, other: User) -> bool:
    """Whether both are logged in, and to the same account."""
    return one.account != "" and one.account == other.account


def attach(world: World, session: Session, user: User) -> Iterator[Effect]:
    """Complete the registration of a session as one more of a user's."""
    said = session.user.metadata
    since = missed_since(world, session, user)
    yield from _come_to(world, session, user)
    yield from _take_over_metadata(world, session, said)
    yield from welcome(world, session)
    yield from _show_rooms(world, session)
    yield from _show_past(world, session, since)


def move(world: World, session: Session, user: User) -> Iterator[Effect]:
    """Have a registered session go on as another user of the same account.

    For the client it is as if it left its rooms, changed its nick and came into those of the user:
    in any other order it would have two of itself in the rooms that both are in.
    """
    before = session.user
    for room in before.rooms:
        yield Deliver((session,), from_user(before, "PART", room.name))
    yield Deliver((session,), from_user(before, "NICK", user.nick))
    is_end = len(before.sessions) == 1 and before.residence is None
    last_words = farewell(world, before, MOVED) if is_end else None
    since = missed_since(world, session, user)
    yield from _come_to(world, session, user)
    if last_words is not None:
        yield from tell_gone(world, before, last_words)
    else:
        yield from settle(world, before)
    yield reply(world, session, RPL_UMODEIS, f"+{user.modes}")
    yield from _show_rooms(world, session)
    yield from _show_past(world, session, since)


def _show_past(world: World, session: Session, since: float | None) -> Iterator[Effect]:
    """What a device has missed or, of one that was not here before, what was said in each room."""
    if since is None:
        for room in session.user.rooms:
            owe(world, session, room)
    else:
        yield from show_missed(world, session, since)


def _come_to(world: World, session: Session, user: User) -> Iterator[Effect]:
    siblings = user.sessions
    world.attach(session, user)
    if user.residence is not None and session.device not in user.residence.devices:
        world.see(session)
    yield from settle(world, user, session)
    if not world.settings.accounts.multiclient:
        for each in siblings:
            yield from drop(world, each, TAKEN_OVER)
    elif len(siblings) >= world.settings.limits.sessions_per_user:
        # Most likely nobody sits at it: a device that lost its network and came back.
        silent = min(siblings, key=lambda each: each.heard)
        yield from drop(world, silent, "Too many clients of this account")


def _take_over_metadata(world: World, session: Session, said: dict[str, str]) -> Iterator[Effect]:
    """What a client said before its registration was done (metadata, "Notifications")."""
    user = session.user
    for key, value in said.items():
        has_room = key in user.metadata or len(user.metadata) < world.settings.limits.metadata_keys
        if has_room and user.metadata.get(key) != value:
            user.metadata[key] = value
            yield from metadata.tell_change(world, session, user, key)


def _show_rooms(world: World, session: Session) -> Iterator[Effect]:
    for room in session.user.rooms:
        yield from joined(room, session.user, (session,))
        yield from show_room(world, session, room)
