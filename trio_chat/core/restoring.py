"""What was kept, brought back into the world: all of it at the start, accounts as they change."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.effects import Effect
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.records import AlertRecord, BanRecord, ReportRecord
from trio_chat.core.state import World


def restore(world: World, event: Restored) -> Iterator[Effect]:
    """Take in what earlier runs have left."""
    yield from ()
    world.secret = event.secret
    for account in event.accounts:
        world.accounts.put(account)
    for record in event.records:
        match record:
            case BanRecord():
                world.bans.put(record)
            case ReportRecord(closed_by=""):
                world.reports[record.id] = record
            case AlertRecord():
                world.alert = record.level
            case _:
                pass


def change_accounts(world: World, event: AccountsChanged) -> Iterator[Effect]:
    """Take in accounts as they are by now."""
    yield from ()
    for name in event.deleted:
        world.accounts.remove(name)
    for account in event.changed:
        world.accounts.put(account)
