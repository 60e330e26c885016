"""How many connections one address may have, and how often it may do what costs others something.

Laws:

* Everything goes by uptime; the same calls give the same answers. Each server counts for itself.
* An address is one of IPv4, or a /64 of IPv6: one customer is given no less (RFC 6177), so its
  single addresses cost nothing. The network around it, a /24 or a /48, may do `network_factor`
  times as much.
* Every call costs the same, however many addresses there are. A throttle remembers no more than
  `REMEMBERED` of them: the ones that were not heard of for the longest time fall out.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from ipaddress import ip_address

from trio_chat.core.settings import Limits

REMEMBERED = 20_000
"""Addresses and networks one throttle remembers, some 3 MB. Who has more of them than that is
bounded by none of these throttles anyway."""

ROUNDING = 1e-6
"""Seconds that come of adding up fractions, and are no time to wait."""

REPORTS_AT_ONCE = 5
"""REPORTs at once from one address, which several users may share; then one in `report_seconds`."""


@lru_cache(maxsize=4096)
def places(address: str) -> tuple[bytes, bytes]:
    """What an IP address is counted as: itself and the network around it, as keys of one table."""
    try:
        ip = ip_address(address)
    except ValueError:  # whatever it is, it counts as itself
        name = address.encode()
        return b"address " + name, b"network " + name
    if ip.version == 4:
        return ip.packed, ip.packed[:3]
    if ip.ipv4_mapped is not None:
        return places(str(ip.ipv4_mapped))
    return ip.packed[:8], ip.packed[:6]


class Headcount:
    """How many are here at once, by address and by network."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}

    def enter(self, address: str) -> None:
        for place in places(address):
            self._counts[place] = self._counts.get(place, 0) + 1

    def leave(self, address: str) -> None:
        for place in places(address):
            left = self._counts[place] - 1
            if left:
                self._counts[place] = left
            else:
                del self._counts[place]

    def count(self, address: str) -> tuple[int, int]:
        """How many there are of this address, and of its network."""
        own, around = places(address)
        return self._counts.get(own, 0), self._counts.get(around, 0)

    def __len__(self) -> int:
        """Addresses and networks that are here."""
        return len(self._counts)


class Meter:
    """So many times at once, and as many again over some seconds, for one user (see `Throttle`)."""

    __slots__ = ("_full",)

    def __init__(self) -> None:
        self._full = 0.0

    def take(self, times: int, seconds: float, uptime: float) -> float:
        """Count one time; 0.0 if it is allowed, else the seconds to wait: then it counts not."""
        full = min(max(self._full, uptime), uptime + seconds) + seconds / times
        wait = full - uptime - seconds
        if wait > ROUNDING:
            return wait
        self._full = full
        return 0.0


class Throttle:
    """So many times at once, and as many again over `seconds`, for every address.

    Of each place it knows one number, the uptime at which all it may do will be its own again
    (GCRA, the leaky bucket as a meter: ITU-T I.371). What was refused does not count.
    """

    __slots__ = ("_full", "_seconds", "_steps")

    def __init__(self) -> None:
        self._full: OrderedDict[bytes, float] = OrderedDict()
        self._seconds = 0.0
        self._steps = (0.0, 0.0)
        """What one time costs an address, and its network, in seconds."""

    def allow(self, times: int, seconds: float, network_factor: float) -> None:
        """Set how much is allowed; it holds at once for what was counted before."""
        self._seconds = seconds
        self._steps = (seconds / times, seconds / (times * network_factor))

    def take(self, address: str, uptime: float) -> float:
        """Count one time; 0.0 if it is allowed, else the seconds to wait, and nothing is counted.

        What turns out not to count is given back: a password that was right.
        """
        full = self._full
        latest = uptime + self._seconds
        steps = dict(zip(places(address), self._steps, strict=True))
        wait = 0.0
        for place, step in steps.items():
            at = full.get(place, 0.0)
            if at > latest:  # it was counted when more seconds were allowed
                at = full[place] = latest
            wait = max(wait, max(at, uptime) + step - latest)
        if wait > ROUNDING:
            return wait
        for place, step in steps.items():
            full[place] = max(full.get(place, 0.0), uptime) + step
            full.move_to_end(place)
        self._forget(uptime)
        return 0.0

    def give_back(self, address: str) -> None:
        """Count one time less."""
        for place, step in zip(places(address), self._steps, strict=True):
            if place in self._full:
                self._full[place] -= step

    def _forget(self, uptime: float) -> None:
        """Let go of what no longer matters: of more places at a time than a `take` adds."""
        full = self._full
        for _ in range(4):
            if len(full) > REMEMBERED or (full and next(iter(full.values())) <= uptime):
                full.popitem(last=False)

    def __len__(self) -> int:
        """Addresses and networks that are remembered."""
        return len(self._full)


class Throttles:
    """All that is counted by address."""

    __slots__ = (
        "_most",
        "_most_of_network",
        "connects",
        "login_failures",
        "present",
        "registrations",
        "reports",
    )

    def __init__(self, limits: Limits) -> None:
        self.present = Headcount()
        """Connections, but for those that are exempt."""
        self.connects = Throttle()
        self.login_failures = Throttle()
        """Taken before a password is checked and given back if it was right: otherwise as many
        could be tried at once as there are connections."""
        self.registrations = Throttle()
        """New accounts."""
        self.reports = Throttle()
        """REPORTs: who connects anew is another user, and would soon have filled the list."""
        self.adopt(limits)

    def adopt(self, limits: Limits) -> None:
        """Go by these limits from now on."""
        factor = limits.network_factor
        self._most = limits.connections_per_address
        self._most_of_network = int(limits.connections_per_address * factor)
        self.connects.allow(limits.connects_per_address, limits.connect_seconds, factor)
        self.login_failures.allow(
            limits.login_failures_per_address, limits.login_failure_seconds, factor
        )
        self.registrations.allow(
            limits.new_accounts_per_address, limits.new_account_seconds, factor
        )
        self.reports.allow(REPORTS_AT_ONCE, REPORTS_AT_ONCE * limits.report_seconds, factor)

    def turn_away(self, address: str, uptime: float) -> str:
        """Why a newcomer, who is among the present already, may not stay; empty if it may."""
        of_address, of_network = self.present.count(address)
        if of_address > self._most:
            return "Too many connections from your address"
        if of_network > self._most_of_network:
            return "Too many connections from your network"
        wait = self.connects.take(address, uptime)
        if wait:
            return f"Too many connections from your address, try again in {int(wait) + 1} seconds"
        return ""
