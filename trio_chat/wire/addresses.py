"""IP addresses and ranges of them.

Law: every function here is total: it answers for any string.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network


def is_range(text: str) -> bool:
    """Whether this is an IP address or a range of them, such as `192.0.2.0/24`."""
    try:
        ip_network(text, strict=False)
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
        return ip_address(address) in ip_network(among, strict=False)
    except ValueError:
        return False
