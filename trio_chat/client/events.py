"""What happens in the chat, as a client is told of it: the events of `async for event in chat`.

Laws:

* Frozen facts, named in the past participle.
* A message of one's own is never `Said` or `Noticed` but `Sent`, so a bot that answers what is
  said cannot answer itself. The other events say in `own` whether they are about oneself.
* What is long over never comes as if it happened now: a history that was asked for is returned by
  the method that asked, one that was not comes whole, as `Replayed`.
* Text is as it came, control characters included; `text.clean` makes it fit to be shown. One of
  several lines has line feeds in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from trio_chat.client.rooms import Member
from trio_chat.wire.message import Message


@dataclass(frozen=True, slots=True)
class Event:
    """The base of every event: `message` it was read from, `at` (UTC) it happened.

    `at` is the server's time if it gives one (server-time), else when the line arrived. `history`
    tells that it is told of again, long after it happened: nothing in it is so now.
    """

    message: Message = field(repr=False, kw_only=True)
    at: datetime = field(kw_only=True)
    history: bool = field(default=False, kw_only=True)

    @property
    def msgid(self) -> str:
        """The server's name for this message (message-ids), or empty."""
        return self.message.tags.get("msgid", "")

    @property
    def reply_to(self) -> str:
        """The msgid of the message that this one answers (client tag reply), or empty."""
        return replied_to(self.message)

    @property
    def account(self) -> str:
        """The account of who did this (account-tag), or empty."""
        return self.message.tags.get("account", "")


def replied_to(message: Message) -> str:
    """The msgid that a message points at, under the tag's name of today or that of its draft."""
    return message.tags.get("+reply") or message.tags.get("+draft/reply", "")


def _partner(event: Event, nick: str, room: str, own: bool) -> str:
    """Where something belongs: the room, or whom we are alone with, who is not ourselves."""
    if room or not own:
        return room or nick
    return event.message.params[0] if event.message.params else ""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody else said `text`, in a room or, when `room` is empty, to us alone.

    `action` tells `/me` (CTCP ACTION). `where` is the target for an answer.
    """

    nick: str
    text: str
    room: str = ""
    action: bool = False

    @property
    def where(self) -> str:
        """Where an answer belongs: the room, or the nick of who wrote to us alone."""
        return self.room or self.nick


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """Somebody else, or the server, sent a notice. Never answer one automatically (RFC 1459)."""

    nick: str
    text: str
    room: str = ""

    @property
    def where(self) -> str:
        """The room, or the nick of who wrote to us alone."""
        return self.room or self.nick

    @property
    def from_server(self) -> bool:
        """Whether the server itself speaks."""
        return "!" not in self.message.source


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """A message of our own, once, in its place among the others.

    With echo-message it is what the server relayed, with `msgid`; else what was sent. `token` is
    the one given to the `say` that it comes of; empty for what another client of ours sent.
    """

    target: str
    text: str
    kind: Literal["say", "act", "notice"] = "say"
    token: str = ""

    @property
    def where(self) -> str:
        """Where it was said: the room, or the nick of whom we wrote to."""
        return self.target


@dataclass(frozen=True, slots=True)
class Replayed(Event):
    """The server told unasked what was said before in `where`: these `events`, the oldest first.

    A server that does not let us ask may do so when we come into a room, and so do bouncers.
    """

    where: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Reacted(Event):
    """`nick` reacted to the message `target` (a msgid), or took that reaction back."""

    nick: str
    room: str
    target: str
    reaction: str
    removed: bool
    own: bool

    @property
    def where(self) -> str:
        """The room, or whom we are alone with."""
        return _partner(self, self.nick, self.room, self.own)


@dataclass(frozen=True, slots=True)
class Edited(Event):
    """`nick` gave the message `target` (a msgid) another text; `action` tells `/me`."""

    nick: str
    room: str
    target: str
    text: str
    own: bool
    action: bool = False

    @property
    def where(self) -> str:
        """The room, or whom we are alone with."""
        return _partner(self, self.nick, self.room, self.own)


@dataclass(frozen=True, slots=True)
class Redacted(Event):
    """`nick` took back the message `target` (a msgid), which need not be one of theirs."""

    nick: str
    room: str
    target: str
    reason: str
    own: bool

    @property
    def where(self) -> str:
        """The room, or whom we are alone with."""
        return _partner(self, self.nick, self.room, self.own)


@dataclass(frozen=True, slots=True)
class PinChanged(Event):
    """`nick` pinned the message `target` (a msgid) in a room, or took the pin away."""

    nick: str
    room: str
    target: str
    pinned: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Typed(Event):
    """Somebody else is typing, has paused or has given up (client tag typing).

    Forget it with their next message, 6 s after "active" and 30 s after "paused".
    """

    nick: str
    room: str
    state: Literal["active", "paused", "done"]

    @property
    def where(self) -> str:
        """The room, or the nick of who types to us alone."""
        return self.room or self.nick


@dataclass(frozen=True, slots=True)
class MarkerSet(Event):
    """We have read `target`, a room or a nick, up to `read_to`, on any device; None for nothing."""

    target: str
    read_to: datetime | None


@dataclass(frozen=True, slots=True)
class Queried(Event):
    """Somebody's client asked ours something (CTCP), for example `query` "VERSION"."""

    nick: str
    query: str
    text: str


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """Somebody came into a room."""

    nick: str
    room: str
    own: bool


@dataclass(frozen=True, slots=True)
class Parted(Event):
    """Somebody left a room."""

    nick: str
    room: str
    reason: str
    own: bool


@dataclass(frozen=True, slots=True)
class Kicked(Event):
    """Somebody, `nick`, was put out of a room `by` another."""

    nick: str
    room: str
    by: str
    reason: str
    own: bool


@dataclass(frozen=True, slots=True)
class Quitted(Event):
    """Somebody left the chat; `rooms` are those we shared."""

    nick: str
    reason: str
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NickChanged(Event):
    """`old` is called `new` from now on; `rooms` are those we share."""

    old: str
    new: str
    rooms: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class RoomRenamed(Event):
    """The room `old` is called `new` from now on, with all who are in it."""

    old: str
    new: str
    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class TopicChanged(Event):
    """`nick` gave the room a topic, or took it away (empty)."""

    room: str
    topic: str
    nick: str


@dataclass(frozen=True, slots=True)
class TopicTold(Event):
    """The server told what the topic is, as it does when one comes in."""

    room: str
    topic: str


@dataclass(frozen=True, slots=True)
class NamesTold(Event):
    """The server finished telling who is in a room, as it does when one comes in.

    `members` are those of that moment; `chat.rooms[room].members` may be further already.
    """

    room: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ModeChanged(Event):
    """`nick` changed modes of `target`, a room or ourselves: `changes` as ("+o-v", "a", "b")."""

    target: str
    changes: tuple[str, ...]
    nick: str


@dataclass(frozen=True, slots=True)
class Invited(Event):
    """`nick` invited `invited` (us if `own`) into a room."""

    nick: str
    room: str
    invited: str
    own: bool


@dataclass(frozen=True, slots=True)
class AwayChanged(Event):
    """Somebody went away, saying `reason`, or came back (empty)."""

    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class PresenceTold(Event):
    """Somebody we monitor is online, or not; told at first, and whenever it changes."""

    nick: str
    online: bool


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """Somebody logged in as `account`, or out (empty)."""

    nick: str
    account: str


@dataclass(frozen=True, slots=True)
class RealnameChanged(Event):
    """Somebody changed the name shown by WHOIS (setname)."""

    nick: str
    realname: str


@dataclass(frozen=True, slots=True)
class Reported(Event):
    """FAIL, WARN or NOTE about `command` (standard-replies); `code` for programs."""

    severity: str
    command: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Replied(Event):
    """Any other line: a numeric, or a command without an event of its own.

    `params` are without our own nick, which leads those of a numeric.
    """

    code: str
    params: tuple[str, ...]

    @property
    def text(self) -> str:
        """The parameters in one line."""
        return " ".join(self.params)
