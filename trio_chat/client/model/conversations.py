"""A room, or a person one talks to alone: what was said there, and what of it is unread.

Laws:

* Bounded, by the weight of the texts: past the limit the oldest entry goes.
* What has a msgid is in a conversation once, however often it is told of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from trio_chat.client.model.entries import Entry, Kind, State

BACKLOG = 1_000
"""Weight of the entries kept of each conversation, about 700 KB: a screen has 50."""

LONGEST_BACKLOG = 5_000
"""Weight kept of the one in which somebody reads what was earlier."""

MOST_SPEAKERS = 100
"""Those who spoke last in a conversation, remembered for completion."""

MOST_TYPING = 20
"""Who types at a time: more are not told of, nor remembered."""

LATELY = timedelta(minutes=10)
"""Who has spoken within this time takes part: their coming and going is no noise."""

_CHARACTERS = 500
"""Of a text, that weigh as much as another entry."""


def weight(entry: Entry) -> int:
    """How much of a backlog an entry takes."""
    return 1 + len(entry.text) // _CHARACTERS


class Conversation:
    """One of them. Screens read it; `model` changes it."""

    __slots__ = (
        "_by_key",
        "_limit",
        "_numbered",
        "_weight",
        "away",
        "backlog",
        "last",
        "latest",
        "mentions",
        "name",
        "number",
        "private",
        "read_to",
        "speakers",
        "typing",
        "unread",
        "unread_from",
    )

    def __init__(self, name: str, private: bool) -> None:
        self.name = name
        self.private = private
        self.number = 0
        """Its place among the conversations, from 1 in the order they were opened."""
        self.unread = 0
        """Messages of others that have not been before the person."""
        self.mentions = 0
        """Those of them that are meant for the person."""
        self.unread_from: Entry | None = None
        """The first that was unread when one came here; until one leaves again."""
        self.read_to: datetime | None = None
        """Up to when it has been read, on any device, as far as the server knows."""
        self.away = ""
        """Of a person: why they are away, as was told last."""
        self.backlog: deque[Entry] = deque()
        self.last: Entry | None = None
        """The latest message that the server has told of."""
        self.latest: Entry | None = None
        """The last entry that is no noise."""
        self.speakers: dict[str, datetime] = {}
        """Who spoke, and when; the latest last."""
        self.typing: dict[str, float] = {}
        """Who types, and until when that is believed, in seconds of the console's clock."""
        self._by_key: dict[object, Entry] = {}
        self._numbered = 0
        self._weight = 0
        self._limit = BACKLOG

    @property
    def weight(self) -> int:
        """That of all its entries."""
        return self._weight

    @property
    def oldest(self) -> Entry | None:
        """The first message here that the server has told of."""
        return next(
            (each for each in self.backlog if each.is_message and each.state is State.SENT), None
        )

    def message(self, msgid: str) -> Entry | None:
        """The message of this id, if it is here still."""
        entry = self._by_key.get(msgid) if msgid else None
        return entry if entry is not None and entry.is_message else None

    def numbered(self, number: int) -> Entry | None:
        """The message of this number, if it is here still."""
        return next((entry for entry in self.messages() if entry.number == number), None)

    def messages(self) -> Iterator[Entry]:
        """What was said, the latest first."""
        return (entry for entry in reversed(self.backlog) if entry.is_message)

    def knows(self, entry: Entry) -> bool:
        """Whether what is told of, perhaps again, is here."""
        return _key(entry) in self._by_key

    def spoke_lately(self, nick: str, at: datetime) -> bool:
        """Whether somebody took part in what was said just before this time."""
        spoke = self.speakers.get(nick)
        return spoke is not None and at - spoke <= LATELY

    # --- what `model` does ---

    def add(self, entry: Entry) -> None:
        """Put an entry at the end."""
        self._index(entry)
        self.backlog.append(entry)
        if not entry.noise:
            self.latest = entry
        self._shrink()

    def add_before_later(self, entries: Iterable[Entry], at: datetime) -> None:
        """Put entries at the end, but before messages that are there of a time after `at`."""
        later: list[Entry] = []
        while self.backlog and self.backlog[-1].is_message and self.backlog[-1].at > at:
            later.append(self.backlog.pop())
        for entry in entries:
            self._index(entry)
            self.backlog.append(entry)
        self.backlog.extend(reversed(later))
        self.latest = next((each for each in reversed(self.backlog) if not each.noise), None)
        self._shrink()

    def add_earlier(self, entries: Iterable[Entry]) -> list[Entry]:
        """Put entries before all others, where they stay until one leaves the conversation.

        Returns those that there was space for, which are the latest of them.
        """
        space = LONGEST_BACKLOG - self._weight
        kept: deque[Entry] = deque()
        for entry in reversed(list(entries)):
            space -= weight(entry)
            if space < 0:
                break
            kept.appendleft(entry)
            self._index(entry)
        self.backlog.extendleft(reversed(kept))
        self._limit = max(self._limit, self._weight)
        return list(kept)

    def leave(self) -> None:
        """It is not before the person any more."""
        self.unread_from = None
        self._limit = BACKLOG
        self._shrink()

    def drop(self) -> Entry:
        """Let go of the oldest entry."""
        entry = self.backlog.popleft()
        self._forget(entry)
        return entry

    def number_next(self, entry: Entry) -> None:
        """Give a message its number."""
        self._numbered += 1
        entry.number = self._numbered

    def reweigh(self, by: int) -> None:
        """A message that is here has another text, which weighs so much more."""
        self._weight += by
        self._shrink()

    def identify(self, entry: Entry, msgid: str, at: datetime) -> None:
        """The server has told of a message that is here already."""
        self._by_key.pop(_key(entry), None)
        entry.msgid, entry.at = msgid, at
        self._by_key[_key(entry)] = entry

    def hear(self, nick: str, at: datetime) -> None:
        """Somebody spoke."""
        self.typing.pop(nick, None)
        self.speakers.pop(nick, None)
        self.speakers[nick] = at
        if len(self.speakers) > MOST_SPEAKERS:
            del self.speakers[next(iter(self.speakers))]

    def count(self, entry: Entry) -> None:
        """A message is unread."""
        self.unread += 1
        self.mentions += entry.mention or entry.private

    def read(self) -> None:
        """All that is here is read."""
        self.unread = self.mentions = 0

    def read_until(self, at: datetime) -> None:
        """It was read up to a time, on any device."""
        if self.read_to is not None and at <= self.read_to:
            return
        self.read_to = at
        unread = [entry for entry in self.messages() if entry.at > at and not entry.own]
        if len(unread) < self.unread:
            self.unread = len(unread)
            meant = sum(entry.mention or entry.private for entry in unread)
            self.mentions = min(self.mentions, meant)

    def first_unread(self) -> Entry | None:
        """The earliest of as many messages of others as are unread."""
        found, left = None, self.unread
        for entry in self.messages():
            if left == 0:
                break
            if not entry.own:
                found, left = entry, left - 1
        return found

    def _index(self, entry: Entry) -> None:
        self._weight += weight(entry)
        if entry.is_message or entry.kind is Kind.CHANGED:
            self._by_key[_key(entry)] = entry

    def _forget(self, entry: Entry) -> None:
        self._weight -= weight(entry)
        if self._by_key.get(_key(entry)) is entry:
            del self._by_key[_key(entry)]

    def _shrink(self) -> None:
        while self._weight > self._limit and len(self.backlog) > 1:
            self.drop()


def _key(entry: Entry) -> object:
    """What something is the same by, when it is told of again: where it has no id, all of it."""
    return entry.msgid or (entry.at, entry.who, entry.text)
