"""What a server says as it hangs up (ERROR), read for whether to come back, and when.

Law: every server has words of its own, so what is not understood is a loss like any other. Where
two readings are possible it is the one that comes back: a ban that passes says so.
"""

from __future__ import annotations

import re

from trio_chat.client.errors import Banned, ConnectionLost, TurnedAway

# hybrid and its kin: "(K-Lined)", "(*** Banned )"; InspIRCd: "[Z-lined: ...]"; UnrealIRCd: "User
# has been banned from ..."; ircu: "(G-lined)"; services: "AKILL".
_BANNED = re.compile(r"\b(?:[dgkxz][-:]?lined?|akill(?:ed)?|auto-?kill(?:ed)?|banned)\b", re.I)
# Of us: "Server is full, try again later", "Too many connections from your address"; of hybrid and
# InspIRCd: "trying to (re)connect too fast -- throttled"; of InspIRCd's connectban: "Wait a while".
_TURNED_AWAY = re.compile(
    r"throttl|too (?:fast|many|often|quickly)|\bfull\b|no more connections"
    r"|again later|wait a while",
    re.I,
)
_KILLED = re.compile(r"\bkilled\b", re.I)


def lost_by(farewell: str) -> ConnectionLost:
    """The loss that a server tells of."""
    if _TURNED_AWAY.search(farewell):
        return TurnedAway(farewell)
    if _BANNED.search(farewell) and not was_killed(farewell):
        return Banned(farewell)
    return ConnectionLost(farewell)


def was_killed(farewell: str) -> bool:
    """Whether somebody put an end to it: an operator, or who owns the nick by services."""
    return _KILLED.search(farewell) is not None
