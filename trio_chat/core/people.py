"""People: the connections of the chat, and who is behind each.

Laws:

* A session belongs to one user. What a user is by all of their sessions together (away, secure, an
  operator) is kept with the user by `core.standing`.
* Which rooms a user is in, and which sessions they have, only `World` changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trio_chat.core.privileges import Operator
from trio_chat.core.recent import Recent
from trio_chat.core.room import Membership, Room
from trio_chat.core.throttles import Meter
from trio_chat.wire.caps import (
    BATCH,
    LABELED_RESPONSE,
    METADATA_3,
    MULTILINE,
    TAG_CAPABILITIES,
)
from trio_chat.wire.modes import with_letter

if TYPE_CHECKING:
    from trio_chat.core.asking import Asked
    from trio_chat.core.commands.authentication import Exchange
    from trio_chat.core.commands.multiline import ClientBatch
    from trio_chat.core.residents import Residence


@dataclass(slots=True, eq=False)
class Session:
    """One connection. Before registration is done its user is known to nobody else."""

    id: int
    user: User
    opened: float
    """Uptime when it connected; so is `heard`, when it last sent a line."""
    heard: float
    address: str = ""
    """The IP address it comes from, and the host that stands for it; the user's are those of the
    first of their sessions."""
    host: str = ""
    encrypted: bool = False
    """Whether what it reads and writes is encrypted on its way."""
    away: str = ""
    """What it said with AWAY."""
    operator: Operator | None = None
    """Who it has become with OPER: the others of its user have not given that password."""
    pinged: float = -1.0
    registered: bool = False
    lines: int = 0
    """Commands it sent before its registration was done: WEBIRC must be the first of them."""
    negotiating: bool = False
    cap_version: int = 301
    caps: int = 0
    framing: int = 0
    """How lines reach it, as a bit of `wire.frames`."""
    variant: int = 0
    """What decides the bytes of a message for it, tags and framing: the key of `wire.Variants`."""
    password: str = ""
    fingerprint: str = ""
    """SHA-256 of the certificate its client showed in TLS, as lower-case hex."""
    hostname: str = ""
    """The name by which its client called this server in TLS."""
    device: str = ""
    """What its client calls the device it runs on, to be told what that one has missed."""
    missed_since: float | None = None
    """Since when (Unix time) it has missed what was said, until it was shown all of it."""
    through_gateway: bool = False
    """Whether it is a gateway's connection, on behalf of somebody else."""
    asked: Asked | None = None
    """The command whose answer it waits for."""
    exempt: bool = False
    """Whether it comes from where no throttle counts; `World.judge` keeps it up to date."""
    counted: str = ""
    """The address as which it counts in `World.throttles`; empty if it is not to be counted."""
    must_log_in: str = ""
    """Why it may connect only if it logs in to an account; empty if it may anyway."""
    failures: int = 0
    """Wrong passwords so far."""
    subscriptions: dict[str, None] = field(default_factory=dict)
    """Keys of metadata it is told of."""
    sasl: Exchange | None = None
    """Where it stands in logging in by AUTHENTICATE."""
    batch: ClientBatch | None = None
    """The batch it has opened and not closed yet."""
    outlet: Any = None
    """The shell's: what it wants to be handed back with this session. The core never looks."""

    def secure(self, fingerprint: str, hostname: str) -> None:
        """Note that its connection is encrypted."""
        self.encrypted = True
        self.user.set_mode("Z", True)
        self.fingerprint = fingerprint
        self.hostname = hostname

    @property
    def has_own_tls(self) -> bool:
        """Whether its client itself has connected by TLS, and not a gateway for it."""
        return self.encrypted and not self.through_gateway

    def set_framing(self, framing: int) -> None:
        self.framing = framing
        self.retag()

    def set_caps(self, caps: int) -> None:
        """Give it these capabilities; a `Retag` has to follow."""
        if self.caps & METADATA_3 and self.caps & ~caps & (METADATA_3 | BATCH):
            # "servers MUST clear that client's subscription list" (metadata-3, same section)
            self.subscriptions.clear()
        self.caps = caps

    def retag(self) -> None:
        """Bring the variant up to date."""
        self.variant = self.caps & TAG_CAPABILITIES | self.framing

    @property
    def siblings(self) -> tuple[Session, ...]:
        """The other sessions of its user."""
        return tuple(each for each in self.user.sessions if each is not self)

    def may(self, privilege: str) -> bool:
        """Whether who acts by it is an operator with a privilege (see `core.privileges`)."""
        return self.operator is not None and self.operator.grants(privilege)

    @property
    def takes_labels(self) -> bool:
        """Whether it negotiated labels (labeled-response, "Dependencies": it needs batch too)."""
        return not (LABELED_RESPONSE | BATCH) & ~self.caps

    @property
    def takes_multiline(self) -> bool:
        """Whether it negotiated messages of several lines, which are batches."""
        return not (MULTILINE | BATCH) & ~self.caps


@dataclass(slots=True, eq=False)
class User:
    """Somebody with a nick, present through one or more sessions."""

    nick: str
    host: str
    username: str = ""
    realname: str = ""
    account: str = ""
    away: str = ""
    """What is told of them who are away, by all of their sessions; empty if they are here."""
    address: str = ""
    """The IP address they come from; `host` is what others see of it."""
    modes: str = ""
    """User modes, as sorted letters."""
    operator: Operator | None = None
    """Who they, by one of their sessions, have become with OPER."""
    signed_on: float = 0.0
    active: float = 0.0
    """When they last said something, by the wall clock, as `signed_on`."""
    source: str = ""
    """`nick!user@host`, kept up to date by `World.rename` since every message carries it."""
    sessions: tuple[Session, ...] = ()
    rooms: dict[Room, Membership] = field(default_factory=dict)
    moves: int = 0
    """Counts joining and leaving: what was found out by the rooms one is in holds until then."""
    knocked: float | None = None
    """Uptime of the last KNOCK."""
    metadata: dict[str, str] = field(default_factory=dict)
    recent: Recent | None = None
    """What they said lately in private."""
    read: dict[str, str] = field(default_factory=dict)
    """Up to when they have read, by case-folded room or nick, as the `time` tag has it; not used of
    those who are logged in: see `World.read`."""
    invitations: dict[Room, None] = field(default_factory=dict)
    """Rooms this user may enter once, whatever bars the others."""
    accepted: dict[User, None] = field(default_factory=dict)
    """Whose messages come through though +g or +R is set; `accepted_by` is the other side."""
    accepted_by: dict[User, None] = field(default_factory=dict)
    reported: float | None = None
    """Uptime of the last REPORT."""
    renames: Meter = field(default_factory=Meter)
    joins: Meter = field(default_factory=Meter)
    """How often they have changed their nick, and joined a room or tried to."""
    residence: Residence | None = None
    """By what they stay while they have no session; None for those who do not."""
    told_of_stranger: float = float("-inf")
    """Uptime when they were last told that +g has kept a message from them."""

    @property
    def is_operator(self) -> bool:
        return self.operator is not None

    def accept(self, other: User, given: bool) -> None:
        """Let the messages of another through, or no longer."""
        if given:
            self.accepted[other] = other.accepted_by[self] = None
        else:
            self.accepted.pop(other, None)
            other.accepted_by.pop(self, None)

    def has(self, mode: str) -> bool:
        return mode in self.modes

    @property
    def is_invisible(self) -> bool:
        return "i" in self.modes

    @property
    def is_bot(self) -> bool:
        return "B" in self.modes

    @property
    def is_secure(self) -> bool:
        """Whether what they read and write is encrypted on its way."""
        return "Z" in self.modes

    def set_mode(self, mode: str, given: bool) -> bool:
        """Set or clear a user mode; False if that changes nothing."""
        changed = with_letter(self.modes, mode, given)
        if changed == self.modes:
            return False
        self.modes = changed
        return True

    def shares_room_with(self, other: User) -> bool:
        few, many = sorted((self.rooms, other.rooms), key=len)
        return any(room in many for room in few)
