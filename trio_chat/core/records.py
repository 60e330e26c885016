"""Records: what the chat wants kept over restarts, told by `Keep`.

Laws:

* A record says all of one thing as it is now; a later one about the same `what` takes its place.
* The store gives them back, all together, in a `Restored` when the server starts.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a room's list: the mask as it is shown, who set it, and when (Unix time)."""

    mask: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room, as it is to be after a restart. All times are Unix times."""

    name: str
    founder: str
    """The account it is registered to; empty for a room like others, kept for who is in it."""
    registered: float
    created: float
    topic: str = ""
    topic_by: str = ""
    topic_at: float = 0.0
    flags: str = ""
    key: str = ""
    limit: int = 0
    forward: str = ""
    lists: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    """By mode letter."""
    ranks: tuple[tuple[str, str], ...] = ()
    """The rank letters of accounts, by account."""
    keep_days: float = 0.0
    """How long its history is kept, in days, and how many messages of it; 0 for as the server
    has it."""
    keep_messages: int = 0

    @property
    def what(self) -> str:
        return f"room {self.name}"


@dataclass(frozen=True, slots=True)
class RoomForgotten:
    """A room that is not kept any more."""

    name: str

    @property
    def what(self) -> str:
        return f"room {self.name}"


@dataclass(frozen=True, slots=True)
class BanRecord:
    """A ban from the server. `expires` is a Unix time, None for never.

    `kind` is what the mask is matched with: `user` (`nick!user@host`), `address` (an address or a
    range), `account` or `realname`.
    """

    kind: str
    mask: str
    reason: str
    by: str
    at: float
    expires: float | None = None

    @property
    def what(self) -> str:
        return f"ban {self.kind} {self.mask}"


@dataclass(frozen=True, slots=True)
class BanLifted:
    """A ban that holds no longer."""

    kind: str
    mask: str

    @property
    def what(self) -> str:
        return f"ban {self.kind} {self.mask}"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Something an operator did, or tried to; kept for good. No other has its `id`."""

    id: str
    at: float
    by: str
    action: str
    text: str

    @property
    def what(self) -> str:
        return f"audit {self.id}"


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """What a user has reported to the moderators. No other has its `id`."""

    id: str
    at: float
    by: str
    target: str
    reason: str
    message: str = ""
    """The msgid it is about, empty if none."""
    closed_by: str = ""
    """The operator who has dealt with it, empty as long as nobody has."""
    closed_at: float = 0.0

    @property
    def what(self) -> str:
        return f"report {self.id}"


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """How closed the server is to strangers (DEFCON): `level` is 5 for not at all."""

    level: int
    by: str
    at: float

    @property
    def what(self) -> str:
        return "alert"


@dataclass(frozen=True, slots=True)
class MarkerRecord:
    """How far an account has read with a target: `at` is as read-marker writes it."""

    account: str
    target: str
    at: str

    @property
    def what(self) -> str:
        return f"marker {self.account} {self.target}"


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """The user of an always-on account, as they are to be after a restart. Times are Unix times."""

    account: str
    nick: str
    username: str
    realname: str
    host: str
    address: str
    modes: str
    away: str
    signed_on: float
    rooms: tuple[tuple[str, str], ...] = ()
    """The rooms they are in, each with their rank letters there."""
    metadata: tuple[tuple[str, str], ...] = ()
    devices: tuple[tuple[str, float], ...] = ()
    """When each of their devices was heard of last."""

    @property
    def what(self) -> str:
        return f"resident {self.account}"


@dataclass(frozen=True, slots=True)
class ResidentForgotten:
    """An account whose user goes with their last client."""

    account: str

    @property
    def what(self) -> str:
        return f"resident {self.account}"


Record = (
    RoomRecord
    | RoomForgotten
    | BanRecord
    | BanLifted
    | AuditRecord
    | ReportRecord
    | AlertRecord
    | MarkerRecord
    | ResidentRecord
    | ResidentForgotten
)
