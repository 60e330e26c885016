"""Whose private messages reach a user: user modes R and g, and ACCEPT.

`+g` keeps out everyone who is not on the user's list of accepted people and tells both sides
(caller-id, as on hybrid, ratbox and solanum); `+R` keeps out who is not logged in. Being accepted
opens both. Whoever writes to somebody accepts them: else no answer could come back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

from trio_chat.core.commands.lookup import known_user, split_list, word
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.replies import Refusal, fill_lines, granting, reply, space_left
from trio_chat.core.speech import bot_tag
from trio_chat.core.state import Session, User, World
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_ACCEPTEXIST,
    ERR_ACCEPTFULL,
    ERR_ACCEPTNOT,
    ERR_NONONREG,
    ERR_TARGUMODEG,
    RPL_ACCEPTLIST,
    RPL_ENDOFACCEPT,
    RPL_TARGNOTIFY,
    RPL_UMODEGMSG,
)

NICKS_PER_LINE = 13
"""Nicks in one line of the list: with the asker's own it stays under 15 parameters."""

TELL_AGAIN_SECONDS = 60
"""How often at most a user with +g is told of who wants to reach them: telling must not be a way
to flood them after all."""


# -- ACCEPT


def accept(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`ACCEPT nick,-nick,*`: let through, no longer, and show who is."""
    for name in split_list(message.params[0]):
        if name == "*":
            yield from _list(world, session)
        else:
            yield from granting(world, session, "ACCEPT", _accept(world, session, name))


def _accept(world: World, session: Session, name: str) -> Iterator[Effect]:
    user = session.user
    adding = not name.startswith("-")
    other = known_user(world, name.removeprefix("-"))
    if adding and other in user.accepted:
        raise Refusal(ERR_ACCEPTEXIST, other.nick, "is already on your accept list")
    if adding and len(user.accepted) >= world.settings.limits.accept_entries:
        raise Refusal(ERR_ACCEPTFULL, "Your accept list is full")
    if not adding and other not in user.accepted:
        raise Refusal(ERR_ACCEPTNOT, other.nick, "is not on your accept list")
    user.accept(other, adding)
    yield from ()


def _list(world: World, session: Session) -> Iterator[Effect]:
    nicks = (user.nick for user in session.user.accepted)
    for line in fill_lines(nicks, space_left(world, session)):
        words = line.split(" ")
        for start in range(0, len(words), NICKS_PER_LINE):
            yield reply(world, session, RPL_ACCEPTLIST, *words[start : start + NICKS_PER_LINE])
    yield reply(world, session, RPL_ENDOFACCEPT, "End of ACCEPT list")


# -- whose messages come through


def admits(
    world: World, session: Session, target: User, command: str
) -> Generator[Effect, None, bool]:
    """Whether a private message of this session reaches the target; call it for every one.

    If not, the sender is told (but of a NOTICE or TAGMSG, which is never answered), and with +g
    now and then the target. Raises the refusal of +R.
    """
    sender = session.user
    if "g" in sender.modes or "R" in sender.modes:
        _accept_in_turn(world, sender, target)
    modes = target.modes
    if not ("g" in modes or "R" in modes) or target is sender or sender in target.accepted:
        return True
    if session.operator is not None:
        return True
    if "R" in modes and not sender.account:
        text = "You must be logged in to an account to message this user"
        raise Refusal(ERR_NONONREG, target.nick, text)
    if "g" not in modes:
        return True
    if command == "PRIVMSG":
        yield from _turn_away(world, session, target)
    return False


def _accept_in_turn(world: World, sender: User, target: User) -> None:
    if target is not sender and len(sender.accepted) < world.settings.limits.accept_entries:
        sender.accept(target, True)


def _turn_away(world: World, session: Session, target: User) -> Iterator[Effect]:
    sender = session.user
    text = "is in +g mode: only accepted people can message them"
    yield reply(world, session, ERR_TARGUMODEG, target.nick, text)
    if world.uptime - target.told_of_stranger < TELL_AGAIN_SECONDS and not session.exempt:
        return
    target.told_of_stranger = world.uptime
    text = "has been informed that you messaged them"
    yield reply(world, session, RPL_TARGNOTIFY, target.nick, text)
    text = f"is messaging you, and you have user mode +g; `ACCEPT {sender.nick}` lets them"
    where = word(f"{sender.username}@{sender.host}")
    for each in target.sessions:
        told = reply(world, each, RPL_UMODEGMSG, sender.nick, where, text)
        told_by = replace(told.message, tags=bot_tag(sender))
        yield Deliver(told.audience, told_by, solicited=False)
