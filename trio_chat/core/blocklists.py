"""Blocklists: lists in the DNS of addresses that trouble comes from (RFC 5782)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from trio_chat.wire.addresses import is_range

# RFC 1123 section 2.1; with the 63 digits of a reversed IPv6 address it must fit 253 (RFC 1035).
_ZONE = re.compile(r"(?=.{1,189}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Blocklist:
    """One list, and what it means to be on it."""

    zone: str = field(metadata={"example": "dnsbl.example.org"})
    """Where the list stands in the DNS."""
    action: Literal["refuse", "login"] = "refuse"
    """What becomes of a client whose address is on it: it is let go, or must log in to an account
    to connect."""
    answers: tuple[str, ...] = ()
    """The answers of the list that count, such as `127.0.0.2`; none means all."""
    reason: str = "your address is on a blocklist"
    """What the client is told."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a list that nobody could be on."""
        if _ZONE.fullmatch(self.zone) is None:
            raise ValueError(f"zone must be a name in the DNS, not {self.zone!r}")
        for answer in self.answers:
            if not is_range(answer):
                raise ValueError(f"not an address or a range of them: {answer}")
        if not self.reason.isprintable():
            raise ValueError("the reason of a blocklist must be one line")
