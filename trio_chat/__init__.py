"""trio-chat: a chat server any IRC client can talk to, a client and a harness, on trio.

The public names: `serve` and its `Server`, `Config`, `ConfigError` and `load_config`; `connect` and
its `Chat`, the events that `async for event in chat` gives, and the errors. They are imported when
they are first asked for, so that a bot does not load the server, nor the server a client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trio_chat.client.accounts import Registered
    from trio_chat.client.chat import Chat
    from trio_chat.client.company import Ban, ListedRoom, Person
    from trio_chat.client.connect import connect, nick_variants
    from trio_chat.client.errors import (
        Banned,
        ChatError,
        ConnectionLost,
        LoginFailed,
        NickInUse,
        NoAnswer,
        NoTLS,
        Refused,
        Unsupported,
        WrongCertificate,
    )
    from trio_chat.client.events import (
        AccountChanged,
        AwayChanged,
        Edited,
        Event,
        Invited,
        Joined,
        Kicked,
        MarkerSet,
        ModeChanged,
        NamesTold,
        NickChanged,
        Noticed,
        Parted,
        PinChanged,
        PresenceTold,
        Queried,
        Quitted,
        Reacted,
        RealnameChanged,
        Redacted,
        Replayed,
        Replied,
        Reported,
        RoomRenamed,
        Said,
        Sent,
        TopicChanged,
        TopicTold,
        Typed,
    )
    from trio_chat.client.login import Login
    from trio_chat.client.past import LastSaid
    from trio_chat.client.reconnect import Lost, RoomRefused, keep_connected
    from trio_chat.client.redial import Redial
    from trio_chat.client.rooms import Member, Room
    from trio_chat.client.tls import TLS
    from trio_chat.client.whois import WhoisAnswer
    from trio_chat.config import Config, ConfigError
    from trio_chat.config import load as load_config
    from trio_chat.server import Server, serve
from trio_chat.version import __version__ as __version__
from trio_chat.wire.message import Message

__all__ = [
    "TLS",
    "AccountChanged",
    "AwayChanged",
    "Ban",
    "Banned",
    "Chat",
    "ChatError",
    "Config",
    "ConfigError",
    "ConnectionLost",
    "Edited",
    "Event",
    "Invited",
    "Joined",
    "Kicked",
    "LastSaid",
    "ListedRoom",
    "Login",
    "LoginFailed",
    "Lost",
    "MarkerSet",
    "Member",
    "Message",
    "ModeChanged",
    "NamesTold",
    "NickChanged",
    "NickInUse",
    "NoAnswer",
    "NoTLS",
    "Noticed",
    "Parted",
    "Person",
    "PinChanged",
    "PresenceTold",
    "Queried",
    "Quitted",
    "Reacted",
    "RealnameChanged",
    "Redacted",
    "Redial",
    "Refused",
    "Registered",
    "Replayed",
    "Replied",
    "Reported",
    "Room",
    "RoomRefused",
    "RoomRenamed",
    "Said",
    "Sent",
    "Server",
    "TopicChanged",
    "TopicTold",
    "Typed",
    "Unsupported",
    "WhoisAnswer",
    "WrongCertificate",
    "connect",
    "keep_connected",
    "load_config",
    "nick_variants",
    "serve",
]

_HOMES = {
    "Ban": "trio_chat.client.company",
    "Banned": "trio_chat.client.errors",
    "Chat": "trio_chat.client.chat",
    "ChatError": "trio_chat.client.errors",
    "Config": "trio_chat.config",
    "ConfigError": "trio_chat.config",
    "ConnectionLost": "trio_chat.client.errors",
    "LastSaid": "trio_chat.client.past",
    "ListedRoom": "trio_chat.client.company",
    "Login": "trio_chat.client.login",
    "LoginFailed": "trio_chat.client.errors",
    "Lost": "trio_chat.client.reconnect",
    "Member": "trio_chat.client.rooms",
    "Message": "trio_chat.wire.message",
    "NickInUse": "trio_chat.client.errors",
    "NoAnswer": "trio_chat.client.errors",
    "NoTLS": "trio_chat.client.errors",
    "Person": "trio_chat.client.company",
    "Refused": "trio_chat.client.errors",
    "Registered": "trio_chat.client.accounts",
    "Room": "trio_chat.client.rooms",
    "Redial": "trio_chat.client.redial",
    "RoomRefused": "trio_chat.client.reconnect",
    "Server": "trio_chat.server",
    "TLS": "trio_chat.client.tls",
    "Unsupported": "trio_chat.client.errors",
    "WhoisAnswer": "trio_chat.client.whois",
    "WrongCertificate": "trio_chat.client.errors",
    "connect": "trio_chat.client.connect",
    "keep_connected": "trio_chat.client.reconnect",
    "nick_variants": "trio_chat.client.connect",
    "serve": "trio_chat.server",
}
"""Where the public names live; those not told here are events."""


def __getattr__(name: str) -> Any:
    if name == "load_config":
        return import_module("trio_chat.config").load
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "trio_chat.client.events")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
