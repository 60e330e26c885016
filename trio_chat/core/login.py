"""Who is logged in: the one place where a user gets an account or loses it, and where it is told.

Laws:

* Whoever is logged in, is so with all their sessions.
* After every change here, a nick that is held for another account is given up.
* Where everybody must log in, who is logged out is let go; and everywhere who has no client here,
  and stays by their account alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.accounts import Account
from trio_chat.core.circle import tell_circle
from trio_chat.core.departure import drop_user
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.held_names import give_up_held_nick
from trio_chat.core.registered import grant_everywhere
from trio_chat.core.replies import from_server, reply
from trio_chat.core.residents import move_in, move_out
from trio_chat.core.speech import from_user
from trio_chat.core.state import Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.numerics import RPL_LOGGEDIN, RPL_LOGGEDOUT


def log_in(world: World, session: Session, account: Account) -> Iterator[Effect]:
    """Make the user of a session the owner of an account; to be told to this session anyway."""
    user = session.user
    changed = user.account != account.name
    if changed:
        yield from move_out(world, user)
    user.account = account.name
    for each in user.sessions:
        if changed or each is session:
            yield _logged_in(world, each)
    if changed:
        yield from _tell_others(world, user)
        yield from give_up_held_nick(world, user)
        yield from grant_everywhere(world, user)
        move_in(world, user)


def log_out(world: World, user: User, notice: str = "") -> Iterator[Effect]:
    """Make a user one without an account; with a `notice` that says why if it was not their wish.

    Nothing happens if they had none.
    """
    if not user.account:
        return
    if not user.sessions:
        yield from drop_user(world, user, "Logged out")
        return
    yield from move_out(world, user)
    user.account = ""
    for each in user.sessions:
        if notice:
            yield from_server(world, each, "NOTICE", user.nick or "*", notice)
        yield reply(world, each, RPL_LOGGEDOUT, _source(user), "You are now logged out")
    yield from _tell_others(world, user)
    yield from give_up_held_nick(world, user)
    if world.settings.accounts.required and user.sessions[0].registered:
        yield from drop_user(world, user, "You must log in to an account to be here")


def users_of(world: World, account: str) -> list[User]:
    """Who is logged in to an account, registered or not, connected or not."""
    key = world.fold(account)
    users = dict.fromkeys(session.user for session in world.sessions.values())
    if (resident := world.residents.get(key)) is not None:
        users[resident] = None
    return [user for user in users if user.account and world.fold(user.account) == key]


def _logged_in(world: World, session: Session) -> Deliver:
    account = session.user.account
    text = f"You are now logged in as {account}"
    return reply(world, session, RPL_LOGGEDIN, _source(session.user), account, text)


def _source(user: User) -> str:
    """`nick!user@host`, also of somebody who has not said all of it yet."""
    return user.source or f"{user.nick or '*'}!{user.username or '*'}@{user.host}"


def _tell_others(world: World, user: User) -> Iterator[Effect]:
    if any(session.registered for session in user.sessions):
        change = from_user(user, "ACCOUNT", user.account or "*")
        yield from tell_circle(world, user, change, caps.ACCOUNT_NOTIFY)
