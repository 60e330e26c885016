"""Messages that come from a user: where they get their source and server tags, and their echo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.state import Session, User
from trio_chat.wire.caps import ECHO_MESSAGE
from trio_chat.wire.message import NO_TAGS, Message

_BOT: Mapping[str, str] = MappingProxyType({"bot": ""})


def bot_tag(user: User) -> Mapping[str, str]:
    """The tags of a numeric that others are sent for something this user did (bot-mode)."""
    return _BOT if user.is_bot else NO_TAGS


def from_user(user: User, command: str, *params: str, tags: Mapping[str, str] = NO_TAGS) -> Message:
    """A message of this user, with the tags that tell of them before the `tags` given.

    `account` (IRCv3 account-tag), `bot` (bot-mode) and `draft/oper` (oper-tag) belong on everything
    a user sends. Server tags stand before client-only tags (message-tags, "Client-only tags").
    """
    if user.account or user.is_bot or user.operator is not None:
        about = {}
        if user.account:
            about["account"] = user.account
        if user.is_bot:
            about["bot"] = ""
        if user.operator is not None:
            about["draft/oper"] = ""  # no value: the name to give to OPER is half of its secret
        tags = {**about, **tags}
    return Message(command, params, user.source, tags)


def to_own(
    session: Session, message: Message, need: int = 0, other: User | None = None, lack: int = 0
) -> Iterator[Effect]:
    """What this session said where its user does not hear it anyway, to the user's own sessions.

    To itself if it wants the echo. To its siblings whether they do or not: a client without the
    capability echo-message shows what it sends by itself, but of this it knows nothing, and half of
    the conversation would be missing. So does Ergo; and a message from oneself to somebody is what
    bouncers have long sent for it ("self-message"). `other` is to whom it was said in private.
    """
    if session.caps & ECHO_MESSAGE:
        yield Deliver((session,), message, need=need, lack=lack)
    user = session.user
    if len(user.sessions) > 1 and other is not user:
        yield Deliver(session.siblings, message, need=need, lack=lack)
