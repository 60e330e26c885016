"""Names as a server takes them for the same (ISUPPORT CASEMAPPING), as far as an oracle needs."""

from __future__ import annotations

from collections.abc import Callable

from trio_chat.testing.oracle.journal import Journal, Kind
from trio_chat.wire.casemapping import ASCII, RFC1459
from trio_chat.wire.numerics import RPL_ISUPPORT

_FOLDS: dict[str, Callable[[str], str]] = {
    "ascii": ASCII.fold,
    "rfc1459": RFC1459.fold,
    "rfc1459-strict": RFC1459.fold,
}


def folding(journal: Journal) -> Callable[[str], str]:
    """The case mapping of the server that a journal is of, and one fold for each name."""
    fold = _FOLDS.get(_casemapping(journal), str.casefold)
    known: dict[str, str] = {}

    def remembered(name: str) -> str:
        folded = known.get(name)
        if folded is None:
            folded = known[name] = fold(name)
        return folded

    return remembered


def _casemapping(journal: Journal) -> str:
    for event in journal.events:
        message = event.message
        if message is not None and event.kind is Kind.RECEIVED and message.command == RPL_ISUPPORT:
            for token in message.params:
                if token.startswith("CASEMAPPING="):
                    return token.removeprefix("CASEMAPPING=")
    return "ascii"


def is_room(target: str) -> bool:
    """Whether a target is a room, and not a part of those in it, or a user."""
    return target[:1] in ("#", "&")


def username_of(source: str) -> str:
    """The username in a source as it was given to USER; empty if there is none."""
    return source.partition("!")[2].partition("@")[0].removeprefix("~")
