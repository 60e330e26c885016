"""Patterns of messages: what a test expects somebody to receive, said in words of the chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trio_chat.wire.message import NO_TAGS, Message


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which messages will do. `None` stands for anything, and more parameters may follow.

    `command` is a command or a numeric; `by` is a nick or the server's name; of `tags` the message
    must have at least these, with these values.
    """

    command: str
    params: tuple[str | None, ...] = ()
    by: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)

    def matches(self, message: Message) -> bool:
        """Whether this message will do."""
        return (
            message.command == self.command
            and self.by in (None, message.nick)
            and len(message.params) >= len(self.params)
            and all(
                wanted in (None, param)
                for wanted, param in zip(self.params, message.params, strict=False)
            )
            and all(message.tags.get(key) == value for key, value in self.tags.items())
        )

    def __str__(self) -> str:
        words = [self.command]
        words += ["<anything>" if param is None else repr(param) for param in self.params]
        if self.by is not None:
            words.append(f"by {self.by}")
        if self.tags:
            words.append("with " + ", ".join(f"{key}={value}" for key, value in self.tags.items()))
        return " ".join(words)


def said(text: str | None = None, *, by: str | None = None, to: str | None = None) -> Pattern:
    """A PRIVMSG to a room or a user."""
    return Pattern("PRIVMSG", (to, text), by)


def noticed(text: str | None = None, *, by: str | None = None, to: str | None = None) -> Pattern:
    """A NOTICE to a room or a user."""
    return Pattern("NOTICE", (to, text), by)


def joined(nick: str | None = None, room: str | None = None) -> Pattern:
    """Somebody has come into a room."""
    return Pattern("JOIN", (room,), nick)


def parted(nick: str | None = None, room: str | None = None) -> Pattern:
    """Somebody has left a room."""
    return Pattern("PART", (room,), nick)


def left(nick: str | None = None, reason: str | None = None) -> Pattern:
    """Somebody has left the chat, by their own will or not."""
    return Pattern("QUIT", (reason,), nick)


def kicked(nick: str | None = None, room: str | None = None, *, by: str | None = None) -> Pattern:
    """Somebody was thrown out of a room."""
    return Pattern("KICK", (room, nick), by)


def renamed(before: str | None = None, after: str | None = None) -> Pattern:
    """Somebody goes by another nick now."""
    return Pattern("NICK", (after,), before)


def topic_set(
    text: str | None = None, *, room: str | None = None, by: str | None = None
) -> Pattern:
    """Somebody has set a room's topic."""
    return Pattern("TOPIC", (room, text), by)


def numeric(number: str, *params: str | None) -> Pattern:
    """A numeric reply, whoever it names; `params` are those after the nick."""
    return Pattern(number, (None, *params))


def failed(code: str, command: str | None = None) -> Pattern:
    """A FAIL of that code (IRCv3 standard-replies)."""
    return Pattern("FAIL", (command, code))
