"""What was said lately: enough of it to know whose a message is, for as long as it matters.

Law: bounded; the oldest is forgotten first.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trio_chat.core.state import Room, User


@dataclass(frozen=True, slots=True)
class Said:
    """One message: its command, who said it when (Unix time), and, unless in a room, to whom.

    `accounts` are those that the two had then, if both had one: their history has it, whoever they
    are logged in as by now.
    """

    msgid: str
    command: str
    by: User
    at: float
    to: User | None
    accounts: tuple[str, str] | None


_Entry = tuple[str, str, "User", float, "User | None", tuple[str, str] | None]


class Recent:
    """The latest messages of one room, or of one user to others in private."""

    __slots__ = ("_said",)

    def __init__(self, size: int) -> None:
        # Plain tuples: making a `Said` of every message would cost it half a microsecond.
        self._said: deque[_Entry] = deque(maxlen=size)

    def add(self, msgid: str, command: str, by: User, at: float, to: User | None) -> None:
        accounts = None
        if to is not None and by.account and to.account:
            accounts = by.account, to.account
        self._said.append((msgid, command, by, at, to, accounts))

    def find(self, msgid: str) -> Said | None:
        return next((Said(*said) for said in self._said if said[0] == msgid), None)

    def forget(self, said: Said) -> None:
        """Forget one that was found."""
        entry = said.msgid, said.command, said.by, said.at, said.to, said.accounts
        self._said.remove(entry)


def remember(
    place: Room | User,
    msgid: str,
    command: str,
    by: User,
    at: float,
    size: int,
    to: User | None = None,
) -> None:
    """Keep a message in mind for a room, or for the user who said it to another in private."""
    # Made only now: an empty deque for every idle user would cost more than the rest of the user.
    if place.recent is None:
        place.recent = Recent(size)
    place.recent.add(msgid, command, by, at, to)
