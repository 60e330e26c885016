"""What was said before: missed, or just earlier, and brought into a conversation later.

Laws:

* What is in a conversation already is not brought in again.
* What was done to a message that is brought in is done to it before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.model import wording
from trio_chat.client.model.amending import amend
from trio_chat.client.model.conversations import Conversation
from trio_chat.client.model.days import in_words
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.model.talk import Talk

_COMING_AND_GOING = (events.Joined, events.Parted, events.Quitted, events.NickChanged)


class Past(Talk):
    """The part of the model that is about histories."""

    def take_past(
        self,
        where: str,
        told: Iterable[Event],
        *,
        since: datetime | None = None,
        more: bool = False,
    ) -> list[Entry]:
        """What a history adds to the end of a conversation, to be shown.

        What is of after `since` was missed; with None nothing was. `more` is whether more was
        missed than is told.
        """
        conversation = self.open(where, private=where not in self.rooms)
        new = self._read(conversation, told)
        for entry in new:
            entry.missed = since is not None and entry.at > since
        heard = [each for each in new if each.missed and each.is_message and not each.own]
        shown: list[Entry] = []
        above = conversation.latest
        for entry in new:
            if heard and entry is heard[0]:
                text = wording.missed(len(heard), more=more)
                shown.append(self._divider(conversation, entry.at, text))
            shown += self._dated(conversation, above, entry)
            shown.append(entry)
            above = above if entry.noise else entry
        if new:
            in_place = [each for each in shown if each.kind is not Kind.AMENDED]
            conversation.add_before_later(in_place, new[-1].at)
        self._count_past(conversation, new, heard)
        for _ in new:
            self._keep_bounds()
        return shown

    def take_earlier(self, where: str, told: Iterable[Event]) -> list[Entry]:
        """What a history of before all that is known adds to the top of a conversation."""
        conversation = self.conversations.get(where)
        if conversation is None:
            return []
        shown: list[Entry] = []
        above: Entry | None = None
        for entry in self._read(conversation, told):
            if entry.kind is not Kind.AMENDED:
                shown += [*self._dated(conversation, above, entry), entry]
                above = above if entry.noise else entry
        return conversation.add_earlier(shown)

    def _dated(self, conversation: Conversation, above: Entry | None, entry: Entry) -> list[Entry]:
        """Like `_date`, but what nothing stands above of is of a day that is to be told, too."""
        if above is None and not entry.noise:
            day = in_words(self._days.of(entry.at))
            return [self._divider(conversation, entry.at, day)]
        return self._date(conversation, above, entry)

    def _count_past(self, conversation: Conversation, new: list[Entry], heard: list[Entry]) -> None:
        for entry in heard:
            conversation.hear(entry.who, entry.at)
            if conversation.name != self.current:
                conversation.count(entry)
        said = [each for each in new if each.is_message]
        if said and (conversation.last is None or conversation.last.at <= said[-1].at):
            conversation.last = said[-1]

    def _read(self, conversation: Conversation, told: Iterable[Event]) -> list[Entry]:
        """The entries that are not in the conversation yet, as they are by now."""
        found: list[Entry] = []
        by_id: dict[str, Entry] = {}
        for event in told:
            if self.ignores(event):
                continue
            match event:
                case events.Said() | events.Noticed() | events.Sent():
                    entry = self._remembered(conversation, event, by_id)
                    found += [entry] if entry is not None else []
                case events.Edited() | events.Redacted() | events.Reacted() | events.PinChanged():
                    entry = by_id.get(event.target)
                    if entry is not None:
                        amend(event, entry)
                    elif conversation.message(event.target) is not None:
                        found += self._amend(event, conversation)
                case _ if text := wording.changed(event):
                    entry = Entry(event.at, Kind.CHANGED, conversation.name, "", text)
                    entry.private, entry.msgid = conversation.private, event.msgid
                    if conversation.knows(entry):
                        continue
                    # Who took part then is not known, and it is long over.
                    entry.noise = isinstance(event, _COMING_AND_GOING) and self._folds != "never"
                    found.append(entry)
        return found

    def _remembered(
        self,
        conversation: Conversation,
        event: events.Said | events.Noticed | events.Sent,
        by_id: dict[str, Entry],
    ) -> Entry | None:
        entry = self._message(event)
        if entry is None:
            return None
        entry.where, entry.private = conversation.name, conversation.private
        if conversation.knows(entry) or entry.msgid in by_id:
            return None
        if entry.own:
            entry = self._settled(conversation, entry)
            if entry.number:
                return None
        entry.answers = by_id.get(entry.reply_to) or conversation.message(entry.reply_to)
        conversation.number_next(entry)
        if entry.msgid:
            by_id[entry.msgid] = entry
        return entry

    @property
    def _folds(self) -> str:
        """Whose coming and going is noise."""
        return self.wishes.fold if self.wishes is not None else "smart"
