"""What is done to a message after it was said: it is edited, taken back, reacted to, pinned.

Law: what is told of twice changes nothing the second time; bounded.
"""

from __future__ import annotations

from typing import TypeAlias

from trio_chat.client import events
from trio_chat.client.model.entries import Entry, Kind

MOST_REACTIONS = 30
"""Different reactions kept of a message."""

MOST_REACTING = 200
"""Nicks kept of one reaction."""

Amending: TypeAlias = "events.Edited | events.Redacted | events.Reacted | events.PinChanged"


def amend(event: Amending, entry: Entry) -> bool:
    """Do to a message what an event tells; whether it is another than before."""
    match event:
        case events.Edited(_, _, _, text, _, action):
            if entry.redacted or (entry.edited and entry.text == text):
                return False
            entry.text, entry.edited = text, True
            if entry.kind is not Kind.NOTICED:
                entry.kind = Kind.ACTED if action else Kind.SAID
        case events.Redacted():
            if entry.redacted:
                return False
            # Not hidden but gone: it was taken back.
            entry.text, entry.redacted = "", True
            entry.reactions.clear()
        case events.Reacted(nick, _, _, reaction, removed):
            return _react(entry, nick, reaction, removed)
        case events.PinChanged(_, _, _, pinned):
            if entry.pinned == pinned:
                return False
            entry.pinned = pinned
    return True


def _react(entry: Entry, nick: str, reaction: str, removed: bool) -> bool:
    if entry.redacted:
        return False
    nicks = entry.reactions.get(reaction, {})
    if removed:
        if nick not in nicks:
            return False
        del nicks[nick]
        if not nicks:
            del entry.reactions[reaction]
        return True
    is_full = len(nicks) >= MOST_REACTING or (not nicks and len(entry.reactions) >= MOST_REACTIONS)
    if nick in nicks or is_full:
        return False
    entry.reactions.setdefault(reaction, {})[nick] = None
    return True
