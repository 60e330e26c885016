"""What was kept, brought back into the world: all of it at the start, accounts as they change."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Effect
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.held_names import take_in
from trio_chat.core.login import log_out, users_of
from trio_chat.core.records import (
    AlertRecord,
    BanRecord,
    MarkerRecord,
    ReportRecord,
    ResidentRecord,
    RoomRecord,
)
from trio_chat.core.registered import forget_account, remember, revoke_everywhere
from trio_chat.core.state import World
from trio_chat.core.tenure import restore_residents, review

LONGEST_SET_BACK = 3600.0
"""Seconds by which the clock may have been set back since the last run, and time goes on from where
it was: history is found by its times. A clock that was ahead by more than that was simply wrong."""


def restore(world: World, event: Restored) -> Iterator[Effect]:
    """Take in what earlier runs have left."""
    world.secret = event.secret
    world.keeps_accounts = True
    world.keeps_history = world.settings.history.kept
    if event.run:
        world.boot = f"{event.run:x}"
    if 0 < event.latest - world.now < LONGEST_SET_BACK:
        world.now = event.latest
    for account in event.accounts:
        world.accounts.put(account)
    residents = []
    for record in event.records:
        match record:
            case BanRecord():
                world.bans.put(record)
            case ReportRecord(closed_by=""):
                world.reports[record.id] = record
            case AlertRecord():
                world.alert = record.level
            case MarkerRecord():
                read = world.read.setdefault(world.fold(record.account), {})
                read[record.target] = record.at
            case RoomRecord():
                remember(world, record)
            case ResidentRecord():
                residents.append(record)
            case _:
                pass
    yield from restore_residents(world, residents)


def change_accounts(world: World, event: AccountsChanged) -> Iterator[Effect]:
    """Take in accounts as they are by now."""
    for name in event.deleted:
        world.accounts.remove(name)
        world.read.pop(world.fold(name), None)
        yield from forget_account(world, name)
        yield from _log_out_all(world, name, f"Your account {name} has been deleted.")
    for account in event.changed:
        yield from take_in(world, account)
        yield from review(world, account.name)
        if account.disabled:
            for user in users_of(world, account.name):
                yield from revoke_everywhere(world, user)
            why = f"Your account {account.name} has been disabled."
            yield from _log_out_all(world, account.name, why)


def _log_out_all(world: World, account: str, why: str) -> Iterator[Effect]:
    for user in users_of(world, account):
        yield from log_out(world, user, why)
