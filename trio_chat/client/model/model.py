"""What a person at a terminal has before them: conversations, what was said, what is unread.

Laws:

* Knows nothing of screens, colours or keys, and of the network only events; no clock but the times
  in these and those given from outside. Bounded.
* `take` gives what is to be shown, in order; what belongs to a conversation is in it by then.
* Whatever events come, in whatever order, nothing is raised.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.model import wording
from trio_chat.client.model.attention import Wishes
from trio_chat.client.model.company import Company
from trio_chat.client.model.entries import Entry, Kind


class Model(Company):
    """The conversations, which of them is current, our nick and how the connection is."""

    def __init__(
        self, nick: str, wishes: Wishes | None = None, *, zone: tzinfo | None = None
    ) -> None:
        super().__init__(nick, wishes, zone)
        self.connection = "connecting"
        self.lag: float | None = None
        """Seconds that the server took to answer last; None if that is not known."""

    def note(self, text: str, *, trouble: bool = False) -> Entry:
        """Something the client itself has to say, here."""
        kind = Kind.TROUBLE if trouble else Kind.TOLD
        [entry] = self._kept_here(Entry(datetime.now(UTC), kind, "", "", text))
        return entry

    def take(self, event: Event, now: float = 0.0) -> list[Entry]:
        """What an event adds to be shown, at a time `now` in seconds of the console's clock."""
        if self.ignores(event):
            return []
        match event:
            case events.Said() | events.Noticed() | events.Sent():
                return self._hear(event)
            case events.Edited() | events.Redacted() | events.Reacted() | events.PinChanged():
                return self._amend(event)
            case events.Replayed(where, told):
                return self._take_replay(where, told)
            case events.Typed():
                self._type(event, now)
            case events.MarkerSet(target, read_to):
                conversation = self.conversations.get(target)
                if conversation is not None and read_to is not None:
                    conversation.read_until(read_to)
            case _:
                return self._follow(event)
        return []

    def _take_replay(self, where: str, told: tuple[Event, ...]) -> list[Entry]:
        if not where:  # a batch that does not say whose history it is
            return []
        known = self.conversations.get(where)
        last = known.last if known is not None else None
        return self.take_past(where, told, since=last.at if last is not None else None)

    def _follow(self, event: Event) -> list[Entry]:
        match event:
            case events.Joined():
                return self._enter(event)
            case events.Parted() | events.Kicked():
                return self._go(event)
            case events.Quitted():
                return self._quit(event)
            case events.NickChanged():
                return self._rename_person(event)
            case events.AwayChanged(nick, reason):
                return self._away(event, nick, reason)
            case events.RoomRenamed(old, new):
                self._rename(old, new)
                return self._change_in(event, new)
            case events.ModeChanged(target):
                return self._change_in(event, target) if target in self.rooms else []
            case events.TopicChanged(room) | events.TopicTold(room) | events.NamesTold(room):
                return self._change_in(event, room)
            case events.Replied("301", (nick, *_, reason)):
                return self._away(event, nick, reason)
            case events.Replied():
                replied = wording.replied(event)
                return self._told(event, *replied) if replied is not None else []
        return self._told(event, Kind.TOLD, wording.told(event))
