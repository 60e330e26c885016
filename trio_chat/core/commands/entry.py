"""The way into a room: what bars it, and where those are sent who may not come in."""

from __future__ import annotations

from trio_chat.core.commands.lookup import may_override
from trio_chat.core.registered import find_any_room, level_of
from trio_chat.core.replies import Refusal
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.modes import LEVELS
from trio_chat.wire.numerics import (
    ERR_BADCHANNELKEY,
    ERR_BANNEDFROMCHAN,
    ERR_CHANNELISFULL,
    ERR_INVITEONLYCHAN,
    ERR_NEEDREGGEDNICK,
)

FORWARDING = (ERR_CHANNELISFULL, ERR_INVITEONLYCHAN, ERR_NEEDREGGEDNICK)
"""Refusals that +f turns into joining elsewhere. Not the key's: a slip of the fingers should not
lead into another room. Not a ban's: who is banned is not to be sent to one's neighbours."""


def entry_refusal(world: World, room: Room, session: Session, key: str) -> Refusal | None:
    """What bars this user's way into a room; an invitation opens all but a ban."""
    user = session.user
    if may_override(session) or level_of(world, room, user.account) >= LEVELS["h"]:
        return None
    if room.bars(user):
        return Refusal(ERR_BANNEDFROMCHAN, room.name, "Cannot join room (+b), you are banned")
    if room in user.invitations:
        return None
    if room.key and key != room.key:
        return Refusal(ERR_BADCHANNELKEY, room.name, "Cannot join room (+k), wrong key")
    if room.has("i") and not room.expects(user):
        return Refusal(ERR_INVITEONLYCHAN, room.name, "Cannot join room (+i), invited only")
    if room.has("R") and not user.account:
        text = "Cannot join room (+R), you are not logged in to an account"
        return Refusal(ERR_NEEDREGGEDNICK, room.name, text)
    if room.limit and len(room.members) >= room.limit:
        return Refusal(ERR_CHANNELISFULL, room.name, "Cannot join room (+l), it is full")
    return None


def forwarded(world: World, room: Room, session: Session, refusal: Refusal) -> Room | None:
    """The room to which +f sends a user who was refused, if it lets them in.

    Its own +f does not count, so there is no going in circles.
    """
    if not room.forward or refusal.code not in FORWARDING:
        return None
    target = find_any_room(world, room.forward)
    if target is None or target is room or entry_refusal(world, target, session, "") is not None:
        return None
    return target
