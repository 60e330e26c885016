"""A room: who is in it with which rank, its topic, modes and lists.

Laws:

* A room's audience is an immutable tuple, made anew after somebody joined or left, or has a session
  more or less: an effect made before a PART still names who was there.
* What is asked for every message is kept ready: the audience, whether anything restrains what a
  member says (`is_plain`), whether it is kept, and of each member whether the lists silence them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trio_chat.core.masks import Mask
from trio_chat.core.recent import Recent
from trio_chat.wire.modes import LEVELS, RANKS, with_letter

if TYPE_CHECKING:
    from trio_chat.core.registered import Registration
    from trio_chat.core.state import Session, User

_RANK_ORDER = "".join(RANKS)

_RESTRAINING = "CMSTcm"
"""The modes without parameter that bear on what members say."""

_CLOSING = "Rips"
"""The modes without parameter that keep some people out, or the room out of sight."""

Identity = tuple[int, str, str, str, int]


@dataclass(slots=True, eq=False)
class Membership:
    """One user in one room; `ranks` are mode letters, highest first."""

    ranks: str = ""
    judged: Identity | None = None
    """The lists and the user that `silenced` was found for."""
    silenced: bool = False

    @property
    def level(self) -> int:
        """The level of the highest rank, 0 for none (see `LEVELS`)."""
        return LEVELS[self.ranks[0]] if self.ranks else 0

    @property
    def is_operator(self) -> bool:
        """Whether this member is an operator of the room, or more than that."""
        return self.level >= LEVELS["o"]

    @property
    def may_speak(self) -> bool:
        """Whether moderation and bans do not silence this member."""
        return self.ranks != ""

    def sign(self, every: bool) -> str:
        """The signs before the nick: all of them (multi-prefix), or the highest."""
        signs = "".join(RANKS[rank] for rank in self.ranks)
        return signs if every else signs[:1]


@dataclass(frozen=True, slots=True)
class Topic:
    """A room's topic, who set it (a source) and when."""

    text: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: the mask, who set it (a source) and when."""

    mask: Mask
    by: str
    at: float


@dataclass(slots=True, eq=False)
class Room:
    """A room (IRC says channel): members, topic, modes and lists."""

    name: str
    created: float
    topic: Topic | None = None
    flags: str = ""
    """The modes that take no parameter, sorted."""
    key: str = ""
    limit: int = 0
    forward: str = ""
    """The name of the room to which those are sent who may not join; empty for none."""
    lists: dict[str, dict[str, Entry]] = field(default_factory=dict)
    """By mode letter, then by the mask's key; a list that is empty is not there."""
    members: dict[User, Membership] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    knocked: float | None = None
    """Uptime of the last KNOCK."""
    recent: Recent | None = None
    """What was said in it lately."""
    residents: int = 0
    """Members who stay without a session: with one the room is kept, whomever it belongs to."""
    registration: Registration | None = None
    """Whom it belongs to; None for a room like others."""
    is_plain: bool = True
    """Whether no mode and no ban restrains what members say."""
    is_off_record: bool = False
    """Whether nothing that happens in it is kept."""
    _is_open: bool = True
    _lists_version: int = 0
    _audience: tuple[Session, ...] | None = None
    _ranked: dict[int, tuple[Session, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._judge()

    # -- who is in it

    @property
    def audience(self) -> tuple[Session, ...]:
        """The sessions of all members, in the order they joined."""
        if self._audience is None:
            self._audience = tuple(session for user in self.members for session in user.sessions)
        return self._audience

    def audience_from(self, level: int) -> tuple[Session, ...]:
        """The sessions of the members with a rank of at least this level."""
        found = self._ranked.get(level)
        if found is None:
            found = self._ranked[level] = tuple(
                session
                for user, membership in self.members.items()
                if membership.level >= level
                for session in user.sessions
            )
        return found

    def set_rank(self, user: User, rank: str, given: bool) -> bool:
        """Give a member a rank or take it; False if that changes nothing."""
        membership = self.members[user]
        if (rank in membership.ranks) == given:
            return False
        kept = membership.ranks + rank if given else membership.ranks.replace(rank, "")
        membership.ranks = "".join(letter for letter in _RANK_ORDER if letter in kept)
        self._ranked.clear()
        return True

    def admit(self, user: User, membership: Membership) -> None:
        """For `World.enter` alone, which keeps the user's side in step."""
        self.members[user] = membership
        self._ranked.clear()
        if self._audience is not None:  # joining a crowd of thousands must not walk it again
            self._audience += user.sessions

    def hear_anew(self) -> None:
        """For `World` alone: a member has a session more or less."""
        self._ranked.clear()
        self._audience = None

    def dismiss(self, user: User) -> None:
        """For `World.leave` alone, which keeps the user's side in step."""
        del self.members[user]
        self.hear_anew()

    # -- what it is like

    @property
    def is_secret(self) -> bool:
        return "s" in self.flags

    @property
    def is_private(self) -> bool:
        return "p" in self.flags

    @property
    def is_public(self) -> bool:
        """Whether anyone may come in and hear: only then may the console show what is said."""
        return self._is_open and not self.key

    def is_visible_to(self, user: User) -> bool:
        """Whether this user may learn by asking that there is such a room."""
        return not self.is_secret or user in self.members

    def is_listed_for(self, user: User) -> bool:
        """Whether this user is told of the room without naming it: in LIST, or beside a member."""
        return user in self.members or not (self.is_secret or self.is_private)

    def has(self, flag: str) -> bool:
        return flag in self.flags

    def set_flag(self, flag: str, given: bool) -> bool:
        """Set or clear a mode without parameter; False if that changes nothing."""
        changed = with_letter(self.flags, flag, given)
        if changed == self.flags:
            return False
        self.flags = changed
        self._judge()
        return True

    # -- lists

    def entries(self, mode: str) -> tuple[Entry, ...]:
        """The entries of a list, in the order they were set."""
        return tuple(self.lists.get(mode, {}).values())

    @property
    def entry_count(self) -> int:
        """How many entries all lists have together."""
        return sum(len(entries) for entries in self.lists.values())

    def has_entry(self, mode: str, key: str) -> bool:
        return key in self.lists.get(mode, {})

    def add_entry(self, mode: str, entry: Entry) -> None:
        self.lists.setdefault(mode, {})[entry.mask.key] = entry
        self._judge()

    def remove_entry(self, mode: str, key: str) -> Entry | None:
        """Take an entry out; None if there is no such."""
        entries = self.lists.get(mode, {})
        removed = entries.pop(key, None)
        if removed is not None:
            if not entries:
                del self.lists[mode]
            self._judge()
        return removed

    def bars(self, user: User) -> bool:
        """Whether a ban keeps this user from joining, and no exception lifts it."""
        return self._is_on("b", user, joining=True) and not self._is_on("e", user, joining=True)

    def expects(self, user: User) -> bool:
        """Whether this user is as good as invited (Modern IRC, "Invite-Exception Channel Mode")."""
        return self._is_on("I", user, joining=True)

    def silences(self, user: User) -> bool:
        """Whether a ban keeps this user from speaking. A member is matched once, not each time."""
        if "b" not in self.lists:
            return False
        membership = self.members.get(user)
        if membership is None:
            return self._silences(user)
        identity = (self._lists_version, user.source, user.account, user.realname, user.moves)
        if membership.judged != identity:
            membership.silenced = self._silences(user)
            membership.judged = identity
        return membership.silenced

    def _silences(self, user: User) -> bool:
        return self._is_on("b", user, joining=False) and not self._is_on("e", user, joining=False)

    def _is_on(self, mode: str, user: User, *, joining: bool) -> bool:
        entries = self.lists.get(mode, {}).values()
        return any(
            entry.mask.matches(user) for entry in entries if not (joining and entry.mask.mutes)
        )

    def _judge(self) -> None:
        """Bring up to date what is kept ready, after a mode or a list has changed."""
        self._lists_version += 1
        self._is_open = not any(flag in self.flags for flag in _CLOSING)
        self.is_off_record = "E" in self.flags
        restrained = any(flag in self.flags for flag in _RESTRAINING)
        self.is_plain = not restrained and "b" not in self.lists
