"""What happens to the chat, told to `step`: past participles.

Every event says in `at` when it happened, in seconds since the Unix epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Chronicle
from trio_chat.core.questions import Reading
from trio_chat.core.records import Record
from trio_chat.wire.message import Malformed, Message


@dataclass(frozen=True, slots=True)
class Opened:
    """A client has connected from `address` (an IP address); `session` is a fresh number.

    `secure` says that the connection is encrypted. `outlet` is the shell's: what it wants to be
    handed back with the session.
    """

    session: int
    address: str
    at: float
    secure: bool = False
    outlet: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Secured:
    """A client's connection has turned out to be TLS, before it is registered.

    `fingerprint` is the SHA-256 of the client's certificate (of its DER, as lower-case hex), which
    vouches for nothing but that it is the same client as before; empty if it has none. `hostname`
    is the name by which the client calls this server, if it says so (SNI).
    """

    session: int
    fingerprint: str
    at: float
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class Framed:
    """A client has shown how lines are to reach it: `framing` is one of `wire.frames`."""

    session: int
    framing: int
    at: float


@dataclass(frozen=True, slots=True)
class Received:
    """A client has sent a line."""

    session: int
    message: Message | Malformed
    at: float


@dataclass(frozen=True, slots=True)
class Closed:
    """A client's connection is gone; `reason` is what the others will read."""

    session: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The question a session asked has been answered; None if it could not be."""

    session: int
    answer: object
    at: float


@dataclass(frozen=True, slots=True)
class Restored:
    """What was kept from earlier runs; the first event of all, before anybody connects.

    `secret` is known to this server alone, and the same in all its runs. `run` counts those: it
    makes the ids of each run later than those of the one before. `latest` is the time of the latest
    message of the history, 0.0 if there is none.
    """

    accounts: tuple[Account, ...]
    records: tuple[Record, ...]
    secret: str
    at: float
    run: int = 0
    latest: float = 0.0


@dataclass(frozen=True, slots=True)
class NotKept:
    """What a session has said is not in the history: the disk is full, or fails.

    All who were to hear it have heard it. These are of one event, and the answers to it have not
    been sent: what follows stands in their place. `outlet` is the shell's.
    """

    session: int
    lost: tuple[Chronicle, ...]
    at: float
    outlet: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeepingChanged:
    """Nothing can be written to the disk any more, because of `fault`, or all is well again."""

    fault: str
    at: float


@dataclass(frozen=True, slots=True)
class AccountsChanged:
    """Accounts have been made, changed or deleted, from outside the chat or by an errand.

    `deleted` are names.
    """

    changed: tuple[Account, ...]
    deleted: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Reread:
    """The configuration has been read again because somebody outside the chat said so."""

    reading: Reading
    at: float


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed: `uptime` is seconds since the start on a clock that never jumps.

    Deadlines go by it, since the wall clock of `at` may be set back or forth.
    """

    uptime: float
    at: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """The server is going down: everyone is told why and let go, in one event."""

    reason: str
    at: float


Event = (
    Opened
    | Secured
    | Framed
    | Received
    | Closed
    | Answered
    | Restored
    | NotKept
    | KeepingChanged
    | AccountsChanged
    | Reread
    | Ticked
    | Stopped
)
