"""The state of the chat: who is connected, who they are, which rooms there are and who is in them.

Laws:

* A membership is one object, found from both sides: `room.members[user] is user.rooms[room]`.
  Only `World.enter` and `World.leave` change it.
* No room is empty; no user without a session stays, but one who lives here (`core.residents`).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from trio_chat.core.accounts import Accounts
from trio_chat.core.bans import Bans
from trio_chat.core.cloaks import cloak
from trio_chat.core.monitors import Monitors
from trio_chat.core.past import Departed, Past
from trio_chat.core.people import Session as Session
from trio_chat.core.people import User as User
from trio_chat.core.records import ReportRecord, RoomRecord
from trio_chat.core.room import Membership as Membership
from trio_chat.core.room import Room as Room
from trio_chat.core.room import Topic as Topic
from trio_chat.core.settings import Settings
from trio_chat.core.throttles import Throttle, Throttles
from trio_chat.wire.casemapping import ASCII, CaseMapping
from trio_chat.wire.modes import USER_MODES

if TYPE_CHECKING:
    from trio_chat.core.residents import Residence


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
