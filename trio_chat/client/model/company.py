"""Who comes and goes, types, is away, and what is changed in rooms.

Law: who takes no part is noise, and what happens to many at once is told in one line.
"""

from __future__ import annotations

from datetime import tzinfo

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.model import wording
from trio_chat.client.model.attention import Wishes
from trio_chat.client.model.conversations import MOST_TYPING, Conversation
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.model.past import Past
from trio_chat.client.model.splits import Splits

TYPING_LASTS = {"active": 6.0, "paused": 30.0}
"""Seconds for which it is believed that somebody types (client tag typing, "Format")."""


class Company(Past):
    """The part of the model that is about people and rooms."""

    def __init__(self, nick: str, wishes: Wishes | None, zone: tzinfo | None) -> None:
        super().__init__(nick, wishes, zone)
        self._splits = Splits()

    # --- who types ---

    def _type(self, event: events.Typed, now: float) -> None:
        conversation = self.conversations.get(event.where)
        if conversation is None:
            return
        conversation.typing.pop(event.nick, None)
        if event.state != "done" and len(conversation.typing) < MOST_TYPING:
            conversation.typing[event.nick] = now + TYPING_LASTS[event.state]

    def typing_ends(self) -> float | None:
        """When the next one who types is not believed any more; None if nobody types."""
        ends = (end for each in self.conversations.values() for end in each.typing.values())
        return min(ends, default=None)

    def forget_typing(self, now: float) -> None:
        """Believe those no more whose time is over."""
        for conversation in self.conversations.values():
            for nick in [nick for nick, end in conversation.typing.items() if end <= now]:
                del conversation.typing[nick]

    def _stop_typing(self, nick: str, names: tuple[str, ...]) -> None:
        for name in names:
            conversation = self.conversations.get(name)
            if conversation is not None:
                conversation.typing.pop(nick, None)

    # --- who is where ---

    def _enter(self, event: events.Joined) -> list[Entry]:
        if not event.own:
            noise = self._is_noise(event, event.room, event.nick)
            return self._change_in(event, event.room, noise=noise)
        return self._change(event, self.open(event.room))

    def _go(self, event: events.Parted | events.Kicked) -> list[Entry]:
        if event.own:
            entry = Entry(event.at, Kind.CHANGED, event.room, "", wording.changed(event))
            entry.names_place = True
            self.close(event.room)
            return [entry]
        self._stop_typing(event.nick, (event.room,))
        is_parted = isinstance(event, events.Parted)
        noise = is_parted and self._is_noise(event, event.room, event.nick)
        return self._change_in(event, event.room, noise=noise)

    def _quit(self, event: events.Quitted) -> list[Entry]:
        nick, rooms = event.nick, event.rooms
        self._stop_typing(nick, (*rooms, nick))
        shown: list[Entry] = []
        private = self._private(nick)
        if private is not None:
            private.away = ""
            shown += self._change(event, private)
        room, servers = self.place_among(rooms), wording.split_reason(event)
        if servers and room in self.conversations:
            self._splits.take(event.at, room, servers, nick)
            return shown
        self._splits.is_back(nick)
        noise = self._is_noise(event, room, nick) or bool(shown)
        return shown + self._change_in(event, room, noise=noise)

    def _rename_person(self, event: events.NickChanged) -> list[Entry]:
        old, new, room = event.old, event.new, self.place_among(event.rooms)
        if event.own:
            self.nick = new
        noise = not event.own and self._is_noise(event, room, old)
        self._stop_typing(old, (*event.rooms, old))
        for name in event.rooms:
            conversation = self.conversations.get(name)
            if conversation is not None and old in conversation.speakers:
                conversation.speakers[new] = conversation.speakers.pop(old)
        shown = self._change_in(event, room, noise=noise)
        if not event.own and self._private(old) is not None:
            self._rename(old, new)
            if noise or not shown:
                shown += self._change_in(event, new)
        if event.own and not shown:
            return self._told(event, Kind.TOLD, wording.changed(event))
        return shown

    def _away(self, event: Event, nick: str, reason: str) -> list[Entry]:
        """Whom one talks to alone went away or came back: that is told once."""
        private = self._private(nick)
        text = f"{nick} is away: {reason}" if reason else f"{nick} is back"
        if private is None:
            is_answer = isinstance(event, events.Replied)
            return self._told(event, Kind.TOLD, text) if is_answer else []
        if private.away == reason:
            return []
        private.away = reason
        return self._change(event, private, text)

    # --- netsplits ---

    @property
    def has_splits(self) -> bool:
        """Whether somebody has left by a netsplit that is not told of yet."""
        return self._splits.is_waiting

    def tell_splits(self) -> list[Entry]:
        """A line for each netsplit there was, to be asked for when it has had time to happen."""
        shown: list[Entry] = []
        for split in self._splits.take_all():
            conversation = self.conversations.get(split.room)
            if conversation is not None:
                text = wording.split(split.servers, split.nicks, split.gone)
                entry = Entry(split.at, Kind.CHANGED, conversation.name, "", text)
                shown += self._add(conversation, entry)
        return shown

    # --- a change, as an entry ---

    def _change_in(self, event: Event, where: str, *, noise: bool = False) -> list[Entry]:
        conversation = self.conversations.get(where)
        return self._change(event, conversation, noise=noise) if conversation is not None else []

    def _change(
        self, event: Event, conversation: Conversation, text: str = "", *, noise: bool = False
    ) -> list[Entry]:
        text = text or wording.changed(event)
        if not text:
            return []
        entry = Entry(event.at, Kind.CHANGED, conversation.name, "", text, noise=noise)
        entry.names_place = isinstance(event, events.Joined) and event.own
        entry.private, entry.msgid = conversation.private, event.msgid
        if entry.msgid and conversation.knows(entry):
            return []
        return self._add(conversation, entry)

    def _is_noise(self, event: Event, where: str, nick: str) -> bool:
        if isinstance(event, events.Joined) and self._splits.returns(nick):
            return True
        if self._folds != "smart":
            return self._folds == "always"
        conversation = self.conversations.get(where)
        return conversation is None or not conversation.spoke_lately(nick, event.at)

    def _private(self, nick: str) -> Conversation | None:
        conversation = self.conversations.get(nick)
        return conversation if conversation is not None and conversation.private else None

    def place_among(self, rooms: tuple[str, ...]) -> str:
        """Where to show what happened in several rooms at once: here, if it did here."""
        return self.current if self.current in rooms else next(iter(rooms), "")
