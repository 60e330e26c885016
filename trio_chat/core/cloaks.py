"""Cloaks: what others see of an address, so that they cannot find out where somebody is.

Laws:

* The same address has the same cloak as long as the server keeps its secret, and without the
  secret a cloak tells nothing of its address.
* Two addresses of one network share the end of their cloaks: a mask such as `*!*@*.5f3a….ip` bans
  the network, as a mask of addresses would.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

SUFFIX = "ip"
"""The last part of a cloak: no name in the DNS ends so."""

DIGITS = 10
"""Hexadecimal digits of each part: 40 bits, so that no two networks of one chat share a part."""

# What an attacker is given: an IPv4 address with its /24 and /16; of IPv6 what a customer is given
# (RFC 6177: a /64 at least, often a /56 or /48), since the rest of an address costs nothing.
_PREFIXES = {4: (32, 24, 16), 6: (64, 48, 32)}


@lru_cache(maxsize=4096)
def cloak(secret: str, address: str) -> str:
    """What others see of an IP address; the address itself if it is this machine's own.

    Of an address that is none, as some transports have, the cloak is a single part.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{_part(secret, address)}.{SUFFIX}"
    if parsed.is_loopback:
        return address
    networks = (_network(parsed, length) for length in _PREFIXES[parsed.version])
    return ".".join((*(_part(secret, network) for network in networks), SUFFIX))


def _network(address: IPv4Address | IPv6Address, length: int) -> str:
    return f"{int(address) >> (address.max_prefixlen - length)}/{length}/{address.version}"


def _part(secret: str, text: str) -> str:
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()[:DIGITS]
