"""Names that are held for their owners: who may have which nick, and what becomes of others on it.

Laws:

* Where names are held, whoever has a nick that is held for an account is logged in to it.
* Whoever must give up a nick becomes a guest, is told why, and stays in all their rooms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Effect
from trio_chat.core.renaming import change_nick
from trio_chat.core.replies import Refusal, from_server
from trio_chat.core.state import User, World
from trio_chat.wire.numerics import ERR_NICKNAMEINUSE

SERVICE_NICKS = ("NickServ", "ChanServ")
"""Under which the services answer."""

GUEST = "Guest"
_GUEST = re.compile(rf"{GUEST}\d*", re.IGNORECASE | re.ASCII)


def is_guest(name: str) -> bool:
    """Whether this is the name of a guest, and so cannot be an account's."""
    return _GUEST.fullmatch(name) is not None


def is_service(world: World, name: str) -> bool:
    """Whether this is the nick of a service, or looks like one, and so is nobody's."""
    # However it is written: the I of "NICKSERV" looks like an l, and nevertheless that is the name.
    alike = world.names.skeleton
    theirs = [alike(form) for each in SERVICE_NICKS for form in (each, each.upper())]
    return alike(name) in theirs or alike(world.fold(name)) in theirs


def held_from(world: World, user: User, nick: str) -> Account | None:
    """The account that is not this user's and for which a nick is held, if there is one."""
    if not world.settings.accounts.names_held:
        return None
    holder = world.accounts.holder(nick)
    return holder if holder is not None and not _owns(world, user, holder) else None


def _owns(world: World, user: User, account: Account) -> bool:
    return bool(user.account) and world.fold(account.name) == world.fold(user.account)


def looks_held_from(world: World, user: User, nick: str) -> Account | None:
    """The account that is not this user's and for which a nick is held that looks like this one."""
    rules = world.settings.accounts
    if not (rules.names_held and rules.lookalikes_held) or world.accounts.holder(nick) is not None:
        return None
    holder = world.accounts.lookalike(nick)
    return holder if holder is not None and not _owns(world, user, holder) else None


def held_refusal(world: World, user: User, nick: str) -> Refusal | None:
    """What keeps this user from a nick, because of whom it is held for."""
    if held_from(world, user, nick) is not None:
        text = "Nickname is held for an account: log in to it to use this nickname"
        return Refusal(ERR_NICKNAMEINUSE, nick, text)
    if looks_held_from(world, user, nick) is not None:
        text = "Nickname looks like one that is held for an account"
        return Refusal(ERR_NICKNAMEINUSE, nick, text)
    return None


def why_not_to_hold(world: World, user: User, name: str) -> str:
    """What keeps a name or nick from being held for this user, as a text; empty if nothing does."""
    if not world.is_nick(name) or is_guest(name) or is_service(world, name):
        return "An account cannot have this name"
    if world.accounts.find(name) is not None or world.accounts.holder(name) is not None:
        return "This name is held for an account already"
    if looks_held_from(world, user, name) is not None:
        return "This name looks like one that is held for an account"
    if world.find_user(name) not in (None, user):
        return "This is the nick of somebody who is here"
    return ""


def take_in(world: World, account: Account) -> Iterator[Effect]:
    """Have an account known, new or changed; who has one of its nicks and may not, gives it up."""
    world.accounts.put(account)
    for nick in (account.name, *account.nicks):
        user = world.find_user(nick)
        if user is not None:
            yield from give_up_held_nick(world, user)


def give_up_held_nick(world: World, user: User) -> Iterator[Effect]:
    """Rename a user who may not have their nick; nothing happens to others."""
    if world.find_user(user.nick) is not user or held_from(world, user, user.nick) is None:
        return
    nick, guest = user.nick, _free_guest(world)
    text = f"The nickname {nick} is held for an account. You are now {guest}: log in to have it."
    for session in user.sessions:
        yield from_server(world, session, "NOTICE", nick, text)
    yield from change_nick(world, user, guest)


def _free_guest(world: World) -> str:
    """A nick for a guest that nobody has, and none is held for."""
    while True:
        world.guests += 1
        number = str(world.guests)
        kept = max(1, world.settings.limits.nick_length - len(number))
        nick = GUEST[:kept] + number
        taken = world.find_user(nick) or world.accounts.holder(nick)
        if taken is None and world.accounts.lookalike(nick) is None:
            return nick
