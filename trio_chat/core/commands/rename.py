"""RENAME: a room under a new name (IRCv3 draft/channel-rename)."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import require_rank, ruled_room, word
from trio_chat.core.commands.membership import joined
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.entrance import show_room
from trio_chat.core.fitting import fit_rename
from trio_chat.core.history import of_renaming
from trio_chat.core.registered import find_any_room, keep_renamed
from trio_chat.core.replies import Refusal
from trio_chat.core.speech import from_user
from trio_chat.core.state import Room, Session, World
from trio_chat.wire.caps import CHANNEL_RENAME
from trio_chat.wire.grammar import is_room_name
from trio_chat.wire.message import Message


def rename(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`RENAME #old #new :reason`."""
    name, wanted = message.params[:2]
    limits = world.settings.limits
    room = ruled_room(world, session, name, "o")
    if room.registration is not None:  # it belongs to its founder, and so does its name
        require_rank(room, session, "q")
    holder = find_any_room(world, wanted)
    if holder is not None and holder is not room:
        text = "The name is already taken"
        raise Refusal("CHANNEL_NAME_IN_USE", room.name, holder.name, text)
    if not is_room_name(wanted, limits.room_name_bytes):
        raise Refusal("CANNOT_RENAME", room.name, word(wanted), "That is no name of a room")
    if wanted == room.name:
        raise Refusal("CANNOT_RENAME", room.name, wanted, "The room has that name")
    anew = world.fold(wanted) != world.fold(room.name)
    lacking = tuple(other for other in room.audience if not other.caps & CHANNEL_RENAME)
    # Each of those is sent the names of all members, so the work grows with the square.
    many = len(lacking) * len(room.members) > limits.rename_names
    if anew and many:
        text = "Too many members would have to be told all names again"
        raise Refusal("CANNOT_RENAME", room.name, wanted, text)
    reason = message.params[2] if len(message.params) > 2 else ""
    reason = fit_rename(world, session.user, room, wanted, reason)
    before = room.name
    world.rename_room(room, wanted)
    yield from keep_renamed(world, room, before)
    outside = () if room in session.user.rooms else (session,)  # a server operator
    renamed = from_user(session.user, "RENAME", before, room.name, reason)
    yield Deliver(room.audience + outside, renamed, need=CHANNEL_RENAME)
    if world.keeps_accounts:  # what keeps the one keeps the history
        yield of_renaming(world, room, before, renamed)
    if anew:
        for other in lacking:
            yield from _tell_by_moving(world, other, room, before, reason)


def _tell_by_moving(
    world: World, session: Session, room: Room, before: str, reason: str
) -> Iterator[Effect]:
    """To a client that knows no RENAME, it left the one room and came into the other."""
    user = session.user
    yield Deliver((session,), from_user(user, "PART", before, *([reason] if reason else [])))
    yield from joined(room, user, (session,))
    yield from show_room(world, session, room)
