"""What a line from the server says, as events: read only, nothing follows from it here.

Laws:

* No I/O and no clock; whatever the line, it is read, and nothing is raised.
* The same line is read as history where it comes as such: then who was in a room is nobody's now,
  and who had our nick need not have been us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypedDict

from trio_chat.client import events
from trio_chat.client.capabilities import Capabilities
from trio_chat.client.events import Event
from trio_chat.client.isupport import Isupport
from trio_chat.client.rooms import Rooms
from trio_chat.wire.message import Message

# What says nothing beyond what the state already tells: names, times and makers of topics.
_SILENT = frozenset({"005", "329", "333", "353", "ACK", "BATCH", "CAP", "CHGHOST", "TAGMSG"})


class Known:
    """What it takes to read a line: who we are, where, and how this server writes names."""

    __slots__ = ("account", "capabilities", "isupport", "nick", "rooms", "userhost")

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.account = ""
        """The account we are logged in to, as far as the server told; empty for none."""
        self.userhost = ""
        """Our `user@host` as others see it; empty until the server shows it."""
        self.capabilities = Capabilities()
        self.isupport = Isupport()
        self.rooms = Rooms(self.isupport)

    def same(self, one: str, other: str) -> bool:
        """Whether two names are the same for this server."""
        return self.isupport.fold(one) == self.isupport.fold(other)


class _Facts(TypedDict):
    message: Message
    at: datetime
    history: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A message on its way to being events: `place` is whose history it is part of, if any."""

    message: Message
    at: datetime
    known: Known
    history: bool = False
    place: str = ""

    @property
    def facts(self) -> _Facts:
        """What every event has."""
        return {"message": self.message, "at": self.at, "history": self.history}

    @property
    def nick(self) -> str:
        """Who did it."""
        return self.message.nick

    @property
    def own(self) -> bool:
        """Whether we did it; long ago, maybe under another nick."""
        account = self.message.tags.get("account") if self.history else None
        if account and self.known.account:
            return self.known.same(account, self.known.account)
        return self.is_us(self.nick)

    def is_us(self, nick: str) -> bool:
        """Whether this is our nick."""
        return self.known.same(nick, self.known.nick)

    def param(self, index: int) -> str:
        """A parameter, empty if it is not there."""
        params = self.message.params
        return params[index] if index < len(params) else ""

    def room(self, target: str) -> str:
        """The room that a target means, or empty."""
        return self.known.isupport.room_of(target)

    def shared_rooms(self) -> tuple[str, ...]:
        """Where we have or had who did this with us."""
        if self.history:
            return (self.place,) if self.room(self.place) else ()
        return self.known.rooms.shared_with(self.nick)


def read(line: Line) -> list[Event]:
    """The events that a line amounts to."""
    message = line.message
    reader = _READERS.get(message.command)
    if line.history:
        return list(reader(line)) if reader and message.command in _REMEMBERED else []
    if reader is not None:
        return list(reader(line))
    if message.command in _SILENT:
        return []
    params = message.params
    if message.command.isdigit() and params:
        params = params[1:]
    return [events.Replied(message.command, params, **line.facts)]


def time_of(message: Message, now: datetime) -> datetime:
    """The server's time if it gives a sane one (server-time), else `now`."""
    return parse_time(message.tags.get("time", "")) or now


def parse_time(stamp: str) -> datetime | None:
    """A point in time as servers write it, or None if it is none."""
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- what is said ---


def _privmsg(line: Line) -> Iterable[Event]:
    target, text = line.param(0), line.param(1)
    query, ctcp_text = _ctcp(text)
    action = query == "ACTION"
    if action:
        text = ctcp_text
    if line.own:
        if not _is_copy_to_self(line):
            kind: Literal["act", "say"] = "act" if action else "say"
            yield events.Sent(target, text, kind, **line.facts)
    elif query and not action:
        if not line.history:  # to answer it now would be of no use to anybody
            yield events.Queried(line.nick, query, ctcp_text, **line.facts)
    else:
        yield events.Said(line.nick, text, line.room(target), action, **line.facts)


def _notice(line: Line) -> Iterable[Event]:
    target, text = line.param(0), line.param(1).strip("\x01")
    if line.own:
        if not _is_copy_to_self(line):
            yield events.Sent(target, text, "notice", **line.facts)
    else:
        yield events.Noticed(line.nick, text, line.room(target), **line.facts)


def _is_copy_to_self(line: Line) -> bool:
    """Whether this is the second copy of a message to ourselves, the delivered one.

    labeled-response: the label stands on the echo alone. Without echo-message the client
    makes `Sent` itself, and every copy that comes is the delivered one.
    """
    if line.history or not line.is_us(line.param(0)):
        return False
    capabilities = line.known.capabilities
    if "echo-message" not in capabilities:
        return True
    return "labeled-response" in capabilities and "label" not in line.message.tags


_TYPING: dict[str, Literal["active", "paused", "done"]] = {
    "active": "active",
    "paused": "paused",
    "done": "done",
}


def _tagmsg(line: Line) -> Iterable[Event]:
    tags, room = line.message.tags, line.room(line.param(0))
    target = events.replied_to(line.message)
    for tag, removed in (("+draft/react", False), ("+draft/unreact", True)):
        reaction = tags.get(tag)
        if reaction and target:
            yield events.Reacted(line.nick, room, target, reaction, removed, line.own, **line.facts)
            return
    state = _TYPING.get(tags.get("+typing", ""))
    if state is not None and not (line.history or line.own):
        yield events.Typed(line.nick, room, state, **line.facts)


def _edit(line: Line) -> Iterable[Event]:
    # In tags as it is proposed (message-edit), or in parameters, as REDACT has them.
    tags = line.message.tags
    target = tags.get("draft/target-msgid") or line.param(1)
    text = tags.get("draft/edit-text") or line.param(2)
    query, action = _ctcp(text)
    room = line.room(line.param(0))
    is_action = query == "ACTION"
    yield events.Edited(
        line.nick, room, target, action if is_action else text, line.own, is_action, **line.facts
    )


def _redact(line: Line) -> Iterable[Event]:
    room, target, reason = line.room(line.param(0)), line.param(1), line.param(2)
    yield events.Redacted(line.nick, room, target, reason, line.own, **line.facts)


def _pin(line: Line) -> Iterable[Event]:
    pinned = line.message.command == "PIN"
    yield events.PinChanged(line.nick, line.param(0), line.param(1), pinned, line.own, **line.facts)


def _markread(line: Line) -> Iterable[Event]:
    read_to = parse_time(line.param(1).removeprefix("timestamp="))
    yield events.MarkerSet(line.param(0), read_to, **line.facts)


# --- who is where ---


def _join(line: Line) -> Iterable[Event]:
    yield events.Joined(line.nick, line.param(0), line.own, **line.facts)


def _part(line: Line) -> Iterable[Event]:
    yield events.Parted(line.nick, line.param(0), line.param(1), line.own, **line.facts)


def _kick(line: Line) -> Iterable[Event]:
    room, nick, reason = line.param(0), line.param(1), line.param(2)
    yield events.Kicked(nick, room, line.nick, reason, line.is_us(nick), **line.facts)


def _quit(line: Line) -> Iterable[Event]:
    yield events.Quitted(line.nick, line.param(0), line.shared_rooms(), **line.facts)


def _nick(line: Line) -> Iterable[Event]:
    old, new = line.nick, line.param(0)
    if new:
        yield events.NickChanged(old, new, line.shared_rooms(), line.own, **line.facts)


def _end_of_names(line: Line) -> Iterable[Event]:
    name = line.param(1)
    room = line.known.rooms.by_name.get(name)
    members = tuple(room.members.values()) if room else ()
    yield events.NamesTold(name, members, **line.facts)


def _presence(line: Line) -> Iterable[Event]:
    # 730 <nick> :target[!user@host][,target[!user@host]]* (monitor, "RPL_MONONLINE")
    online = line.message.command == "730"
    for target in line.param(1).split(","):
        nick = target.partition("!")[0]
        if nick:
            yield events.PresenceTold(nick, online, **line.facts)


# --- what is changed ---


def _rename(line: Line) -> Iterable[Event]:
    old, new = line.param(0), line.param(1)
    if new:
        yield events.RoomRenamed(old, new, line.nick, line.param(2), **line.facts)


def _topic(line: Line) -> Iterable[Event]:
    yield events.TopicChanged(line.param(0), line.param(1), line.nick, **line.facts)


def _topic_told(line: Line) -> Iterable[Event]:
    topic = line.param(2) if line.message.command == "332" else ""
    yield events.TopicTold(line.param(1), topic, **line.facts)


def _mode(line: Line) -> Iterable[Event]:
    yield events.ModeChanged(line.param(0), line.message.params[1:], line.nick, **line.facts)


def _invite(line: Line) -> Iterable[Event]:
    invited, room = line.param(0), line.param(1)
    yield events.Invited(line.nick, room, invited, line.is_us(invited), **line.facts)


def _away(line: Line) -> Iterable[Event]:
    yield events.AwayChanged(line.nick, line.param(0), **line.facts)


def _account(line: Line) -> Iterable[Event]:
    account = line.param(0)
    yield events.AccountChanged(line.nick, "" if account == "*" else account, **line.facts)


def _setname(line: Line) -> Iterable[Event]:
    yield events.RealnameChanged(line.nick, line.param(0), **line.facts)


def _standard_reply(line: Line) -> Iterable[Event]:
    command, code, params = line.param(0), line.param(1), line.message.params
    text = params[-1] if params else ""
    yield events.Reported(line.message.command, command, code, text, **line.facts)


def _ctcp(text: str) -> tuple[str, str]:
    """The query and the text of a CTCP message; two empty strings for any other."""
    if text[:1] != "\x01":
        return "", ""
    query, _, rest = text.strip("\x01").partition(" ")
    return query.upper(), rest


_Reader = Callable[[Line], Iterable[Event]]
_READERS: dict[str, _Reader] = {
    "331": _topic_told,
    "332": _topic_told,
    "366": _end_of_names,
    "730": _presence,
    "731": _presence,
    "ACCOUNT": _account,
    "AWAY": _away,
    "EDIT": _edit,
    "FAIL": _standard_reply,
    "INVITE": _invite,
    "JOIN": _join,
    "KICK": _kick,
    "MARKREAD": _markread,
    "MODE": _mode,
    "NICK": _nick,
    "NOTE": _standard_reply,
    "NOTICE": _notice,
    "PART": _part,
    "PIN": _pin,
    "PRIVMSG": _privmsg,
    "QUIT": _quit,
    "REDACT": _redact,
    "RENAME": _rename,
    "SETNAME": _setname,
    "TAGMSG": _tagmsg,
    "TOPIC": _topic,
    "UNPIN": _pin,
    "WARN": _standard_reply,
}

_REMEMBERED = frozenset(
    {"EDIT", "JOIN", "KICK", "MODE", "NICK", "NOTICE", "PART", "PIN", "PRIVMSG", "QUIT"}
    | {"REDACT", "RENAME", "TAGMSG", "TOPIC", "UNPIN"}
)
"""What histories are made of (chathistory, "`CHATHISTORY` Command"); what else is in one is passed
over."""
