"""Who becomes a resident, who is none any longer, and how residents come back after a restart.

Laws:

* Whoever has no client here and may not stay any longer leaves, and the others are told.
* A resident who cannot come back, since the account or the nick is not theirs any more, is
  forgotten, and with them the rooms that were kept for them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trio_chat.core.departure import drop_user
from trio_chat.core.effects import Effect, Keep
from trio_chat.core.held_names import held_from, is_service
from trio_chat.core.history import conclude
from trio_chat.core.login import users_of
from trio_chat.core.records import ResidentForgotten, ResidentRecord
from trio_chat.core.registered import find_any_room, revive
from trio_chat.core.residents import Residence, is_always_on, move_in, move_out, resident_of
from trio_chat.core.standing import NOBODY, NOT_CONNECTED
from trio_chat.core.state import Room, User, World
from trio_chat.wire.modes import RANKS, USER_MODES

REVIEW_SECONDS = 3600.0
"""How often it is looked for residents of whom no client has come for too long."""

DAY_SECONDS = 24 * 3600

UNUSED = "Not here for too long"
NO_LONGER = "No longer always-on"


def review(world: World, account: str) -> Iterator[Effect]:
    """Have an account have a resident if it is to have one, and none if it is not."""
    resident = resident_of(world, account)
    if resident is not None:
        yield from _review(world, resident, account)
    elif is_always_on(world, account):
        for user in users_of(world, account):
            move_in(world, user)


def review_all(world: World) -> Iterator[Effect]:
    """The same for all accounts whose user is here."""
    for user in tuple(world.users.values()):
        if user.residence is not None:
            yield from _review(world, user, user.residence.account)
        elif user.account:
            move_in(world, user)


def _review(world: World, resident: User, account: str) -> Iterator[Effect]:
    if not is_always_on(world, account):
        yield from move_out(world, resident)
        if not resident.sessions:
            yield from drop_user(world, resident, NO_LONGER)


def let_go_of_unused(world: World) -> Iterator[Effect]:
    """Now and then, let go of the residents of whom no client has come for too long."""
    if world.uptime < world.reviewed + REVIEW_SECONDS:
        return
    world.reviewed = world.uptime
    for user in tuple(world.residents.values()):
        assert user.residence is not None
        if not user.sessions and _is_unused(world, user.residence):
            yield from drop_user(world, user, UNUSED)


def _is_unused(world: World, residence: Residence) -> bool:
    days = world.settings.accounts.always_on_days
    return world.now - residence.last_here > days * DAY_SECONDS


# -- coming back


def restore_residents(world: World, kept: Iterable[ResidentRecord]) -> Iterator[Effect]:
    """Have those be here again who were here before the restart, where they may be."""
    for record in kept:
        user = _revived(world, record)
        residence = Residence(record.account, dict(record.devices), record)
        if user is None or _is_unused(world, residence):
            yield Keep(ResidentForgotten(record.account))
            continue
        world.admit(user)
        world.house(user, residence)
        for name, ranks in record.rooms[: world.settings.limits.rooms_per_user]:
            room = _room_of(world, name)
            world.enter(room, user, "".join(letter for letter in RANKS if letter in ranks))
    for name, room_record in world.inhabited.items():
        world.unkept[name] = None
        if name not in world.rooms:
            yield from conclude(world, revive(world, room_record))


def _revived(world: World, record: ResidentRecord) -> User | None:
    """Who a resident was; None if they cannot be here again."""
    if not is_always_on(world, record.account) or resident_of(world, record.account) is not None:
        return None
    user = User(record.nick, record.host, record.username, record.realname, record.account)
    user.address = record.address
    user.modes = "".join(sorted(letter for letter in USER_MODES if letter in record.modes))
    user.modes = user.modes.replace("o", "")
    user.away = record.away if record.away not in ("", NOBODY) else NOT_CONNECTED
    user.signed_on = record.signed_on
    user.active = max((at for _, at in record.devices), default=record.signed_on)
    user.metadata = dict(record.metadata)
    for nick in (record.nick, record.account):
        is_free = world.find_user(nick) is None and held_from(world, user, nick) is None
        if world.is_nick(nick) and not is_service(world, nick) and is_free:
            user.nick = nick
            user.source = f"{nick}!{user.username}@{user.host}"
            return None if world.bans.of_absent(user, world.now) is not None else user
    return None


def _room_of(world: World, name: str) -> Room:
    """The room in which a resident was, as it was."""
    room = find_any_room(world, name)
    if room is None and (record := world.inhabited.get(world.fold(name))) is not None:
        return revive(world, record)
    return room or world.new_room(name)
