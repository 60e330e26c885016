"""The lists of a room, as MODE changes and shows them: bans and exceptions."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import word
from trio_chat.core.effects import Effect
from trio_chat.core.masks import parse_mask
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.room import Entry
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.modes import Change
from trio_chat.wire.numerics import (
    ERR_BANLISTFULL,
    ERR_INVALIDMODEPARAM,
    RPL_BANLIST,
    RPL_ENDOFBANLIST,
    RPL_ENDOFEXCEPTLIST,
    RPL_ENDOFINVEXLIST,
    RPL_EXCEPTLIST,
    RPL_INVEXLIST,
)

MASK_LENGTH = 200
"""Longest mask, in bytes: with its source and time it fits one line of the list."""

_SHOWN = {
    "b": (RPL_BANLIST, RPL_ENDOFBANLIST, "End of the ban list"),
    "e": (RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, "End of the exception list"),
    "I": (RPL_INVEXLIST, RPL_ENDOFINVEXLIST, "End of the invite exception list"),
}


def show_list(world: World, session: Session, room: Room, mode: str) -> Iterator[Effect]:
    """The entries of a list, with who set them and when (Modern IRC, "MODE message")."""
    numeric, end, text = _SHOWN[mode]
    for entry in room.entries(mode):
        shown = (entry.mask.text, entry.by, str(int(entry.at)))
        yield reply(world, session, numeric, room.name, *shown)
    yield reply(world, session, end, room.name, text)


def change_list(world: World, session: Session, room: Room, change: Change) -> Change | None:
    """Add or remove an entry; what came of it, or None if that changes nothing."""
    mode, text = change.mode, change.param or ""
    mask = parse_mask(text, world.names)
    if (
        mask is None
        or len(mask.text.encode()) > MASK_LENGTH
        or " " in mask.text
        or mask.text[0] == ":"
        or (mode == "I" and mask.mutes)
    ):
        raise Refusal(ERR_INVALIDMODEPARAM, room.name, mode, word(text), "Not a mask")
    if not change.adding:
        removed = room.remove_entry(mode, mask.key)
        return None if removed is None else Change(False, mode, removed.mask.text)
    if room.has_entry(mode, mask.key):
        return None
    if room.entry_count >= world.settings.limits.bans_per_room:
        raise Refusal(ERR_BANLISTFULL, room.name, mode, "The lists of this room are full")
    room.add_entry(mode, Entry(mask, session.user.source, world.now))
    return Change(True, mode, mask.text)
