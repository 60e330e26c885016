"""The state of the chat: who is connected, who they are, which rooms there are and who is in them.

Laws:

* A membership is one object, found from both sides: `room.members[user] is user.rooms[room]`.
  Only `World.enter` and `World.leave` change it.
* A room's audience is an immutable tuple, made anew after somebody joined or left: an effect made
  before a PART still names who was there.
* No room is empty; no user without a session stays.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

from trio_chat.core.settings import Settings
from trio_chat.wire.caps import BATCH, LABELED_RESPONSE, TAG_CAPABILITIES
from trio_chat.wire.grammar import casefold, matches
from trio_chat.wire.modes import RANKS

_RANK_ORDER = "".join(RANKS)


@dataclass(slots=True, eq=False)
class Membership:
    """One user in one room; `ranks` are mode letters, highest first."""

    ranks: str = ""

    @property
    def is_operator(self) -> bool:
        return "o" in self.ranks

    @property
    def may_speak(self) -> bool:
        """Whether moderation and bans do not silence this member."""
        return self.ranks != ""

    def sign(self, every: bool) -> str:
        """The signs before the nick: all of them (multi-prefix), or the highest."""
        signs = "".join(RANKS[rank] for rank in self.ranks)
        return signs if every else signs[:1]

    def set_rank(self, rank: str, given: bool) -> bool:
        """Give or take a rank; False if that changes nothing."""
        if (rank in self.ranks) == given:
            return False
        kept = self.ranks + rank if given else self.ranks.replace(rank, "")
        self.ranks = "".join(letter for letter in _RANK_ORDER if letter in kept)
        return True


@dataclass(frozen=True, slots=True)
class Topic:
    """A room's topic, who set it (a source) and when."""

    text: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Ban:
    """One entry of a ban list: the mask, who set it (a source) and when."""

    mask: str
    by: str
    at: float


@dataclass(slots=True, eq=False)
class Session:
    """One connection. Before registration is done its user is known to nobody else."""

    id: int
    user: User
    opened: float
    """Uptime when it connected; so is `heard`, when it last sent a line."""
    heard: float
    pinged: float = -1.0
    registered: bool = False
    negotiating: bool = False
    cap_version: int = 301
    caps: int = 0
    tag_caps: int = 0
    """The part of `caps` that decides the tags of a message: the key of its encoded variants."""
    password: str = ""
    outlet: Any = None
    """The shell's: what it wants to be handed back with this session. The core never looks."""

    def set_caps(self, caps: int) -> None:
        self.caps = caps
        self.tag_caps = caps & TAG_CAPABILITIES

    @property
    def takes_labels(self) -> bool:
        """Whether it negotiated labels (labeled-response, "Dependencies": it needs batch too)."""
        return not (LABELED_RESPONSE | BATCH) & ~self.caps


@dataclass(slots=True, eq=False)
class User:
    """Somebody with a nick, present through one or more sessions."""

    nick: str
    host: str
    username: str = ""
    realname: str = ""
    account: str = ""
    away: str = ""
    invisible: bool = False
    signed_on: float = 0.0
    active: float = 0.0
    """When they last said something, by the wall clock, as `signed_on`."""
    source: str = ""
    """`nick!user@host`, kept up to date by `World.rename` since every message carries it."""
    sessions: tuple[Session, ...] = ()
    rooms: dict[Room, Membership] = field(default_factory=dict)
    invitations: dict[Room, None] = field(default_factory=dict)
    """Rooms this user may enter once, whatever bars the others."""

    def shares_room_with(self, other: User) -> bool:
        few, many = sorted((self.rooms, other.rooms), key=len)
        return any(room in many for room in few)


@dataclass(slots=True, eq=False)
class Room:
    """A room (IRC says channel): members, topic, modes and bans."""

    name: str
    created: float
    topic: Topic | None = None
    flags: str = ""
    """The modes that take no parameter, sorted."""
    key: str = ""
    limit: int = 0
    bans: dict[str, Ban] = field(default_factory=dict)
    """By case-folded mask."""
    members: dict[User, Membership] = field(default_factory=dict)
    _audience: tuple[Session, ...] | None = None

    @property
    def audience(self) -> tuple[Session, ...]:
        """The sessions of all members, in the order they joined."""
        if self._audience is None:
            self._audience = tuple(session for user in self.members for session in user.sessions)
        return self._audience

    @property
    def is_secret(self) -> bool:
        return "s" in self.flags

    @property
    def is_public(self) -> bool:
        """Whether anyone may come in and hear: only then may the console show what is said."""
        return not (self.is_secret or "i" in self.flags or self.key)

    def is_visible_to(self, user: User) -> bool:
        return not self.is_secret or user in self.members

    def has(self, flag: str) -> bool:
        return flag in self.flags

    def set_flag(self, flag: str, given: bool) -> bool:
        """Set or clear a mode without parameter; False if that changes nothing."""
        if (flag in self.flags) == given:
            return False
        flags = self.flags + flag if given else self.flags.replace(flag, "")
        self.flags = "".join(sorted(flags))
        return True

    def is_banned(self, user: User) -> bool:
        return any(matches(ban.mask, user.source) for ban in self.bans.values())

    def _admit(self, user: User, membership: Membership) -> None:
        self.members[user] = membership
        if self._audience is not None:  # joining a crowd of thousands must not walk it again
            self._audience += user.sessions

    def _dismiss(self, user: User) -> None:
        del self.members[user]
        self._audience = None


class World:
    """Everything the chat knows. `boot` makes its message ids differ from those of other runs."""

    def __init__(self, settings: Settings, boot: str, at: float) -> None:
        self.settings = settings
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
        self.most_users = 0
        self.strangers = 0
        """Sessions that have not registered. Like the next, counted along: every newcomer is told,
        and to count 10,000 users again took four fifths of a registration."""
        self.invisible_users = 0
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

    # -- looking up

    def find_user(self, nick: str) -> User | None:
        return self.users.get(casefold(nick))

    def find_room(self, name: str) -> Room | None:
        return self.rooms.get(casefold(name))

    def neighbours(self, user: User) -> tuple[Session, ...]:
        """The sessions of everyone in a room with this user, and the user's own; each once."""
        seen: dict[Session, None] = dict.fromkeys(user.sessions)
        for room in user.rooms:
            seen.update(dict.fromkeys(room.audience))
        return tuple(seen)

    # -- changing

    def add_session(self, session_id: int, host: str) -> Session:
        user = User("", host)
        session = Session(session_id, user, opened=self.uptime, heard=self.uptime)
        user.sessions = (session,)
        self.sessions[session_id] = session
        self.strangers += 1
        return session

    def register(self, session: Session) -> None:
        """Make the session's user known by its nick."""
        user = session.user
        session.registered = True
        self.strangers -= 1
        user.signed_on = user.active = self.now
        self.users[casefold(user.nick)] = user
        self.rename(user, user.nick)
        self.most_users = max(self.most_users, len(self.users))

    def rename(self, user: User, nick: str) -> None:
        if self.users.get(casefold(user.nick)) is user:
            del self.users[casefold(user.nick)]
            self.users[casefold(nick)] = user
        user.nick = nick
        user.source = f"{nick}!{user.username}@{user.host}"

    def open_room(self, name: str) -> Room:
        room = Room(name, self.now, flags="".join(sorted(self.settings.default_room_modes)))
        self.rooms[casefold(name)] = room
        return room

    def enter(self, room: Room, user: User, ranks: str = "") -> Membership:
        membership = user.rooms[room] = Membership(ranks)
        room._admit(user, membership)
        user.invitations.pop(room, None)
        return membership

    def leave(self, room: Room, user: User) -> None:
        del user.rooms[room]
        room._dismiss(user)
        if not room.members:
            del self.rooms[casefold(room.name)]

    def remove_session(self, session: Session) -> None:
        """Forget a session and, as it was the user's last, the user."""
        user = session.user
        del self.sessions[session.id]
        self.strangers -= not session.registered
        user.sessions = tuple(other for other in user.sessions if other is not session)
        if user.sessions:
            return
        for room in tuple(user.rooms):
            self.leave(room, user)
        if session.registered:
            del self.users[casefold(user.nick)]
            self.invisible_users -= user.invisible

    def set_invisible(self, user: User, given: bool) -> None:
        self.invisible_users += given - user.invisible
        user.invisible = given

    def invite(self, room: Room, user: User) -> None:
        for dead in [other for other in user.invitations if not other.members]:
            del user.invitations[dead]
        user.invitations[room] = None
