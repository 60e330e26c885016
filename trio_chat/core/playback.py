"""History as a session is shown it: what was said and done, in the forms that its client takes.

Laws:

* Everything has the time, the id and the tags that it was handed on with.
* Only what was said is shown to everybody; what was done, to those who asked for it, and what some
  capability has brought about, to those who have it (chathistory, "`CHATHISTORY` Command").

This is done for every line of a history, and most questions are for 100 of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trio_chat.core.batches import batch_of
from trio_chat.core.effects import Deliver
from trio_chat.core.history import Kept
from trio_chat.core.several_lines import as_batch, is_several, line_by_line, to_lines
from trio_chat.core.state import Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

SPOKEN = ("PRIVMSG", "NOTICE")
"""What is said, and counted; all else is done."""

CONTEXT = "draft/chathistory-context"
"""The tag of what belongs to the message before it, such as a reaction."""

PAGE_BYTES = 500_000
"""What is shown of a history at once, half a SendQ: 500 messages of 100 lines each would be 14 MB,
and whoever asks for them, as every client does that comes, would be let go each time."""

_AROUND = 200
"""Bytes of a line beside its text: tags, source, target."""

_NEEDED = {
    # "The `draft/event-playback` capability is not required" (message-redaction, "Chat history")
    "REDACT": caps.MESSAGE_REDACTION | caps.MESSAGE_TAGS,
    "EDIT": caps.EVENT_PLAYBACK | caps.MESSAGE_EDIT | caps.MESSAGE_TAGS,
    "PIN": caps.EVENT_PLAYBACK | caps.PINS,
    "UNPIN": caps.EVENT_PLAYBACK | caps.PINS,
    "TAGMSG": caps.EVENT_PLAYBACK | caps.MESSAGE_TAGS,
    "RENAME": caps.EVENT_PLAYBACK | caps.CHANNEL_RENAME,
}
"""The capabilities that it takes to be shown what was done, where it is more than to ask for it."""


def size_of(message: Message) -> int:
    """About how many bytes it takes to show a message: each of its lines is a line for itself."""
    text = message.params[-1] if message.params else ""
    size = _AROUND * (1 + text.count("\n") + text.count("\r"))
    for part in (*message.params, *message.tags, *message.tags.values()):
        size += len(part) if part.isascii() else len(part.encode())
    return size


def play(
    world: World, session: Session, name: str, kept: Iterable[Kept], *, private: bool = False
) -> Iterator[Deliver]:
    """Part of a history, the oldest first, as a batch: of a room, or what was said to `name`."""
    if private:
        kept = as_now(world, session.user, name, kept)
    messages = forms(world, session, kept)
    return batch_of(world, session, "chathistory", name, messages=messages)


def forms(world: World, session: Session, kept: Iterable[Kept]) -> Iterator[Message]:
    """Each message as this session takes it, with the time at which it was said."""
    has = session.caps
    for message, at, is_context in kept:
        command, params = message.command, message.params
        tags = {"time": format_time(at), **message.tags}
        if is_context:
            if not has & caps.MESSAGE_TAGS:
                continue  # "Such messages MUST be tagged with" it (chathistory, its section)
            tags[CONTEXT] = ""
        if command in SPOKEN:
            if is_several(params[1]):
                yield from _several(world, session, message, tags)
                continue
        elif _NEEDED.get(command, caps.EVENT_PLAYBACK) & ~has:
            continue
        elif command == "JOIN" and not has & caps.EXTENDED_JOIN:
            params = params[:1]
        yield Message(command, params, message.source, tags)


def _several(
    world: World, session: Session, message: Message, tags: dict[str, str]
) -> Iterator[Message]:
    command, (target, text), source = message.command, message.params, message.source
    lines = to_lines(text)
    if session.takes_multiline:
        return as_batch(world, command, target, source, lines, tags)
    return line_by_line(command, target, source, lines, tags)


def as_now(world: World, user: User, name: str, kept: Iterable[Kept]) -> Iterator[Kept]:
    """A conversation as if both had had their nicks of now all the time.

    "servers may wish to rewrite the sources or targets of messages to correspond to the current
    nicknames of the two users" (chathistory, "Implementation Considerations"): else a client takes
    what its user said under another nick for what somebody else said to a third.
    """
    account, other = world.fold(user.account), world.fold(name)
    for message, at, is_context in kept:
        source, params = message.source, message.params
        if world.fold(message.tags.get("account", "")) == account:
            source, target = user.source, name
        else:
            target = user.nick
            nick, sign, rest = source.partition("!")
            if world.fold(nick) != other:
                source = name + sign + rest
        said = Message(message.command, (target, *params[1:]), source, message.tags)
        yield Kept(said, at, is_context)
