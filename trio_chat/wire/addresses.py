"""IP addresses and ranges of them.

Law: every function here is total: it answers for any string.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


# The ranges are those of the configuration, few, and asked about for each who connects: at 4 µs.
@lru_cache(maxsize=256)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def is_range(text: str) -> bool:
    """Whether this is an IP address or a range of them, such as `192.0.2.0/24`."""
    try:
        _network(text)
    except ValueError:
        return False
    return True


def is_address(text: str) -> bool:
    """Whether this is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, among: str) -> bool:
    """Whether an IP address is of a range, or is the one named; never if either is neither."""
    try:
        return ip_address(address) in _network(among)
    except ValueError:
        return False
