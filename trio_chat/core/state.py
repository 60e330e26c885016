"""The state of the chat: who is connected, who they are, which rooms there are and who is in them.

Laws:

* A membership is one object, found from both sides: `room.members[user] is user.rooms[room]`.
  Only `World.enter` and `World.leave` change it.
* No room is empty; no user without a session stays, but one who lives here (`core.residents`).
* A session belongs to one user. What a user is by all of their sessions together (away, secure, an
  operator) is kept with the user by `core.standing`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trio_chat.core.accounts import Accounts
from trio_chat.core.bans import Bans
from trio_chat.core.cloaks import cloak
from trio_chat.core.monitors import Monitors
from trio_chat.core.past import Departed, Past
from trio_chat.core.privileges import Operator
from trio_chat.core.recent import Recent
from trio_chat.core.records import ReportRecord, RoomRecord
from trio_chat.core.room import Membership as Membership
from trio_chat.core.room import Room as Room
from trio_chat.core.room import Topic as Topic
from trio_chat.core.settings import Settings
from trio_chat.core.throttles import Meter, Throttle, Throttles
from trio_chat.wire.caps import (
    BATCH,
    LABELED_RESPONSE,
    METADATA_3,
    MULTILINE,
    TAG_CAPABILITIES,
)
from trio_chat.wire.casemapping import ASCII, CaseMapping
from trio_chat.wire.modes import USER_MODES, with_letter

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


class World:
    """Everything the chat knows. `boot` makes its message ids differ from those of other runs: if
    there is an archive that counts them, it is the number of this one."""

    def __init__(
        self, settings: Settings, boot: str, at: float, names: CaseMapping = ASCII
    ) -> None:
        self.settings = settings
        self.names = names
        """Which names are the same; the shell gives the one that the settings ask for."""
        self.fold = names.fold
        self.boot = boot
        self.created = at
        self.now = at
        """The time of the event at hand; never runs backwards, whatever the wall clock does."""
        self.uptime = 0.0
        self.sessions: dict[int, Session] = {}
        self.users: dict[str, User] = {}
        """Registered users by case-folded nick."""
        self.rooms: dict[str, Room] = {}
        """By case-folded name."""
        self.registered: dict[str, RoomRecord] = {}
        """Registered rooms by case-folded name, also those in which nobody is."""
        self.inhabited: dict[str, RoomRecord] = {}
        """Rooms that are nobody's and kept for the residents in them, by case-folded name."""
        self.residents: dict[str, User] = {}
        """Users who stay without a session, by case-folded account."""
        self.reviewed = 0.0
        """Uptime when it was looked last for residents who are not used any more."""
        self.unkept: dict[User | str, None] = {}
        """Residents, and case-folded names of rooms, of which not all is kept yet."""
        self.read: dict[str, dict[str, str]] = {}
        """Up to when the owners of accounts have read, by case-folded account, as `User.read`."""
        self.owed: dict[Session, dict[Room, str]] = {}
        """Who is to be shown yet what was said in rooms before they came: until which msgid."""
        self.accounts = Accounts(names.fold, names.skeleton)
        self.keeps_accounts = False
        """Whether there is something that keeps accounts; without it nobody can log in."""
        self.keeps_history = False
        """Whether there is something that keeps history, and it is wanted."""
        self.guests = 0
        """How many have been made guests so far: the next one gets the next number."""
        self.secret = ""
        """Known to this server alone, and the same in all its runs."""
        self.throttles = Throttles(settings.limits)
        self.bans = Bans(names)
        self.reports: dict[str, ReportRecord] = {}
        """What users have reported and no operator has closed, by id."""
        self.alert = 5
        """How closed the server is to strangers: see `commands.alert`."""
        self.monitors = Monitors(names.fold)
        self.past = Past(names.fold)
        self.uses: dict[str, int] = {}
        """How often each command was given."""
        self.stopped = ""
        """Why the server stops, once it does."""
        self.most_users = 0
        self.strangers = 0
        """Sessions that have not registered. Like the next, counted along: every newcomer is told,
        and to count 10,000 users again took four fifths of a registration."""
        self.with_mode: dict[str, int] = dict.fromkeys(USER_MODES, 0)
        """How many users have each user mode."""
        self._deadlines: list[tuple[float, int]] = []
        self._ids = 0

    # -- ids and deadlines

    def new_id(self) -> str:
        """An id no other message or batch has, of letters, digits and `-` (message-ids)."""
        self._ids += 1
        return f"{self.boot}-{self._ids:x}"

    def watch(self, session: Session, due: float) -> None:
        """Look at this session again when the uptime reaches `due`; one entry each at a time."""
        heapq.heappush(self._deadlines, (due, session.id))

    def take_due(self) -> Session | None:
        """The next session whose time to be looked at has come."""
        while self._deadlines and self._deadlines[0][0] <= self.uptime:
            session = self.sessions.get(heapq.heappop(self._deadlines)[1])
            if session is not None:
                return session
        return None

    # -- names

    def is_nick(self, text: str) -> bool:
        return len(text) <= self.settings.limits.nick_length and self.names.is_nick(text)

    # -- looking up

    def find_user(self, nick: str) -> User | None:
        return self.users.get(self.fold(nick))

    def find_room(self, name: str) -> Room | None:
        return self.rooms.get(self.fold(name))

    def neighbours(self, user: User) -> tuple[Session, ...]:
        """The sessions of everyone in a room with this user, and the user's own; each once."""
        seen: dict[Session, None] = dict.fromkeys(user.sessions)
        for room in user.rooms:
            seen.update(dict.fromkeys(room.audience))
        return tuple(seen)

    # -- changing

    def shown_host(self, address: str) -> str:
        """What others see of the address that somebody comes from."""
        if self.secret and self.settings.cloaking:
            return cloak(self.secret, address)
        return address

    def add_session(
        self, session_id: int, address: str, secure: bool = False, outlet: Any = None
    ) -> Session:
        host = self.shown_host(address)
        user = User("", host, address=address, modes="Z" if secure else "")
        session = Session(
            session_id,
            user,
            opened=self.uptime,
            heard=self.uptime,
            address=address,
            host=host,
            encrypted=secure,
            outlet=outlet,
        )
        user.sessions = (session,)
        self.judge(session)
        self.sessions[session_id] = session
        self.strangers += 1
        return session

    def judge(self, session: Session) -> None:
        """Find out as what a session counts, once its address or the settings are others."""
        address = session.address
        session.exempt = self.settings.exempts(address)
        counted = "" if session.exempt or self.settings.is_gateway(address) else address
        if counted != session.counted:
            self._count_out(session)
            if counted:
                self.throttles.present.enter(counted)
            session.counted = counted

    def _count_out(self, session: Session) -> None:
        if session.counted:
            self.throttles.present.leave(session.counted)

    def turn_away(self, session: Session) -> str:
        """Why a session may not stay where it has just come from; empty if it may."""
        if not session.counted:
            return ""
        return self.throttles.turn_away(session.counted, self.uptime)

    def throttle(self, session: Session, by: Throttle) -> float:
        """Count one time for a session; 0.0 if it is allowed, else the seconds it is to wait."""
        return 0.0 if session.exempt else by.take(session.address, self.uptime)

    def give_back(self, session: Session, to: Throttle) -> None:
        """Count one time less for a session: what it did was none of what is counted."""
        if not session.exempt:
            to.give_back(session.address)

    def register(self, session: Session) -> None:
        """Make the session's user known by its nick."""
        user = session.user
        session.registered = True
        self.strangers -= 1
        user.signed_on = user.active = self.now
        user.modes = "".join(sorted({*user.modes, *self.settings.default_user_modes}))
        self.admit(user)

    def admit(self, user: User) -> None:
        """Make a user known by their nick."""
        for mode in user.modes:
            self.with_mode[mode] += 1
        self.users[self.fold(user.nick)] = user
        self.rename(user, user.nick)
        self.most_users = max(self.most_users, len(self.users))

    def attach(self, session: Session, user: User) -> None:
        """Give a registered user one more session, which leaves the user it had."""
        if session.registered:
            self._detach(session)
        else:
            session.registered = True
            self.strangers -= 1
        session.user = user
        user.sessions += (session,)
        user.address = user.sessions[0].address
        self.touch(user)
        for room in user.rooms:
            room.hear_anew()

    def set_mode(self, user: User, mode: str, given: bool) -> bool:
        """Set or clear a mode of a registered user; False if that changes nothing."""
        changed = user.set_mode(mode, given)
        if changed:
            self.with_mode[mode] += 1 if given else -1
            self.touch(user)
        return changed

    def rename(self, user: User, nick: str) -> None:
        before, after = self.fold(user.nick), self.fold(nick)
        if self.users.get(before) is user and before != after:
            self._remember(user)
            del self.users[before]
            self.users[after] = user
        user.nick = nick
        user.source = f"{nick}!{user.username}@{user.host}"
        self.touch(user)

    def new_room(self, name: str) -> Room:
        """A room that is in the world as soon as somebody enters it."""
        return Room(name, self.now, flags="".join(sorted(self.settings.default_room_modes)))

    def enter(self, room: Room, user: User, ranks: str = "") -> Membership:
        if not room.members:
            self.rooms[self.fold(room.name)] = room
        membership = user.rooms[room] = Membership(ranks)
        room.admit(user, membership)
        user.moves += 1
        user.invitations.pop(room, None)
        if user.residence is not None:
            self._count(room, user, 1)
        return membership

    def leave(self, room: Room, user: User) -> None:
        del user.rooms[room]
        room.dismiss(user)
        user.moves += 1
        if user.residence is not None:
            self._count(room, user, -1)
        if not room.members:
            del self.rooms[self.fold(room.name)]

    def remove_session(self, session: Session) -> None:
        """Forget a session and, if it was the user's last and they do not stay, the user."""
        self.see(session)
        del self.sessions[session.id]
        self.strangers -= not session.registered
        self._count_out(session)
        self.monitors.clear(session)
        self._detach(session)

    def _detach(self, session: Session) -> None:
        user = session.user
        user.sessions = tuple(other for other in user.sessions if other is not session)
        if not user.sessions and user.residence is None:
            self.forget_user(user)
            return
        if user.sessions:
            user.address = user.sessions[0].address
        for room in user.rooms:
            room.hear_anew()

    def forget_user(self, user: User) -> None:
        """Forget a user without a session."""
        for room in tuple(user.rooms):
            self.leave(room, user)
        for other in tuple(user.accepted):
            user.accept(other, False)
        for other in tuple(user.accepted_by):
            other.accept(user, False)
        # What was said lately names its user, even after they left. What they knew of others must
        # go with them, or those others would hold yet others, back to the first who ever came.
        user.recent = None
        user.invitations.clear()
        if self.users.get(self.fold(user.nick)) is user:
            self._remember(user)
            del self.users[self.fold(user.nick)]
            for mode in user.modes:
                self.with_mode[mode] -= 1

    def _remember(self, user: User) -> None:
        """Keep for WHOWAS who had this nick."""
        departed = Departed(
            user.nick,
            user.username,
            user.host,
            user.address,
            user.realname,
            user.account,
            self.now,
        )
        self.past.remember(departed, self.settings.limits.whowas_entries)

    def rename_room(self, room: Room, name: str) -> None:
        del self.rooms[self.fold(room.name)]
        room.name = name
        self.rooms[self.fold(name)] = room
        for user in room.members:
            user.moves += 1
            self.touch(user)

    # -- residents

    def house(self, user: User, residence: Residence) -> None:
        """Have a user stay without a session."""
        user.residence = residence
        self.residents[self.fold(residence.account)] = user
        self.touch(user)
        for room in user.rooms:
            self._count(room, user, 1)

    def evict(self, user: User) -> None:
        """Have a resident go with their last session; who has none is to be forgotten next."""
        assert user.residence is not None
        for room in user.rooms:
            self._count(room, user, -1)
        del self.residents[self.fold(user.residence.account)]
        user.residence = None

    def _count(self, room: Room, user: User, change: int) -> None:
        room.residents += change
        self.unkept[user] = self.unkept[self.fold(room.name)] = None

    def touch(self, user: User) -> None:
        """Take note that something has changed of a user that is kept of residents."""
        if user.residence is not None:
            self.unkept[user] = None

    def see(self, session: Session) -> None:
        """Take note that a device was heard of, if it is a resident's."""
        user = session.user
        if user.residence is not None:
            user.residence.see(session.device, self.last_heard(session))
            self.touch(user)

    def last_heard(self, session: Session) -> float:
        """Until when a session has heard all that was said, as a Unix time."""
        if session.missed_since is not None:
            return session.missed_since
        return self.now - (self.uptime - session.heard)

    def invite(self, room: Room, user: User) -> None:
        for dead in [other for other in user.invitations if not other.members]:
            del user.invitations[dead]
        user.invitations.pop(room, None)
        user.invitations[room] = None
        while len(user.invitations) > self.settings.limits.invitations:
            del user.invitations[next(iter(user.invitations))]
