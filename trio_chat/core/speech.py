"""Messages that come from a user: the one place that gives them their source and server tags."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trio_chat.core.state import User
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
