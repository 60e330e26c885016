"""What commands look up by the names users give: found, or refused with the right numeric."""

from __future__ import annotations

from trio_chat.core.replies import Refusal
from trio_chat.core.state import Membership, Room, Session, User, World
from trio_chat.wire.message import truncate
from trio_chat.wire.modes import LEVELS
from trio_chat.wire.numerics import (
    ERR_CHANOPRIVSNEEDED,
    ERR_NOPRIVILEGES,
    ERR_NOPRIVS,
    ERR_NOSUCHCHANNEL,
    ERR_NOSUCHNICK,
    ERR_NOTONCHANNEL,
    ERR_TOOMANYTARGETS,
)


def word(text: str, max_bytes: int = 100) -> str:
    """A user's parameter as a middle parameter of a reply: never empty, one word, not too long."""
    return truncate(text.lstrip(":").replace(" ", "_").encode(), max_bytes).decode() or "*"


def split_list(param: str) -> list[str]:
    """The members of a comma-separated parameter, each once, in order; empty ones dropped."""
    return [name for name in dict.fromkeys(param.split(",")) if name]


def split_targets(world: World, param: str) -> list[str]:
    """Like `split_list`, refused if there are more than one command may have."""
    targets = split_list(param)
    if len(targets) > world.settings.limits.targets:
        raise Refusal(ERR_TOOMANYTARGETS, word(targets[0]), "Too many targets")
    return targets


def known_user(world: World, nick: str) -> User:
    user = world.find_user(nick)
    if user is None:
        raise Refusal(ERR_NOSUCHNICK, word(nick), "No such nick")
    return user


def correspondent(world: World, target: str) -> tuple[str, str]:
    """The name and the account of whoever is meant, online or not; empty if that is nobody."""
    user = world.find_user(target)
    if user is not None and user.account:
        return user.nick, user.account
    account = world.accounts.find(target) or world.accounts.holder(target)
    if account is not None:
        names = (account.name, *account.nicks)
        return next(each for each in names if world.fold(each) == world.fold(target)), account.name
    return (user.nick, "") if user is not None else ("", "")


def nicks_of_accounts(world: World) -> dict[str, str]:
    """Under which nick who is logged in to an account can be reached, by account.

    What comes from now on comes from that nick, and is to stand with what was said before.
    """
    nicks: dict[str, str] = {}
    for user in world.users.values():
        account = world.fold(user.account)
        if account and (account not in nicks or world.fold(user.nick) == account):
            nicks[account] = user.nick
    return nicks


def public_room(world: World, session: Session, name: str) -> Room:
    """The room of that name, if this user may know of it."""
    room = world.find_room(name)
    if room is None or not (room.is_visible_to(session.user) or may_override(session)):
        raise Refusal(ERR_NOSUCHCHANNEL, word(name), "No such room")
    return room


def own_membership(world: World, session: Session, name: str) -> tuple[Room, Membership]:
    """The room of that name and this user's membership in it.

    That somebody outside is told 442 of a secret room that exists, 403 of one that does not, is
    as in Modern IRC: whoever knows the name may learn that it is taken by trying to join.
    """
    room = world.find_room(name)
    if room is None:
        raise Refusal(ERR_NOSUCHCHANNEL, word(name), "No such room")
    membership = session.user.rooms.get(room)
    if membership is None:
        raise Refusal(ERR_NOTONCHANNEL, room.name, "You're not in that room")
    return room, membership


def may_override(session: Session) -> bool:
    """Whether who acts by this session rules in every room, whoever else does."""
    return session.may("override")


def require_privilege(session: Session, privilege: str) -> None:
    """Raise the refusal of who is no operator, or one without this privilege."""
    if session.operator is None:
        raise Refusal(ERR_NOPRIVILEGES, "Permission denied: you're not an IRC operator")
    if not session.may(privilege):
        raise Refusal(ERR_NOPRIVS, privilege, "Insufficient operator privileges")


def level_in(room: Room, session: Session) -> int:
    """How high this user stands in a room, 0 for no rank; an outsider stands nowhere, at -1."""
    if may_override(session):
        return LEVELS["q"] + 1
    membership = session.user.rooms.get(room)
    return membership.level if membership is not None else -1


def require_rank(room: Room, session: Session, rank: str) -> None:
    """Refuse what takes this rank in the room, or a higher one."""
    if level_in(room, session) < LEVELS[rank]:
        raise Refusal(ERR_CHANOPRIVSNEEDED, room.name, "You're not a room operator")


def ruled_room(world: World, session: Session, name: str, rank: str) -> Room:
    """The room of that name, if this user is in it with this rank or a higher one."""
    if may_override(session):
        return public_room(world, session, name)
    room, _ = own_membership(world, session, name)
    require_rank(room, session, rank)
    return room


def outranks(level: int, other: int) -> bool:
    """Whether one level has power over another: over lower ones, and among operators and founders.

    Half-operators must not fight each other, and the protected are protected from each other
    (Modern IRC, "Protected Prefix").
    """
    return other < level or (other == level and level in (LEVELS["o"], LEVELS["q"]))
