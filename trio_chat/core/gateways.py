"""Gateways: who may connect on behalf of others and say where they come from (IRCv3 webirc)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from trio_chat.wire.addresses import is_range, is_within


@dataclass(frozen=True, slots=True)
class Gateway:
    """A web gateway or bouncer that is believed what it says of its users (WEBIRC)."""

    password: str = field(repr=False, metadata={"example": "a-long-secret"})
    """What it must send."""
    addresses: tuple[str, ...] = field(metadata={"example": ("192.0.2.7",)})
    """Addresses and ranges (`192.0.2.0/24`) one of which it must come from: whoever knew the
    password alone could feign any host."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a gateway that nobody, or anybody, could be."""
        if not self.password or " " in self.password or self.password[0] == ":":
            raise ValueError("password must be one word")
        if not self.addresses:
            raise ValueError("addresses must be at least one")
        for address in self.addresses:
            if not is_range(address):
                raise ValueError(f"addresses: not an address or a range of them: {address}")

    def serves(self, address: str) -> bool:
        """Whether it may come from this address."""
        return any(is_within(address, among) for among in self.addresses)

    def believes(self, password: str) -> bool:
        """Whether this is its password; takes as long whatever is wrong with it."""
        return hmac.compare_digest(self.password.encode(), password.encode())
