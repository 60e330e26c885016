"""The conversations there are, their order, and which of them is before the person.

Laws:

* The order is that of opening, and changes by nothing but opening and closing.
* Bounded: in number, and by the weight of all backlogs together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trio_chat.client.folding import Folded
from trio_chat.client.model.conversations import Conversation
from trio_chat.client.rooms import Member, Room
from trio_chat.wire.grammar import casefold

MOST_CONVERSATIONS = 200
"""More are not kept open: strangers can open one each by writing to us."""

MOST_KEPT = 10_000
"""Weight of all backlogs together, about 7 MB; past it the longest gives way."""

CHECKED_EVERY = 100
"""Entries between two looks at the sum, and let go of at once: a look costs 20 µs."""


class Places:
    """The part of the model that is about conversations as a whole."""

    def __init__(self) -> None:
        self.conversations: Folded[Conversation] = Folded(casefold)
        self.current = ""
        """The name of the conversation that what is typed goes to, or empty."""
        self.previous = ""
        """The one that was current before; empty if it is gone."""
        self.server = Conversation("", private=False)
        """What belongs to no conversation, said while none was current."""
        self.rooms: Mapping[str, Room] = {}
        """The rooms of the latest connection, kept while there is none."""
        self._added = 0

    # --- what is before the person ---

    @property
    def here(self) -> Conversation:
        """The current conversation, or else what the server says."""
        return self.conversations.get(self.current) or self.server

    @property
    def topic(self) -> str:
        """The current room's topic, or empty."""
        room = self.rooms.get(self.current)
        return room.topic if room else ""

    @property
    def members(self) -> Mapping[str, Member]:
        """Who is in the current room, by nick."""
        room = self.rooms.get(self.current)
        return room.members if room else {}

    @property
    def typing(self) -> list[str]:
        """Who types in the current conversation."""
        return list(self.here.typing)

    def nicks(self) -> list[str]:
        """Nicks for completion: who spoke last here comes first, then the others by name."""
        spoken = list(reversed(self.here.speakers))
        members = self.members
        present = [nick for nick in spoken if not members or nick in members]
        others = sorted((nick for nick in members if nick not in present), key=casefold)
        return [nick for nick in (*present, *others) if not self.is_us(nick)]

    def is_us(self, nick: str) -> bool:
        """Whether this is our nick."""
        raise NotImplementedError

    # --- going from one to another ---

    def open(self, name: str, *, private: bool = False) -> Conversation:
        """The conversation of this name, opened if it is not."""
        conversation = self.conversations.get(name)
        if conversation is None:
            if len(self.conversations) >= MOST_CONVERSATIONS:
                self._forget_one()
            conversation = self.conversations[name] = Conversation(name, private)
            conversation.number = len(self.conversations)
        return conversation

    def switch(self, name: str) -> None:
        """Make an open conversation the current one; it is read then."""
        conversation = self.conversations.get(name)
        if conversation is None:
            return
        if conversation.name != self.current:
            self.here.leave()
            self.previous = self.current
            conversation.unread_from = conversation.first_unread()
        self.current = conversation.name
        conversation.read()

    def close(self, name: str) -> None:
        """End a conversation; if it was current, the first room is.

        Never a private one: what is typed next must not go to somebody it is not meant for.
        """
        closed = self.conversations.pop(name, None)
        if closed is None:
            return
        self._count()
        if closed.name == self.current:
            self.current = ""
            rooms = (other.name for other in self.conversations.values() if not other.private)
            self.switch(next(rooms, ""))
        if self.previous in ("", closed.name, self.current):
            self.previous = ""

    def after(self, name: str, step: int = 1) -> str:
        """The conversation that comes after one, round and round; empty if there is none."""
        names = [conversation.name for conversation in self.conversations.values()]
        if not names:
            return ""
        conversation = self.conversations.get(name)
        at = conversation.number - 1 if conversation else (-1 if step > 0 else 0)
        return names[(at + step) % len(names)]

    def before(self, name: str) -> str:
        """The conversation that comes before one."""
        return self.after(name, -1)

    def numbered(self, number: int) -> str:
        """The conversation of a number, from 1; empty if there is none."""
        found = (each.name for each in self.conversations.values() if each.number == number)
        return next(found, "")

    def next_unread(self) -> str:
        """Where to look next: where one is meant, then private ones, then others; or empty."""
        unread = [each for each in self.conversations.values() if each.unread]
        others = [each for each in unread if each.name != self.current]
        return min(others, key=_urgency).name if others else ""

    def _forget_one(self) -> None:
        """Close one that is not current: a private one, else of a room we are not in, the oldest.

        A server may tell of rooms without end, and put us into as many.
        """
        others = [each for each in self.conversations.values() if each.name != self.current]
        least = min(others, key=lambda each: (not each.private, each.name in self.rooms))
        self.close(least.name)

    def _count(self) -> None:
        for number, conversation in enumerate(self.conversations.values(), 1):
            conversation.number = number

    # --- names ---

    def fold_by(self, fold: Callable[[str], str]) -> None:
        """Names are the same by this from now on; those that have become one, are one."""
        if fold is self.conversations.fold:
            return
        conversations = self.conversations
        self.conversations = Folded(fold)
        self.conversations.update(conversations)
        self._count()

    def _rename(self, old: str, new: str) -> None:
        """A conversation has another name, and its place still."""
        conversation = self.conversations.get(old)
        if conversation is None:
            return
        other = self.conversations.get(new)
        if other is not None and other is not conversation:
            if self.current == conversation.name:
                self.switch(other.name)
            return
        renamed = list(self.conversations.values())
        for name in ("current", "previous"):
            if getattr(self, name) == conversation.name:
                setattr(self, name, new)
        conversation.name = new
        self.conversations.clear()
        self.conversations.update({each.name: each for each in renamed})

    # --- memory ---

    def _keep_bounds(self) -> None:
        """Called for every entry; now and then the longest conversations let go of some."""
        self._added += 1
        if self._added < CHECKED_EVERY:
            return
        self._added = 0
        while sum(each.weight for each in self.conversations.values()) > MOST_KEPT:
            longest = max(self.conversations.values(), key=lambda each: each.weight)
            if len(longest.backlog) == 1:
                return
            for _ in range(min(CHECKED_EVERY, len(longest.backlog) - 1)):
                longest.drop()


def _urgency(conversation: Conversation) -> int:
    if conversation.private:
        return 1
    return 0 if conversation.mentions else 2
