"""What a client knows of the chat, and what each line from the server makes happen in it.

Laws: no I/O and no clock, the time of a line is given with it; `take` answers to any message a
server may think of, sane or not, with events, and never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.isupport import Isupport
from trio_chat.client.rooms import Member, Rooms
from trio_chat.wire.message import Message

# What says nothing beyond what the state already tells: names, times and makers of topics.
_SILENT = frozenset({"005", "329", "333", "353", "ACK", "BATCH", "CAP", "CHGHOST", "TAGMSG"})
MOST_KEYS = 1_000


def _param(message: Message, index: int) -> str:
    return message.params[index] if index < len(message.params) else ""


class Mirror:
    """The chat as one connection sees it: our nick, our rooms, what the server supports."""

    __slots__ = ("_keys", "capabilities", "isupport", "nick", "rooms", "userhost")

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.userhost = ""
        """Our `user@host` as others see it; empty until the server shows it."""
        self.capabilities: set[str] = set()
        self.isupport = Isupport()
        self.rooms = Rooms(self.isupport)
        self._keys: dict[str, str] = {}

    def same(self, one: str, other: str) -> bool:
        """Whether two names are the same for this server."""
        return self.isupport.fold(one) == self.isupport.fold(other)

    def remember_key(self, room: str, key: str) -> None:
        """The key with which we ask to come in, for coming back after a reconnect."""
        if key and len(self._keys) < MOST_KEYS:
            self._keys[self.isupport.fold(room)] = key

    def take(self, message: Message, now: datetime) -> list[Event]:
        """The events that a message from the server amounts to; the state follows."""
        at = _time_of(message, now)
        if message.source and self.same(message.nick, self.nick):
            self._see_ourselves(message.source)
        read = _READERS.get(message.command)
        if read is not None:
            return list(read(self, message, at))
        if message.command in _SILENT:
            return []
        params = message.params
        if message.command.isdigit() and params:
            params = params[1:]
        return [events.Replied(message.command, params, message=message, at=at)]

    def _see_ourselves(self, source: str) -> None:
        _, bang, userhost = source.partition("!")
        if bang:
            self.userhost = userhost

    def _is_own(self, nick: str) -> bool:
        return self.same(nick, self.nick)

    # --- registration ---

    def _welcome(self, message: Message, at: datetime) -> Iterable[Event]:
        self.nick = _param(message, 0) or self.nick
        yield events.Replied("001", message.params[1:], message=message, at=at)

    def _isupport(self, message: Message, at: datetime) -> Iterable[Event]:
        self.isupport.take(message.params[1:-1])
        return ()

    def _visible_host(self, message: Message, at: datetime) -> Iterable[Event]:
        user = self.userhost.partition("@")[0]
        if user:
            self.userhost = f"{user}@{_param(message, 1)}"
        yield events.Replied("396", message.params[1:], message=message, at=at)

    # --- what is said ---

    def _privmsg(self, message: Message, at: datetime) -> Iterable[Event]:
        target, text = _param(message, 0), _param(message, 1)
        query, ctcp_text = _ctcp(text)
        action = query == "ACTION"
        if action:
            text = ctcp_text
        if self._is_own(message.nick):
            if not self._is_copy_to_self(message):
                kind: Literal["act", "say"] = "act" if action else "say"
                yield events.Sent(target, text, kind, message=message, at=at)
        elif query and not action:
            yield events.Queried(message.nick, query, ctcp_text, message=message, at=at)
        else:
            room = self.isupport.room_of(target)
            yield events.Said(message.nick, text, room, action, message=message, at=at)

    def _notice(self, message: Message, at: datetime) -> Iterable[Event]:
        target, text = _param(message, 0), _param(message, 1).strip("\x01")
        if self._is_own(message.nick):
            if not self._is_copy_to_self(message):
                yield events.Sent(target, text, "notice", message=message, at=at)
        else:
            room = self.isupport.room_of(target)
            yield events.Noticed(message.nick, text, room, message=message, at=at)

    def _is_copy_to_self(self, message: Message) -> bool:
        """Whether this is the second copy of a message to ourselves, the delivered one.

        labeled-response: the label stands on the echo alone. Without echo-message the client
        makes `Sent` itself, and every copy that comes is the delivered one.
        """
        if not self._is_own(_param(message, 0)):
            return False
        if "echo-message" not in self.capabilities:
            return True
        return "labeled-response" in self.capabilities and "label" not in message.tags

    # --- who is where ---

    def _join(self, message: Message, at: datetime) -> Iterable[Event]:
        nick, room = message.nick, _param(message, 0)
        own = self._is_own(nick)
        if own:
            self.rooms.enter(room, self._keys.get(self.isupport.fold(room), ""))
        self.rooms.add(room, Member(nick))
        yield events.Joined(nick, room, own, message=message, at=at)

    def _part(self, message: Message, at: datetime) -> Iterable[Event]:
        nick, room, reason = message.nick, _param(message, 0), _param(message, 1)
        own = self._is_own(nick)
        self._gone(room, nick, own)
        yield events.Parted(nick, room, reason, own, message=message, at=at)

    def _kick(self, message: Message, at: datetime) -> Iterable[Event]:
        room, nick, reason = _param(message, 0), _param(message, 1), _param(message, 2)
        own = self._is_own(nick)
        self._gone(room, nick, own)
        yield events.Kicked(nick, room, message.nick, reason, own, message=message, at=at)

    def _gone(self, room: str, nick: str, own: bool) -> None:
        if own:
            self.rooms.leave(room)
        else:
            self.rooms.remove(room, nick)

    def _quit(self, message: Message, at: datetime) -> Iterable[Event]:
        nick = message.nick
        rooms = self.rooms.shared_with(nick)
        for room in rooms:
            self.rooms.remove(room, nick)
        yield events.Quitted(nick, _param(message, 0), rooms, message=message, at=at)

    def _nick(self, message: Message, at: datetime) -> Iterable[Event]:
        old, new = message.nick, _param(message, 0)
        if not new:
            return
        rooms = self.rooms.shared_with(old)
        own = self._is_own(old)
        self.rooms.rename(old, new)
        if own:
            self.nick = new
        yield events.NickChanged(old, new, rooms, own, message=message, at=at)

    def _names(self, message: Message, at: datetime) -> Iterable[Event]:
        # 353 <client> <symbol> <room> :[signs]nick[!user@host] ...
        for name in _param(message, 3).split(" "):
            signs, nick = self.isupport.split_ranks(name)
            nick = nick.partition("!")[0]  # userhost-in-names
            if nick:
                self.rooms.add(_param(message, 2), Member(nick, signs))
        return ()

    def _end_of_names(self, message: Message, at: datetime) -> Iterable[Event]:
        name = _param(message, 1)
        room = self.rooms.by_name.get(name)
        members = tuple(room.members.values()) if room else ()
        yield events.NamesTold(name, members, message=message, at=at)

    # --- what is changed ---

    def _topic(self, message: Message, at: datetime) -> Iterable[Event]:
        room, topic = _param(message, 0), _param(message, 1)
        self.rooms.set_topic(room, topic)
        yield events.TopicChanged(room, topic, message.nick, message=message, at=at)

    def _topic_told(self, message: Message, at: datetime) -> Iterable[Event]:
        room = _param(message, 1)
        topic = _param(message, 2) if message.command == "332" else ""
        self.rooms.set_topic(room, topic)
        yield events.TopicTold(room, topic, message=message, at=at)

    def _mode(self, message: Message, at: datetime) -> Iterable[Event]:
        target, changes = _param(message, 0), message.params[1:]
        if changes:
            self.rooms.set_modes(target, changes[0], changes[1:])
        yield events.ModeChanged(target, changes, message.nick, message=message, at=at)

    def _invite(self, message: Message, at: datetime) -> Iterable[Event]:
        invited, room = _param(message, 0), _param(message, 1)
        own = self._is_own(invited)
        yield events.Invited(message.nick, room, invited, own, message=message, at=at)

    def _away(self, message: Message, at: datetime) -> Iterable[Event]:
        reason = _param(message, 0)
        self.rooms.set_away(message.nick, bool(reason))
        yield events.AwayChanged(message.nick, reason, message=message, at=at)

    def _account(self, message: Message, at: datetime) -> Iterable[Event]:
        account = _param(message, 0)
        account = "" if account == "*" else account
        yield events.AccountChanged(message.nick, account, message=message, at=at)

    def _setname(self, message: Message, at: datetime) -> Iterable[Event]:
        yield events.RealnameChanged(message.nick, _param(message, 0), message=message, at=at)

    def _standard_reply(self, message: Message, at: datetime) -> Iterable[Event]:
        command, code = _param(message, 0), _param(message, 1)
        text = message.params[-1] if message.params else ""
        yield events.Reported(message.command, command, code, text, message=message, at=at)


def _ctcp(text: str) -> tuple[str, str]:
    """The query and the text of a CTCP message; two empty strings for any other."""
    if text[:1] != "\x01":
        return "", ""
    query, _, rest = text.strip("\x01").partition(" ")
    return query.upper(), rest


def _time_of(message: Message, now: datetime) -> datetime:
    """The server's time if it gives a sane one (server-time), else `now`."""
    stamp = message.tags.get("time")
    if not stamp:
        return now
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return now


_Reader = Callable[[Mirror, Message, datetime], Iterable[Event]]
_READERS: dict[str, _Reader] = {
    "001": Mirror._welcome,
    "005": Mirror._isupport,
    "331": Mirror._topic_told,
    "332": Mirror._topic_told,
    "353": Mirror._names,
    "366": Mirror._end_of_names,
    "396": Mirror._visible_host,
    "ACCOUNT": Mirror._account,
    "AWAY": Mirror._away,
    "FAIL": Mirror._standard_reply,
    "INVITE": Mirror._invite,
    "JOIN": Mirror._join,
    "KICK": Mirror._kick,
    "MODE": Mirror._mode,
    "NICK": Mirror._nick,
    "NOTE": Mirror._standard_reply,
    "NOTICE": Mirror._notice,
    "PART": Mirror._part,
    "PRIVMSG": Mirror._privmsg,
    "QUIT": Mirror._quit,
    "SETNAME": Mirror._setname,
    "TOPIC": Mirror._topic,
    "WARN": Mirror._standard_reply,
}
