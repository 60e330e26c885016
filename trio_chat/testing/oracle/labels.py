"""Labels answered once: whatever a client has labelled is answered by one response with its label.

The law (IRCv3 labeled-response): each labelled command has exactly one logical response, a
message, a batch or an ACK, and no label comes that was not asked for. What a connection that was
lost is owed cannot be told; one that was there when all had settled is owed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.testing.oracle.finding import Finding
from trio_chat.testing.oracle.journal import Event, Kind, written
from trio_chat.testing.oracle.story import Story
from trio_chat.wire.message import Message

ANSWERED_ONCE = "labels answered once"

LONGEST = 64
"""Bytes of a label (labeled-response, "Tag value"); a longer one a server may pass over."""


class _Labels:
    """The labels of one connection: what is asked, and what was answered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.takes = False
        """Whether the server has said that it answers labels, and batches them."""
        self._granted: dict[str, None] = {}
        self._asked: dict[str, list[Event]] = {}
        self._answered: dict[str, Message] = {}
        self._optional: dict[str, None] = {}

    def send(self, event: Event) -> None:
        assert event.message is not None
        label = event.message.tags.get("label", "")
        if not label or "batch" in event.message.tags:  # of several lines the opening has it
            return
        self._asked.setdefault(label, []).append(event)
        if not self.takes or len(label.encode()) > LONGEST:
            self._optional[label] = None

    def receive(self, event: Event) -> Iterator[Finding]:
        message = event.message
        assert message is not None
        if message.command == "CAP":
            self._negotiate(message)
        label = message.tags.get("label")
        if label is None:
            return
        asked = self._asked.get(label)
        if asked:
            asked.pop(0)
            self._answered[label] = message
        elif label in self._answered:
            text = f"{self.name} had the label {label!r} answered again, with {written(message)!r}"
            before = written(self._answered[label])
            yield Finding(ANSWERED_ONCE, f"{text} after {before!r}", event.at)
        else:
            text = f"{self.name} was answered with the label {label!r}, which it never sent"
            yield Finding(ANSWERED_ONCE, f"{text}: {written(message)!r}", event.at)

    def _negotiate(self, message: Message) -> None:
        if message.params[1:2] != ("ACK",) and message.params[1:2] != ("DEL",):
            return
        for word in message.params[-1].split():
            name = word.removeprefix("-")
            if word[0] == "-" or message.params[1] == "DEL":
                self._granted.pop(name, None)
            else:
                self._granted[name] = None
        self.takes = "labeled-response" in self._granted and "batch" in self._granted

    def owed(self) -> Iterator[Event]:
        """What was labelled and not answered, though it had to be."""
        for label, events in self._asked.items():
            if label not in self._optional:
                yield from events


def find_labels(story: Story) -> Iterator[Finding]:
    """What is wrong with the answers to labelled commands."""
    journal = story.journal
    labels = [_Labels(name) for name in journal.names]
    for index, event in enumerate(journal.events):
        if event.kind is Kind.RECEIVED:
            yield from labels[event.connection].receive(event)
        elif event.kind is Kind.SENT:
            if event.message is not None and event.message.tags:
                labels[event.connection].send(event)
        elif event.kind is Kind.SETTLED:
            for connection in story.settlements[index]:
                yield from _owed(labels[connection], event.at)


def _owed(labels: _Labels, at: float) -> Iterator[Finding]:
    for event in labels.owed():
        assert event.message is not None
        text = f"{labels.name} has had no answer to {written(event.message)!r}"
        yield Finding(ANSWERED_ONCE, text, at)
