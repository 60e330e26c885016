"""MODE: which of the two it is, and the modes of users. (Rooms: see `room_modes`.)"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import known_user
from trio_chat.core.commands.room_modes import room_mode
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.speech import from_user
from trio_chat.core.standing import settle
from trio_chat.core.state import Session, World
from trio_chat.wire.grammar import looks_like_room
from trio_chat.wire.message import Message
from trio_chat.wire.modes import USER_MODES, Change, UnknownMode, format_modes, parse_modes
from trio_chat.wire.numerics import ERR_UMODEUNKNOWNFLAG, ERR_USERSDONTMATCH, RPL_UMODEIS


def mode(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`MODE target [modes [params]]` (Modern IRC, "MODE message")."""
    if looks_like_room(message.params[0]):
        yield from room_mode(world, session, message.params)
    else:
        yield from _user_mode(world, session, message.params)


def _user_mode(world: World, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    user = session.user
    if known_user(world, params[0]) is not user:
        raise Refusal(ERR_USERSDONTMATCH, "Can't change or see the modes of other users")
    if len(params) == 1:
        yield reply(world, session, RPL_UMODEIS, f"+{user.modes}")
        return
    made: list[Change] = []
    unknown = False
    for change in parse_modes(params[1], params[2:], USER_MODES):
        if isinstance(change, UnknownMode):
            unknown = True
        elif _may_change(change) and world.set_mode(user, change.mode, change.adding):
            made.append(change)
    if not user.has("o"):
        for each in user.sessions:
            each.operator = None
        yield from settle(world, user)
    if made:
        yield Deliver(user.sessions, from_user(user, "MODE", user.nick, *format_modes(made)))
    if unknown:
        yield reply(world, session, ERR_UMODEUNKNOWNFLAG, "Unknown mode flag")


def _may_change(change: Change) -> bool:
    """RFC 2812 section 3.1.5: one cannot make oneself an operator, but stop being one."""
    if change.mode == "o":
        return not change.adding
    return change.mode != "Z"
