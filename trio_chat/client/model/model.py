"""What a person at a terminal has before them: conversations, what was said, what is unread.

Laws: knows nothing of screens, colours or keys, and of the network only events; bounded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime

from trio_chat.client import events
from trio_chat.client.errors import is_refusal
from trio_chat.client.events import Event
from trio_chat.client.folding import Folded
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.rooms import Member, Room
from trio_chat.wire.grammar import casefold

BACKLOG = 1_000
"""Entries kept of each conversation, about 300 KB."""

MOST_CONVERSATIONS = 200
"""More are not kept open: strangers can open one each by writing to us."""

MOST_SPEAKERS = 100
"""Those who spoke last in a conversation, remembered for completion."""

NAMES_SHOWN = 30
"""Names listed on coming into a room; `/names` lists them all."""

# The numbers of a welcome that tell a person nothing, and ends of lists.
_UNSAID = frozenset(
    {"002", "003", "004", "042", "221", "250", "251", "252", "253", "254", "255", "265", "266"}
    | {"315", "318", "323", "375", "376", "396", "422"}
)


class Conversation:
    """A room, or a person one talks to alone."""

    __slots__ = ("backlog", "mentions", "name", "private", "speakers", "unread")

    def __init__(self, name: str, private: bool) -> None:
        self.name = name
        self.private = private
        self.unread = 0
        self.mentions = 0
        self.backlog: deque[Entry] = deque(maxlen=BACKLOG)
        self.speakers: dict[str, None] = {}
        """Who spoke, the latest last."""

    def hear(self, nick: str) -> None:
        """Somebody spoke."""
        self.speakers.pop(nick, None)
        self.speakers[nick] = None
        if len(self.speakers) > MOST_SPEAKERS:
            del self.speakers[next(iter(self.speakers))]


class Model:
    """The conversations, which of them is current, our nick and how the connection is."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.connection = "connecting"
        self.conversations: Folded[Conversation] = Folded(casefold)
        self.current = ""
        """The name of the conversation that what is typed goes to, or empty."""
        self.rooms: Mapping[str, Room] = {}
        """The rooms of the latest connection, kept while there is none."""

    def open(self, name: str, *, private: bool = False) -> Conversation:
        """The conversation of this name, opened if it is not."""
        conversation = self.conversations.get(name)
        if conversation is None:
            if len(self.conversations) >= MOST_CONVERSATIONS:
                self._forget_one()
            conversation = self.conversations[name] = Conversation(name, private)
        return conversation

    def switch(self, name: str) -> None:
        """Make an open conversation the current one; it is read then."""
        conversation = self.conversations.get(name)
        if conversation is not None:
            self.current = conversation.name
            conversation.unread = conversation.mentions = 0

    def close(self, name: str) -> None:
        """End a conversation; if it was current, the first room is.

        Never a private one: what is typed next must not go to somebody it is not meant for.
        """
        closed = self.conversations.pop(name, None)
        if closed is not None and closed.name == self.current:
            self.current = ""
            rooms = (other.name for other in self.conversations.values() if not other.private)
            self.switch(next(rooms, ""))

    def _forget_one(self) -> None:
        """Make room by dropping the oldest private conversation that is not current."""
        for conversation in list(self.conversations.values()):
            if conversation.private and conversation.name != self.current:
                self.close(conversation.name)
                return

    def nicks(self) -> list[str]:
        """Nicks for completion: who spoke last here comes first, then the others by name."""
        here = self.conversations.get(self.current)
        spoken = list(reversed(here.speakers)) if here else []
        room = self.rooms.get(self.current)
        members = room.members if room else {}
        present = [nick for nick in spoken if not members or nick in members]
        others = sorted((nick for nick in members if nick not in present), key=casefold)
        return [nick for nick in (*present, *others) if nick != self.nick]

    def note(self, text: str, *, trouble: bool = False) -> Entry:
        """Something the client itself has to say."""
        kind = Kind.TROUBLE if trouble else Kind.TOLD
        return Entry(datetime.now(UTC), kind, "", "", text)

    def take(self, event: Event) -> Entry | None:
        """What an event adds to be shown, if anything; it is in its conversation from then on."""
        entry = self._entry(event)
        if isinstance(event, events.NickChanged):
            self._rename(event)
        if entry is None or not entry.where:
            return entry
        if isinstance(event, (events.Parted, events.Kicked)) and event.own:
            self.close(event.room)
            return entry
        conversation = self.conversations.get(entry.where)
        if conversation is None and (entry.kind is not Kind.CHANGED or _is_own_join(event)):
            conversation = self.open(entry.where, private=entry.private)
        if conversation is not None:
            self._keep(conversation, entry)
        return entry

    def _keep(self, conversation: Conversation, entry: Entry) -> None:
        conversation.backlog.append(entry)
        if entry.own:
            conversation.unread = conversation.mentions = 0  # who answers has read
        if entry.who and not entry.own:
            conversation.hear(entry.who)
            if conversation.name != self.current:
                conversation.unread += 1
                conversation.mentions += entry.mention or entry.private

    def _rename(self, event: events.NickChanged) -> None:
        if event.own:
            self.nick = event.new
        conversation = self.conversations.pop(event.old, None)
        if conversation is not None:
            was_current = self.current == conversation.name
            conversation.name = event.new
            self.conversations[event.new] = conversation
            self.current = event.new if was_current else self.current

    def _mentions_us(self, text: str) -> bool:
        nick = re.escape(casefold(self.nick))
        return re.search(rf"(?<![\w-]){nick}(?![\w-])", casefold(text)) is not None

    def _where(self, rooms: tuple[str, ...]) -> str:
        """Where to show what happened in several rooms at once: here, if it did here."""
        return self.current if self.current in rooms else next(iter(rooms), "")

    def _entry(self, event: Event) -> Entry | None:
        match event:
            case events.Said(nick, text, room, action):
                kind = Kind.ACTED if action else Kind.SAID
                mention = bool(room) and self._mentions_us(text)
                where, private = event.where, not room
                return Entry(event.at, kind, where, nick, text, private=private, mention=mention)
            case events.Sent(target, text, kind_sent):
                sent = {"say": Kind.SAID, "act": Kind.ACTED, "notice": Kind.NOTICED}[kind_sent]
                private = target not in self.rooms
                return Entry(event.at, sent, target, self.nick, text, own=True, private=private)
            case events.Noticed(nick, text, room) if not event.from_server:
                where = room or nick
                return Entry(event.at, Kind.NOTICED, where, nick, text, private=not room)
            case events.Replied(code, params):
                return self._replied(event, code, params)
        told = _told(event)
        if told is not None:
            return Entry(event.at, Kind.TOLD, "", "", told)
        where, text = self._changed(event)
        if not text:
            return None
        names_place = _is_own_move(event)
        return Entry(event.at, Kind.CHANGED, where, "", text, names_place=names_place)

    def _replied(self, event: Event, code: str, params: tuple[str, ...]) -> Entry | None:
        if code in _UNSAID or not params:
            return None
        text = " ".join(params)
        if code == "301":
            text = f"{params[0]} is away: {params[-1]}"
        elif code == "900":  # our own source and account, which its text tells of (sasl-3.1)
            text = params[-1]
        kind = Kind.TROUBLE if is_refusal(event.message) else Kind.TOLD
        return Entry(event.at, kind, "", "", text)

    def _changed(self, event: Event) -> tuple[str, str]:
        """In which room something changed, and what; the text is empty if it is not worth it."""
        match event:
            case events.Joined(nick, room, own):
                return room, f"you joined {room}" if own else f"{nick} joined"
            case events.Parted(nick, room, reason, own):
                text = f"you left {room}" if own else f"{nick} left"
                return room, _with_reason(text, reason)
            case events.Kicked(nick, room, by, reason, own):
                text = f"{by} kicked you from {room}" if own else f"{by} kicked {nick}"
                return room, _with_reason(text, reason)
            case events.Quitted(nick, reason, rooms):
                # Servers mark what the person said, or did not, from what they say themselves.
                reason = reason.removeprefix("Quit:").strip()
                return self._where(rooms), _with_reason(f"{nick} left the chat", reason)
            case events.NickChanged(old, new, rooms, own):
                text = f"you are now {new}" if own else f"{old} is now {new}"
                return self._where(rooms), text
            case events.TopicChanged(room, topic, nick):
                text = f"{nick} set the topic: {topic}" if topic else f"{nick} cleared the topic"
                return room, text
            case events.TopicTold(room, topic):
                return room, f"topic: {topic}" if topic else ""
            case events.NamesTold(room, members) if members:
                return room, _names_told(members)
            case events.ModeChanged(target, changes, nick) if target in self.rooms:
                return target, f"{nick} set {' '.join(changes)}"
        return "", ""


def _names_told(members: tuple[Member, ...]) -> str:
    if len(members) == 1:
        return "you are alone here"
    signed = [member.signs[:1] + member.nick for member in members[:NAMES_SHOWN]]
    more = len(members) - len(signed)
    return f"here: {', '.join(signed)}" + (f" and {more} more" * (more > 0))


def _is_own_join(event: Event) -> bool:
    return isinstance(event, events.Joined) and event.own


def _is_own_move(event: Event) -> bool:
    return isinstance(event, (events.Joined, events.Parted, events.Kicked)) and event.own


def _with_reason(text: str, reason: str) -> str:
    return f"{text} ({reason})" if reason else text


def _told(event: Event) -> str | None:
    """What the server, or another's client, tells us outside of any conversation."""
    match event:
        case events.Noticed(_, text):
            return text
        case events.Invited(nick, room, _, True):
            return f"{nick} invites you: /join {room}"
        case events.Invited(nick, room, invited):
            return f"{nick} invited {invited} to {room}"
        case events.Queried(nick, query):
            return f"{nick}'s client asks ours for {query}"
        case events.Reported(_, _, _, text):
            return text
    return None
