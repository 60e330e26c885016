"""What METADATA refuses, in the codes of the draft a session has (metadata-2 and -3, "Replies")."""

from __future__ import annotations

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Deliver
from trio_chat.core.replies import Refusal, from_server
from trio_chat.core.state import Session, World
from trio_chat.wire.caps import METADATA_3

_NO_KEY = "Not a key: a-z 0-9 _ . / - and not too long"


def subcommand_invalid(session: Session, subcommand: str) -> Refusal:
    code = "INVALID_PARAMS" if session.caps & METADATA_3 else "SUBCOMMAND_INVALID"
    return Refusal(code, word(subcommand), "No such subcommand")


def key_invalid(session: Session, key: str) -> Refusal:
    code = "INVALID_KEY" if session.caps & METADATA_3 else "KEY_INVALID"
    return Refusal(code, word(key), _NO_KEY)


def one_key_invalid(world: World, session: Session, key: str) -> Deliver:
    """The same of one key of several, for whose sake the others are not refused."""
    refusal = key_invalid(session, key)
    kind = "WARN" if session.caps & METADATA_3 else "FAIL"
    return from_server(world, session, kind, "METADATA", refusal.code, *refusal.params)


def value_invalid(session: Session, key: str) -> Refusal:
    text = "The value is too long"
    if session.caps & METADATA_3:
        return Refusal("INVALID_VALUE", key, text)
    return Refusal("VALUE_INVALID", text)


def keys_full(session: Session, target: str, most: int) -> Refusal:
    limit = (str(most),) if session.caps & METADATA_3 else ()
    return Refusal("LIMIT_REACHED", target, *limit, "There is no room for more keys")


def subscriptions_full(session: Session, key: str, most: int) -> Refusal:
    text = "Too many subscriptions"
    if session.caps & METADATA_3:
        return Refusal("LIMIT_REACHED", word(key), str(most), text)
    return Refusal("TOO_MANY_SUBS", word(key), text)
