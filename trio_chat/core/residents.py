"""Residents: the users of always-on accounts, who stay while none of their clients is connected.

Laws:

* An account has one resident at most, and whose resident somebody is, that account is always-on.
* All that makes a resident, and what the rooms are like in which one is, is kept at the end of the
  event that has changed it: a restart or a crash changes nothing for them.
* Of each device it is kept when it was heard of last: when it leaves, and now and then while it is
  here. So after a crash it is shown too much rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trio_chat.core.effects import Effect, Keep
from trio_chat.core.records import ResidentForgotten, ResidentRecord
from trio_chat.core.registered import keep_inhabited

if TYPE_CHECKING:
    from trio_chat.core.state import User, World

DEVICES = 64
"""Devices of one account that are remembered, some 30 bytes each; Ergo remembers as many."""

DEVICE_LENGTH = 32
"""Of a device's name, in characters; what is longer is cut."""


@dataclass(slots=True, eq=False)
class Residence:
    """That a user stays: by which account, and when each of its devices was heard of last."""

    account: str
    devices: dict[str, float] = field(default_factory=dict)
    """Unix times by the devices' names, the one heard of last at the end."""
    record: ResidentRecord | None = None
    """As it was kept last."""

    def see(self, device: str, at: float) -> None:
        """Take note that a device was heard of."""
        at = max(at, self.devices.pop(device, at))
        self.devices[device] = at
        while len(self.devices) > DEVICES:
            del self.devices[next(iter(self.devices))]

    @property
    def last_here(self) -> float:
        """When any device was heard of last."""
        return max(self.devices.values(), default=0.0)


def device_name(text: str) -> str:
    """What a device is called by what its client says of it; empty if that is nothing good."""
    return text[:DEVICE_LENGTH] if text.isprintable() else ""


def is_always_on(world: World, name: str) -> bool:
    """Whether the user of this account is to stay without a client."""
    account = world.accounts.find(name)
    if account is None or account.disabled or not account.verified:
        return False
    said = account.always_on
    by_rule = {
        "always": True,
        "opt-out": said is not False,
        "opt-in": said is True,
        "never": False,
    }
    return by_rule[world.settings.accounts.always_on]


def resident_of(world: World, account: str) -> User | None:
    """The resident of an account, here or not."""
    return world.residents.get(world.fold(account)) if account else None


def move_in(world: World, user: User) -> None:
    """Make a user the resident of their account, if it is always-on and has none."""
    if user.residence is not None or world.find_user(user.nick) is not user:
        return
    if resident_of(world, user.account) is not None or not is_always_on(world, user.account):
        return
    world.house(user, Residence(user.account))
    for session in user.sessions:
        world.see(session)


def move_out(world: World, user: User) -> Iterator[Effect]:
    """Make a user one who goes with their last session; nothing happens to others."""
    if user.residence is not None:
        account = user.residence.account
        world.evict(user)
        yield Keep(ResidentForgotten(account))


# -- keeping


def keep_changed(world: World) -> Iterator[Effect]:
    """Keep what has changed of residents, and of the rooms they are in."""
    unkept, world.unkept = world.unkept, {}
    for each in unkept:
        if isinstance(each, str):
            yield from keep_inhabited(world, each)
        elif each.residence is not None:
            record = resident_record(each, each.residence)
            if record != each.residence.record:
                each.residence.record = record
                yield Keep(record)


def resident_record(user: User, residence: Residence) -> ResidentRecord:
    """A resident as they are now."""
    return ResidentRecord(
        residence.account,
        user.nick,
        user.username,
        user.realname,
        user.host,
        user.address,
        user.modes,
        user.away,
        user.signed_on,
        tuple((room.name, membership.ranks) for room, membership in user.rooms.items()),
        tuple(user.metadata.items()),
        tuple(residence.devices.items()),
    )
