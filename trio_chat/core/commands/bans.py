"""Bans from the server: KLINE, UNKLINE, DLINE, UNDLINE, and what they do to those who are here.

KLINE bans by a mask of names, DLINE by an address or a range. Masks are globs, never regular
expressions: those could be made to run for ever.

Laws:

* Whoever is under a ban is let go when it is set, when they register, log in, or say that they come
  from elsewhere (WEBIRC); operators stay, and nobody can ban themselves. Nor may one stay who is
  not connected.
* The others read "Banned"; the reason is for the banned, and for operators.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.asking import ask
from trio_chat.core.audit import audit, tell_staff
from trio_chat.core.bans import ACCOUNT, ADDRESS, REALNAME, USER
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.departure import drop, drop_user
from trio_chat.core.durations import format_duration, parse_duration
from trio_chat.core.effects import Effect, Keep, Log
from trio_chat.core.masks import Subject, parse_mask
from trio_chat.core.questions import LookUpBlocklists
from trio_chat.core.records import BanLifted, BanRecord
from trio_chat.core.replies import Refusal, reply
from trio_chat.core.state import Session, World
from trio_chat.wire.addresses import is_range
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import ERR_NEEDMOREPARAMS, ERR_YOUREBANNEDCREEP

BANNED = "Banned"
"""Why somebody leaves, as the others read it."""

NO_REASON = "no reason given"

MASK_BYTES = 200
REASON_BYTES = 200
"""With server, nick, dates and the other of the two they fit a line of STATS."""

_KINDS = {Subject.SOURCE: USER, Subject.ACCOUNT: ACCOUNT, Subject.REALNAME: REALNAME}


def kline(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`KLINE [duration] mask :reason`; the mask may be `~account:name` or `~realname:text`."""
    require_privilege(session, "ban")
    mask, seconds, reason = _what_is_wanted(message)
    yield from _ban(world, session, _of_names(world, session, mask, seconds, reason))


def dline(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`DLINE [duration] address :reason`; the address may be a range."""
    require_privilege(session, "ban")
    mask, seconds, reason = _what_is_wanted(message)
    if not is_range(mask):
        raise _invalid(mask, "That is no IP address, and no range of them")
    yield from _ban(world, session, _record(world, session, ADDRESS, mask, seconds, reason))


def unkline(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`UNKLINE mask`."""
    require_privilege(session, "ban")
    kind, mask = _parse(world, message.params[0])
    yield from _lift(world, session, kind, mask)


def undline(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`UNDLINE address`."""
    require_privilege(session, "ban")
    mask = message.params[0]
    if not is_range(mask):
        raise _invalid(mask, "That is no IP address, and no range of them")
    yield from _lift(world, session, ADDRESS, mask)


def _what_is_wanted(message: Message) -> tuple[str, int | None, str]:
    """Mask, seconds (None for ever) and reason of `[duration] mask [reason]`."""
    first, *rest = message.params
    seconds = parse_duration(first) if rest else None
    if seconds is not None:
        first, *rest = rest
    if not first or seconds == 0:
        raise Refusal(ERR_NEEDMOREPARAMS, message.command, "Not enough parameters")
    return first, seconds, rest[-1] if rest and rest[-1] else NO_REASON


def _parse(world: World, text: str) -> tuple[str, str]:
    """Kind and mask of what KLINE and UNKLINE take."""
    mask = parse_mask(text, world.names)
    if mask is None or mask.mutes or mask.subject not in _KINDS:
        raise _invalid(text, "That is no mask of users, accounts or real names")
    return _KINDS[mask.subject], mask.pattern


def _of_names(
    world: World, session: Session, text: str, seconds: int | None, reason: str
) -> BanRecord:
    kind, mask = _parse(world, text)
    if not mask.strip("*?!@."):
        raise _invalid(text, "That mask would ban everybody")
    return _record(world, session, kind, mask, seconds, reason)


def _record(
    world: World, session: Session, kind: str, mask: str, seconds: int | None, reason: str
) -> BanRecord:
    if len(mask.encode()) > MASK_BYTES or len(reason.encode()) > REASON_BYTES:
        raise _invalid(mask, "Mask or reason is too long")
    if world.bans.find(kind, mask) is None and len(world.bans) >= world.settings.limits.bans:
        raise Refusal("BANS_FULL", word(mask), "There are too many bans, lift some first")
    operator = session.operator
    by = operator.name if operator is not None else session.user.nick
    expires = None if seconds is None else world.now + seconds
    return BanRecord(kind, mask, reason, by, world.now, expires)


def _invalid(mask: str, text: str) -> Refusal:
    return Refusal("INVALID_MASK", word(mask), text)


# -- setting and lifting


def _ban(world: World, session: Session, ban: BanRecord) -> Iterator[Effect]:
    if world.bans.matches(ban, session):
        raise _invalid(ban.mask, "That would ban you")
    world.bans.put(ban)
    yield Keep(ban)
    until = "for ever" if ban.expires is None else f"for {format_duration(ban.expires - world.now)}"
    text = f"bans {ban.kind} {ban.mask} {until}: {ban.reason}"
    yield from audit(world, session, "BAN", text)
    yield from tell_staff(world, "ban", f"{session.user.nick} {text}")
    for each in tuple(world.sessions.values()):
        if not each.user.is_operator and world.bans.matches(ban, each):
            yield from _let_go(world, each, ban)
    for user in tuple(world.residents.values()):
        if not user.sessions and world.bans.matches_absent(ban, user):
            yield from drop_user(world, user, BANNED)


def _let_go(world: World, session: Session, ban: BanRecord) -> Iterator[Effect]:
    text = f"You are banned from this server: {ban.reason}"
    if ban.expires is not None:
        text += f" (for {format_duration(ban.expires - world.now)})"
    yield reply(world, session, ERR_YOUREBANNEDCREEP, text)
    user = session.user
    if user.residence is not None and len(user.sessions) == 1:
        yield from drop_user(world, user, BANNED)  # who may not be here may not stay either
    else:
        yield from drop(world, session, BANNED)


def _lift(world: World, session: Session, kind: str, mask: str) -> Iterator[Effect]:
    ban = world.bans.lift(kind, mask)
    if ban is None:
        raise Refusal("NO_SUCH_BAN", word(mask), "There is no such ban")
    yield Keep(BanLifted(ban.kind, ban.mask))
    text = f"lifts the ban of {ban.kind} {ban.mask}"
    yield from audit(world, session, "UNBAN", text)
    yield from tell_staff(world, "ban", f"{session.user.nick} {text}")


# -- blocklists


def look_at_address(world: World, session: Session) -> Iterator[Effect]:
    """Let a newcomer go from whose address come too many, or none may; blocklists are asked."""
    if reason := world.turn_away(session):
        yield from drop(world, session, reason)
        return
    yield from enforce_bans(world, session)
    if session.id not in world.sessions:
        return
    blocklists = world.settings.blocklists
    if blocklists and not session.exempt and session.asked is None:
        question = LookUpBlocklists(session.address, blocklists)
        yield ask(session, question, "*", _judge_address)


def _judge_address(
    world: World, session: Session, zones: tuple[str, ...] | None
) -> Iterator[Effect]:
    """Nobody is turned away because of a list that could not be asked."""
    for blocklist in world.settings.blocklists:
        if blocklist.zone not in (zones or ()):
            continue
        yield Log(f"{session.address} is on the blocklist {blocklist.zone}: {blocklist.action}")
        if blocklist.action == "refuse":
            yield reply(world, session, ERR_YOUREBANNEDCREEP, f"You are banned: {blocklist.reason}")
            yield from drop(world, session, BANNED)
            return
        session.must_log_in = blocklist.reason


# -- what others ask: whether somebody may be here


def enforce_bans(world: World, session: Session) -> Iterator[Effect]:
    """Let a session go if it is under a ban; nothing otherwise."""
    ban = world.bans.of_session(session, world.now)
    if ban is not None and not session.user.is_operator:
        yield from _let_go(world, session, ban)


def forget_expired(world: World) -> Iterator[Effect]:
    """Forget the bans whose time is over."""
    while (ban := world.bans.take_expired(world.now)) is not None:
        yield Keep(BanLifted(ban.kind, ban.mask))
        yield from tell_staff(world, "ban", f"The ban of {ban.kind} {ban.mask} is over")
