"""Bans from the server: who may not connect, for how long and why.

Laws:

* A ban past its time bans nobody, and is forgotten at the next tick.
* To ask whether an address is banned takes as long for one ban as for thousands.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from trio_chat.core.records import BanRecord
from trio_chat.wire.addresses import is_range, is_within
from trio_chat.wire.casemapping import CaseMapping
from trio_chat.wire.grammar import matches

if TYPE_CHECKING:
    from trio_chat.core.state import Session, User

ADDRESS, USER, ACCOUNT, REALNAME = "address", "user", "account", "realname"


class Bans:
    """All bans. `names` says which names are the same."""

    def __init__(self, names: CaseMapping) -> None:
        self._names = names
        self._bans: dict[tuple[str, str], BanRecord] = {}
        # By version of IP and length of the prefix, then by prefix: some 30 look-ups at most.
        self._ranges: dict[tuple[int, int], dict[int, BanRecord]] = {}
        self._expiring: list[tuple[float, str, str]] = []

    def __len__(self) -> int:
        return len(self._bans)

    def __iter__(self) -> Iterator[BanRecord]:
        """Every ban, in the order they were set."""
        return iter(tuple(self._bans.values()))

    def _key(self, kind: str, mask: str) -> tuple[str, str]:
        if kind == ADDRESS and is_range(mask):
            return kind, str(ip_network(mask, strict=False))
        return kind, self._names.fold_text(mask)

    def find(self, kind: str, mask: str) -> BanRecord | None:
        """The ban with this very mask."""
        return self._bans.get(self._key(kind, mask))

    def put(self, ban: BanRecord) -> None:
        """Set a ban, in the place of one with the same mask. Of an address it must be a range."""
        self._bans[self._key(ban.kind, ban.mask)] = ban
        if ban.kind == ADDRESS:
            network = ip_network(ban.mask, strict=False)
            shift = network.max_prefixlen - network.prefixlen
            among = self._ranges.setdefault((network.version, network.prefixlen), {})
            among[int(network.network_address) >> shift] = ban
        if ban.expires is not None:
            heapq.heappush(self._expiring, (ban.expires, ban.kind, ban.mask))

    def lift(self, kind: str, mask: str) -> BanRecord | None:
        """Take a ban back; None if there is no such."""
        ban = self._bans.pop(self._key(kind, mask), None)
        if ban is not None and kind == ADDRESS:
            network = ip_network(mask, strict=False)
            key = (network.version, network.prefixlen)
            shift = network.max_prefixlen - network.prefixlen
            del self._ranges[key][int(network.network_address) >> shift]
            if not self._ranges[key]:
                del self._ranges[key]
        return ban

    def take_expired(self, now: float) -> BanRecord | None:
        """Take back the next ban whose time is over at this Unix time."""
        while self._expiring and self._expiring[0][0] <= now:
            expires, kind, mask = heapq.heappop(self._expiring)
            ban = self.find(kind, mask)
            if ban is not None and ban.expires == expires:  # else it has been set anew since
                return self.lift(kind, mask)
        return None

    def of_address(self, address: str, now: float) -> BanRecord | None:
        """The ban that an IP address is under."""
        if not self._ranges:
            return None
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        number = int(parsed)
        for (version, length), among in self._ranges.items():
            if version == parsed.version:
                ban = among.get(number >> (parsed.max_prefixlen - length))
                if ban is not None and _holds(ban, now):
                    return ban
        return None

    def of_session(self, session: Session, now: float) -> BanRecord | None:
        """The ban that somebody is under, by what they are called or where they come from."""
        by_address = self.of_address(session.address, now)
        if by_address is not None:
            return by_address
        for ban in self._bans.values():
            if ban.kind != ADDRESS and _holds(ban, now) and self.matches(ban, session):
                return ban
        return None

    def of_absent(self, user: User, now: float) -> BanRecord | None:
        """The ban that somebody without a session is under."""
        held = (ban for ban in self._bans.values() if _holds(ban, now))
        return next((ban for ban in held if self.matches_absent(ban, user)), None)

    def matches(self, ban: BanRecord, session: Session) -> bool:
        """Whether a ban is for this user, or for where this session of theirs comes from."""
        return self._matches(ban, session.user, session.address, session.host)

    def matches_absent(self, ban: BanRecord, user: User) -> bool:
        """Whether a ban is for a user without a session, or for where their last one came from."""
        return self._matches(ban, user, user.address, user.host)

    def _matches(self, ban: BanRecord, user: User, address: str, host: str) -> bool:
        names = self._names
        match ban.kind:
            case "address":
                return is_within(address, ban.mask)
            case "account":
                return bool(user.account) and matches(ban.mask, user.account, names)
            case "realname":
                return matches(ban.mask, user.realname, names)
            case _:
                # The cloak is what others can name; whoever sees addresses may ban by them too.
                who = f"{user.nick}!{user.username}@"
                hosts = (user.host, host, address)
                return any(matches(ban.mask, who + host, names) for host in hosts)


def _holds(ban: BanRecord, now: float) -> bool:
    return ban.expires is None or now < ban.expires
