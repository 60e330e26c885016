"""Replies well-formed: what a client is sent is meant for it, and of a form that it has asked for.

The laws:

* A numeric names whom it is for first (Modern IRC, "Numeric Replies"): a nick the client has or has
  had, or `*`.
* A batch is opened before its lines and closed once after them, and none is left open (batch).
* A client is sent no tag, no batch and no message that takes a capability it has not asked for.
* A msgid is of one message, whoever sees it (message-ids).
* The times of what a client is told do not go back (server-time), though the server's clock does:
  a client that orders by them would show an answer before its question.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Event, Kind, written
from trio_chat.testing.oracle.sayings import SPOKEN
from trio_chat.testing.oracle.seen import REPLAYED
from trio_chat.testing.oracle.story import Story
from trio_chat.wire.caps import TAG_NEEDS, names
from trio_chat.wire.message import Message

WELL_FORMED = "well-formed"
ONE_ID = "one message for each id"

_TAGS = {tag: tuple(names(bits)) for tag, bits in TAG_NEEDS.items()}
"""The capabilities any of which allows a tag; every other takes message-tags."""

_ANY_TAG = ("message-tags",)

_COMMANDS = {
    "ACCOUNT": "account-notify",
    "ACK": "labeled-response",
    "AWAY": "away-notify",
    "BATCH": "batch",
    "CHGHOST": "chghost",
    "EDIT": "draft/message-edit",
    "REDACT": "draft/message-redaction",
    "RENAME": "draft/channel-rename",
    "SETNAME": "setname",
    "TAGMSG": "message-tags",
}
"""What only those are sent who have asked for it."""


class _Form:
    """What one client is sent, as far as its form goes."""

    def __init__(self, story: Story, connection: int) -> None:
        self.name = story.journal.names[connection]
        self._fold = story.fold
        self._nick = ""
        self._nicks = {"*": None}
        self._caps: dict[str, None] = {}
        """What it has, or has asked for and may have by now."""
        self._open: dict[str, bool] = {}
        """The batches that are open, and whether things are shown once more in them."""
        self._time = ""
        self._plain = False
        """Whether times say nothing: it has no batches, and may be shown things once more without
        one."""

    def send(self, message: Message) -> None:
        if message.command == "CAP" and message.params and message.params[0].upper() == "REQ":
            for word in message.params[-1].split():
                if word[0] != "-":
                    self._caps[word] = None

    def receive(self, event: Event) -> Iterator[str]:
        """What is wrong with a message."""
        message = event.message
        assert message is not None
        command = message.command
        if message.tags:
            yield from self._tags(message)
        if command != "BATCH" and self._open.get(message.tags.get("batch", ""), False):
            return  # of another time: who changed their nick then is not called so now
        if command.isdigit():
            yield from self._numeric(message)
        elif command in _COMMANDS:
            need = _COMMANDS[command]
            if need not in self._caps and self._fold(message.nick) != self._nick:
                yield f"was sent {written(message)!r} without {need}"
            if command == "BATCH":
                yield from self._batch(message)
        elif command == "JOIN":
            if len(message.params) > 1 and "extended-join" not in self._caps:
                yield f"was sent {written(message)!r} without extended-join"
        elif command == "NICK":
            is_replayed = self._open.get(message.tags.get("batch", ""), False)
            if self._fold(message.nick) == self._nick and not is_replayed:
                self._be(message.params[0])
        elif command == "CAP":
            self._negotiate(message)

    def _tags(self, message: Message) -> Iterator[str]:
        caps = self._caps
        for tag in message.tags:
            needs = _TAGS.get(tag, _ANY_TAG)
            if not any(need in caps for need in needs):
                yield f"was sent the tag {tag} without {' or '.join(needs)}: {written(message)!r}"
        batch = message.tags.get("batch")
        is_replayed = False
        if batch is not None:
            if batch not in self._open:
                yield f"was sent {written(message)!r} in no batch that is open"
            is_replayed = self._open.get(batch, False)
        time = message.tags.get("time", "")
        # A failure to keep a message stands in the place of its echo, before what has waited behind
        # that and is older.
        if time and not is_replayed and not self._plain and message.command != "FAIL":
            if time < self._time:
                yield f"was sent {written(message)!r} after something of {self._time}"
            self._time = max(time, self._time)

    def _numeric(self, message: Message) -> Iterator[str]:
        target = message.params[0] if message.params else ""
        if message.command == "001":
            self._be(target)
            self._plain = "batch" not in self._caps
        elif self._nick and self._fold(target) not in self._nicks:
            yield f"was sent {written(message)!r}, and has never been {target}"

    def _be(self, nick: str) -> None:
        self._nick = self._fold(nick)
        self._nicks[self._nick] = None

    def _batch(self, message: Message) -> Iterator[str]:
        sign, reference = message.params[0][:1], message.params[0][1:]
        if sign == "+":
            if reference in self._open:
                yield f"was sent {written(message)!r}, and that batch is open"
            outer = self._open.get(message.tags.get("batch", ""), False)
            self._open[reference] = outer or message.params[1:2] in [(each,) for each in REPLAYED]
        elif reference not in self._open:
            yield f"was sent {written(message)!r}, and no such batch is open"
        else:
            del self._open[reference]

    def _negotiate(self, message: Message) -> None:
        if len(message.params) < 3 or message.params[1] not in ("ACK", "DEL", "NAK"):
            return
        for word in message.params[-1].split():
            if message.params[1] == "ACK" and word[0] != "-":
                self._caps[word] = None
            elif message.params[1] == "DEL" or (message.params[1] == "ACK" and word[0] == "-"):
                self._caps.pop(word.removeprefix("-"), None)

    def left_open(self) -> list[str]:
        return list(self._open)


def find_malformed(story: Story) -> Iterator[Finding]:
    """What is wrong with the form of what was sent to clients."""
    journal = story.journal
    forms = [_Form(story, each) for each in range(len(journal.names))]
    ids: dict[str, Message] = {}
    for index, event in enumerate(journal.events):
        if event.kind is Kind.RECEIVED:
            if story.views[event.connection].is_blurred:
                continue
            form = forms[event.connection]
            for what in form.receive(event):
                yield Finding(WELL_FORMED, f"{form.name} {what}", event.at)
            yield from _ids(ids, form, event)
        elif event.kind is Kind.SENT and event.message is not None:
            forms[event.connection].send(event.message)
        elif event.kind is Kind.SETTLED:
            for connection in story.settlements[index]:
                for reference in forms[connection].left_open():
                    text = f"{forms[connection].name} was never sent the end of batch {reference}"
                    yield Finding(WELL_FORMED, text, event.at)


def _ids(ids: dict[str, Message], form: _Form, event: Event) -> Iterator[Finding]:
    """Whether the msgid of a message, as it is said, is that of another."""
    message = event.message
    assert message is not None
    tags = message.tags
    if "msgid" not in tags or "batch" in tags or message.command not in SPOKEN:
        return
    known = ids.setdefault(tags["msgid"], message)
    if (known.nick, known.params[0]) != (message.nick, message.params[0]):
        text = f"{form.name} was sent {written(message)!r}, and the id is that of"
        yield Finding(ONE_ID, f"{text} {written(known)!r}", event.at)
