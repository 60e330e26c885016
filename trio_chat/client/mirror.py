"""What a client knows of the chat, and how it follows what the server says.

Laws: no I/O and no clock, the time of a line is given with it; `take` answers to any message a
server may think of, sane or not, with events, and never raises; `recall` changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.reading import Known, Line, read, time_of
from trio_chat.client.rooms import Member, is_name
from trio_chat.wire.message import Message

MOST_KEYS = 1_000


def _param(message: Message, index: int) -> str:
    return message.params[index] if index < len(message.params) else ""


class Mirror(Known):
    """The chat as one connection sees it: our nick, our rooms, what the server supports."""

    __slots__ = ("_keys",)

    def __init__(self, nick: str) -> None:
        super().__init__(nick)
        self._keys: dict[str, str] = {}

    def remember_key(self, room: str, key: str) -> None:
        """The key with which we ask to come in, for coming back after a reconnect."""
        if key and len(self._keys) < MOST_KEYS:
            self._keys[self.isupport.fold(room)] = key

    def take(self, message: Message, now: datetime) -> list[Event]:
        """The events that a message from the server amounts to; the state follows."""
        if message.source and self.same(message.nick, self.nick):
            self._see_ourselves(message.source)
        learn = _LESSONS.get(message.command)
        if learn is not None:
            learn(self, message)
        happened = read(Line(message, time_of(message, now), self))
        for event in happened:
            self._follow(event)
        return happened

    def recall(self, message: Message, now: datetime, place: str) -> list[Event]:
        """The events of a message in the history of `place`, a room or a nick."""
        return read(Line(message, time_of(message, now), self, history=True, place=place))

    def _see_ourselves(self, source: str) -> None:
        _, bang, userhost = source.partition("!")
        if bang:
            self.userhost = userhost

    # --- lines that tell of the state alone ---

    def _welcome(self, message: Message) -> None:
        self.nick = nick if is_name(nick := _param(message, 0)) else self.nick

    def _isupport(self, message: Message) -> None:
        fold = self.isupport.fold
        self.isupport.take(message.params[1:-1])
        if self.isupport.fold != fold:
            self.rooms.refold()

    def _visible_host(self, message: Message) -> None:
        user = self.userhost.partition("@")[0]
        if user:
            self.userhost = f"{user}@{_param(message, 1)}"

    def _host_changed(self, message: Message) -> None:
        if self.same(message.nick, self.nick):
            self.userhost = f"{_param(message, 0)}@{_param(message, 1)}"

    def _logged_in(self, message: Message) -> None:
        # 900 <nick> <nick>!<user>@<host> <account> :You are now logged in
        self.account = _param(message, 2)

    def _logged_out(self, message: Message) -> None:
        self.account = ""

    def _names(self, message: Message) -> None:
        # 353 <client> <symbol> <room> :[signs]nick[!user@host] ...
        for name in _param(message, 3).split(" "):
            signs, nick = self.isupport.split_ranks(name)
            nick = nick.partition("!")[0]  # userhost-in-names
            if nick:
                self.rooms.add(_param(message, 2), Member(nick, signs))

    # --- events that change it ---

    def _follow(self, event: Event) -> None:
        match event:
            case events.Joined(nick, room, own):
                if own:
                    self.rooms.enter(room, self._keys.get(self.isupport.fold(room), ""))
                self.rooms.add(room, Member(nick))
            case events.Parted(nick, room, _, own) | events.Kicked(nick, room, _, _, own):
                if own:
                    self.rooms.leave(room)
                else:
                    self.rooms.remove(room, nick)
            case events.Quitted(nick, _, rooms):
                for room in rooms:
                    self.rooms.remove(room, nick)
            case events.NickChanged(old, new, _, own) if is_name(new) or not own:
                self.rooms.rename(old, new)
                if own:
                    self.nick = new
            case events.RoomRenamed(old, new):
                self.rooms.rename_room(old, new)
            case events.TopicChanged(room, topic) | events.TopicTold(room, topic):
                self.rooms.set_topic(room, topic)
            case events.ModeChanged(target, changes) if changes:
                self.rooms.set_modes(target, changes[0], changes[1:])
            case events.AwayChanged(nick, reason):
                self.rooms.set_away(nick, bool(reason))
            case events.AccountChanged(nick, account) if self.same(nick, self.nick):
                self.account = account


_LESSONS: dict[str, Callable[[Mirror, Message], None]] = {
    "001": Mirror._welcome,
    "005": Mirror._isupport,
    "353": Mirror._names,
    "396": Mirror._visible_host,
    "900": Mirror._logged_in,
    "901": Mirror._logged_out,
    "CHGHOST": Mirror._host_changed,
}
