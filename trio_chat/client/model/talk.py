"""What is said in conversations, now, and what is done to it.

Laws:

* A message of ours is one entry from when it is entered; it gets its place when the server tells of
  it.
* What has an id is told of once.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from trio_chat.client import events
from trio_chat.client.events import Event
from trio_chat.client.folding import folding
from trio_chat.client.model import wording
from trio_chat.client.model.amending import Amending, amend
from trio_chat.client.model.attention import Attention, Wishes
from trio_chat.client.model.conversations import Conversation, weight
from trio_chat.client.model.days import Days, in_words
from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.model.outgoing import Outgoing
from trio_chat.client.model.places import Places

_SENT = {"say": Kind.SAID, "act": Kind.ACTED, "notice": Kind.NOTICED}

Message = events.Said | events.Noticed | events.Sent


class Talk(Places):
    """The part of the model that is about messages."""

    def __init__(self, nick: str, wishes: Wishes | None, zone: tzinfo | None) -> None:
        super().__init__()
        self.nick = nick
        self.wishes = wishes
        """The settings that matter here; None for the defaults."""
        self._outgoing = Outgoing()
        self._days = Days(zone)
        self._attention = Attention()
        self._casemapping = "ascii"

    def is_us(self, nick: str) -> bool:
        """Whether this is our nick."""
        return self.conversations.fold(nick) == self.conversations.fold(self.nick)

    def name_by(self, casemapping: str) -> None:
        """The server compares names like this (ISUPPORT CASEMAPPING)."""
        self._casemapping = casemapping
        self.fold_by(folding(casemapping))

    # --- what belongs to no conversation ---

    def _told(self, event: Event, kind: Kind, text: str) -> list[Entry]:
        """It is kept where the person is."""
        return self._kept_here(Entry(event.at, kind, "", "", text)) if text else []

    def _kept_here(self, entry: Entry) -> list[Entry]:
        self.here.add(entry)
        return [entry]

    # --- whom one does not want to hear ---

    def ignores(self, event: Event) -> bool:
        """Whether an event is of somebody whom the person does not want to hear."""
        wishes = self.wishes
        highlights, ignore = (wishes.highlights, wishes.ignore) if wishes is not None else ((), ())
        self._attention.want(self.nick, self._casemapping, highlights, ignore)
        match event:
            case (
                events.Said()
                | events.Noticed()
                | events.Typed()
                | events.Queried()
                | events.Reacted(own=False)
                | events.Edited(own=False)
                | events.Invited(own=True)
            ):
                return self._attention.ignores(event.message.source)
        return False

    # --- what is said ---

    def _hear(self, event: Message) -> list[Entry]:
        entry = self._message(event)
        if entry is None:
            is_own = isinstance(event, events.Sent)
            return [] if is_own else self._told(event, Kind.TOLD, wording.told(event))
        if not entry.where:
            return self._kept_here(entry)
        conversation = self.open(entry.where, private=entry.private)
        entry.where = conversation.name
        if entry.msgid and conversation.knows(entry):
            return []
        if isinstance(event, events.Sent):
            entry = self._settled(conversation, entry, event.token)
            if entry.number:
                return []  # it had been given up, and stands where it was
        entry.answers = conversation.message(entry.reply_to)
        conversation.number_next(entry)
        shown = self._add(conversation, entry)
        conversation.last = entry
        if entry.own:
            conversation.read()  # who answers has read
            return shown
        conversation.hear(entry.who, entry.at)
        if conversation.name != self.current:
            conversation.count(entry)
        return shown

    def _message(self, event: Message) -> Entry | None:
        """A message as an entry, not yet in its place; None if it is for programs."""
        is_query = event.message.params[1:2] != () and event.message.params[1][:1] == "\x01"
        mention = False
        match event:
            case events.Sent(target, text, sent):
                if is_query and sent != "act":
                    return None
                kind, where, who = _SENT[sent], target, self.nick
                private = target not in self.rooms
            case events.Noticed(who, text, room):
                if event.from_server or is_query:
                    return None
                # Notices are from services as a rule: no conversation is opened for them.
                kind, where = Kind.NOTICED, room or (who if who in self.conversations else "")
                private = bool(where) and not room
                mention = bool(room) and self._attention.is_meant(text)
            case events.Said(who, text, room, action):
                kind, where, private = Kind.ACTED if action else Kind.SAID, event.where, not room
                mention = bool(room) and self._attention.is_meant(text)
        entry = Entry(event.at, kind, where, who, text, private=private, mention=mention)
        entry.own = isinstance(event, events.Sent)
        entry.msgid, entry.reply_to = event.msgid, event.reply_to
        return entry

    def _add(self, conversation: Conversation, entry: Entry) -> list[Entry]:
        """Put an entry at the end, and before it the date, if that is another than above."""
        shown = [*self._date(conversation, conversation.latest, entry), entry]
        for each in shown:
            conversation.add(each)
            self._keep_bounds()
        return shown

    def _date(self, conversation: Conversation, above: Entry | None, entry: Entry) -> list[Entry]:
        """A line with the date of an entry, if it has another than what stands above."""
        if entry.noise or above is None or self._days.of(above.at) == self._days.of(entry.at):
            return []
        return [self._divider(conversation, entry.at, in_words(self._days.of(entry.at)))]

    def _divider(self, conversation: Conversation, at: datetime, text: str) -> Entry:
        return Entry(at, Kind.DIVIDED, conversation.name, "", text, private=conversation.private)

    # --- our own on their way ---

    @property
    def pending(self) -> list[Entry]:
        """Our own messages on their way, in the order they were entered."""
        return self._outgoing.entries

    def begin(
        self, where: str, kind: Kind, text: str, at: datetime, reply_to: str = ""
    ) -> tuple[Entry, str]:
        """A message of ours, in `pending` from now on, and the token to send with it."""
        conversation = self.conversations.get(where)
        name = conversation.name if conversation is not None else where
        entry = Entry(at, kind, name, self.nick, text, own=True, state=State.PENDING)
        entry.private, entry.reply_to = name not in self.rooms, reply_to
        if conversation is not None:
            entry.answers = conversation.message(reply_to)
        return entry, self._outgoing.begin(entry)

    def give_up(self, entry: Entry, state: State) -> list[Entry]:
        """A message of ours is not awaited any more: it was refused, or nobody knows."""
        if not self._outgoing.forget(entry, state):
            return []
        conversation = self.conversations.get(entry.where)
        if conversation is None:  # there may be nobody of that name: none is opened
            return self._kept_here(entry)
        conversation.number_next(entry)
        return self._add(conversation, entry)

    def take_back(self, entry: Entry) -> None:
        """A message of ours was not sent at all, and is not to be shown."""
        self._outgoing.forget(entry, State.REFUSED)

    def _settled(self, conversation: Conversation, told: Entry, token: str = "") -> Entry:
        """What the server tells of, as the entry it was from the first, if it was entered here."""
        entry = self._outgoing.find(told, token)
        if entry is None:
            return told
        if entry.number:
            conversation.identify(entry, told.msgid, told.at)
        else:
            entry.at, entry.msgid, entry.text = told.at, told.msgid, told.text
            entry.where, entry.private = told.where, told.private
        entry.who, entry.state = told.who, State.SENT
        return entry

    # --- what is done to it ---

    def _amend(self, event: Amending, conversation: Conversation | None = None) -> list[Entry]:
        where = event.room if isinstance(event, events.PinChanged) else event.where
        conversation = conversation or self.conversations.get(where)
        if conversation is None:
            return []
        about = conversation.message(event.target)
        if about is not None:
            was = weight(about)
            changed = amend(event, about)
            conversation.reweigh(weight(about) - was)
            if not changed:
                return []
        elif not isinstance(event, (events.Edited, events.PinChanged)):
            return []  # what nobody has before them is not missed
        text = wording.amended(event, about)
        entry = Entry(event.at, Kind.AMENDED, conversation.name, event.nick, text, about=about)
        entry.own, entry.private, entry.missed = event.own, conversation.private, event.history
        return [entry]
