"""A model fed with lines from a server, and what is shown for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from trio_chat.client.events import Event
from trio_chat.client.mirror import Mirror
from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.model.model import Model
from trio_chat.client.screen.line import text_of
from trio_chat.client.screen.view import View
from trio_chat.client.setup.settings import Settings
from trio_chat.wire.message import parse

LONGEST = 10_000
"""Bytes of a line: a message of several is as long."""

NOW = datetime(2024, 5, 1, 12, 34, tzinfo=UTC)
PLAIN = View(Settings(numbers=False, time="off"), zone=UTC)


@dataclass(frozen=True, slots=True)
class Wished:
    """The settings that the model knows of."""

    fold: Literal["smart", "always", "never"] = "never"
    highlights: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Desk:
    """We are in #tea, which is current, and in #trio."""

    def __init__(self, wishes: Wished | None = None) -> None:
        self.mirror = Mirror("me")
        self.model = Model("me", wishes or Wished(), zone=UTC)
        self.model.rooms = self.mirror.rooms.by_name
        self.now = 0.0
        self.see(":me!u@h JOIN #tea", ":me!u@h JOIN #trio")
        self.model.switch("#tea")

    def take(self, *lines: str) -> list[Entry]:
        """The entries to show for these lines from the server."""
        return [
            entry
            for line in lines
            for event in self.mirror.take(parse(line.encode(), max_body=LONGEST), NOW)
            for entry in self.model.take(event, self.now)
        ]

    def see(self, *lines: str) -> list[str]:
        """What is shown for these lines, without the time; noise and dates are left out."""
        return self.drawn(self.take(*lines))

    def drawn(self, entries: Iterable[Entry]) -> list[str]:
        """These entries as they are shown."""
        return [
            _drawn(entry, self.model.current)
            for entry in entries
            if not entry.noise and not _is_date(entry)
        ]

    def past(self, where: str, *lines: str) -> list[Event]:
        """These lines as the history of a conversation."""
        return [
            event
            for line in lines
            for event in self.mirror.recall(parse(line.encode()), NOW, where)
        ]

    def backlog(self, where: str) -> list[str]:
        """What is in a conversation, as it is shown there."""
        entries = self.model.conversations[where].backlog
        return [_drawn(entry, where) for entry in entries if not entry.noise]

    @property
    def unread(self) -> dict[str, tuple[int, int]]:
        """Where something is unread: how many messages, and how many of them are meant for us."""
        return {
            name: (conversation.unread, conversation.mentions)
            for name, conversation in self.model.conversations.items()
            if conversation.unread
        }


def _drawn(entry: Entry, current: str) -> str:
    if entry.kind is Kind.DIVIDED:
        return f"-- {entry.text}"
    return text_of(PLAIN.lines(entry, current)[0])


def _is_date(entry: Entry) -> bool:
    return entry.kind is Kind.DIVIDED and not entry.text.startswith("missed")
