"""The public harness: the real server on a network in memory, for tests of bots and clients.

Start with the pytest fixture `chat` (see `trio_chat.testing.plugin`) or with `open_chat`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trio_chat.testing.chat import EPOCH, VirtualChat, open_chat
    from trio_chat.testing.hosts import Host
    from trio_chat.testing.invariants import Violated, check_links, check_world
    from trio_chat.testing.links import LinkSettings
    from trio_chat.testing.listeners import MemoryListener
    from trio_chat.testing.network import Connection, Network
    from trio_chat.testing.oracle import Finding, Journal, Kind, Watcher, invariant
    from trio_chat.testing.patterns import (
        Pattern,
        failed,
        joined,
        kicked,
        left,
        noticed,
        numeric,
        parted,
        renamed,
        said,
        topic_set,
    )
    from trio_chat.testing.user import NotReceived, User

__all__ = [
    "EPOCH",
    "Connection",
    "Finding",
    "Host",
    "Journal",
    "Kind",
    "LinkSettings",
    "MemoryListener",
    "Network",
    "NotReceived",
    "Pattern",
    "User",
    "Violated",
    "VirtualChat",
    "Watcher",
    "check_links",
    "check_world",
    "failed",
    "invariant",
    "joined",
    "kicked",
    "left",
    "noticed",
    "numeric",
    "open_chat",
    "parted",
    "renamed",
    "said",
    "topic_set",
]

_MODULES = (
    "chat",
    "hosts",
    "invariants",
    "links",
    "listeners",
    "network",
    "oracle",
    "patterns",
    "user",
)


def __getattr__(name: str) -> object:
    # pytest imports this package at every start, to find the plugin, also where nobody uses it:
    # the server and trio are imported when they are asked for.
    if name in __all__:
        for module in _MODULES:
            found = vars(import_module(f"{__name__}.{module}"))
            if name in found:
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
