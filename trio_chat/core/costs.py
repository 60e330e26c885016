"""What a line costs: how much of everybody's time it takes, a message to one target being 1.

Law: a cost is known from the line alone. What it depends on beside that, the size of a room, is
bounded by limits of its own.
"""

from __future__ import annotations

from trio_chat.wire.grammar import ROOM_PREFIX
from trio_chat.wire.message import Malformed, Message

COSTS = {
    "WHO": 5,
    "NAMES": 5,
    "LIST": 20,
    "WHOIS": 2,
    "WHOWAS": 2,
    "JOIN": 2,
    "PART": 2,
    "KICK": 2,
    "NICK": 2,
    "RENAME": 20,
    "CHATHISTORY": 2,
    "SEARCH": 5,
    "EDIT": 2,
    "PIN": 2,
    "UNPIN": 2,
    "PINS": 2,
    "OPER": 5,
    "LUSERS": 2,
    "INFO": 2,
    "STATS": 2,
    "MOTD": 3,
    "HELP": 3,
    "HELPOP": 3,
    "LINKS": 2,
}
"""What costs more than 1: much work (WHO of a room of 1,000 takes 3 ms, a message to it 1 ms), many
lines in answer, or a line to everyone in several rooms."""

OF_EVERYTHING = 4
"""Times as much for a WHO or NAMES that is not for a room: it looks at everyone there is."""

_LISTS = frozenset(
    ("PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "NAMES", "LIST", "WHOIS", "WHOWAS")
)
"""Commands whose first parameter lists targets, each of which costs as much as one."""

_WIDE = frozenset(("WHO", "NAMES"))


def cost(line: Message | Malformed) -> int:
    """The cost of a line that a client has sent."""
    if isinstance(line, Malformed):
        return 1
    command = line.command
    its = COSTS.get(command, 1)
    first = line.params[0] if line.params else ""
    if command in _LISTS:
        its *= 1 + first.count(",")
    if command in _WIDE and not first.startswith(ROOM_PREFIX):
        its *= OF_EVERYTHING
    return its
