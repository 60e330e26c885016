"""WHOIS and WHOWAS: all there is to know of a person who is here, or was."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.commands.lookup import split_list, word
from trio_chat.core.commands.queries import require_this_server
from trio_chat.core.commands.who import shows_room
from trio_chat.core.effects import Effect
from trio_chat.core.past import Departed
from trio_chat.core.replies import Refusal, fill_lines, format_date, reply, space_left
from trio_chat.core.services import find_service
from trio_chat.core.state import Session, User, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_NONICKNAMEGIVEN,
    ERR_NOSUCHNICK,
    ERR_WASNOSUCHNICK,
    RPL_AWAY,
    RPL_ENDOFWHOIS,
    RPL_ENDOFWHOWAS,
    RPL_WHOISACCOUNT,
    RPL_WHOISACTUALLY,
    RPL_WHOISBOT,
    RPL_WHOISCERTFP,
    RPL_WHOISCHANNELS,
    RPL_WHOISHOST,
    RPL_WHOISIDLE,
    RPL_WHOISMODES,
    RPL_WHOISOPERATOR,
    RPL_WHOISSECURE,
    RPL_WHOISSERVER,
    RPL_WHOISUSER,
    RPL_WHOWASUSER,
)


def whois(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WHOIS [server] nick,nick` (Modern IRC, "WHOIS message").

    Nicks beyond the limit are passed over, as it allows, so that the end always comes. It says
    what was asked for to the letter ("RPL_ENDOFWHOIS").
    """
    *server, asked = message.params[:2] or ("",)
    nicks = split_list(asked)
    if not nicks:
        raise Refusal(ERR_NONICKNAMEGIVEN, "No nickname given")
    if server:
        require_this_server(world, server[0])
    for nick in nicks[: world.settings.limits.targets]:
        user = world.find_user(nick)
        if user is None:
            yield from _whois_nobody(world, session, nick)
        else:
            yield from _whois(world, session, user)
    yield reply(world, session, RPL_ENDOFWHOIS, word(asked, 400), "End of WHOIS list")


def _whois_nobody(world: World, session: Session, nick: str) -> Iterator[Effect]:
    """A service, or nobody at all."""
    service = find_service(world, nick)
    if service is None:
        yield reply(world, session, ERR_NOSUCHNICK, word(nick), "No such nick")
        return
    name, server = service.nick, world.settings.server_name
    yield reply(world, session, RPL_WHOISUSER, name, name, server, "*", service.purpose)
    yield reply(world, session, RPL_WHOISSERVER, name, server, world.settings.description)
    yield reply(world, session, RPL_WHOISOPERATOR, name, "is a network service")


def _whois(world: World, session: Session, user: User) -> Iterator[Effect]:
    def tell(numeric: str, *params: str) -> Effect:
        return reply(world, session, numeric, user.nick, *params)

    yield tell(RPL_WHOISUSER, user.username, user.host, "*", user.realname)
    if user is session.user or session.may("see-hidden"):
        at = f"{user.username}@{user.host}"
        for address in dict.fromkeys(each.address for each in user.sessions):
            yield tell(RPL_WHOISHOST, f"is connecting from {at} {address}")
            yield tell(RPL_WHOISACTUALLY, at, address, "is actually using host")
        yield tell(RPL_WHOISMODES, f"is using modes +{user.modes}")
    for line in _room_lines(world, session, user):
        yield tell(RPL_WHOISCHANNELS, line)
    yield tell(RPL_WHOISSERVER, world.settings.server_name, world.settings.description)
    if user.operator is not None:
        yield tell(RPL_WHOISOPERATOR, f"is {user.operator.title}")
    if user.account:
        yield tell(RPL_WHOISACCOUNT, user.account, "is logged in as")
    if user.is_bot:
        yield tell(RPL_WHOISBOT, f"is a bot on {world.settings.network}")
    if user.is_secure:
        yield tell(RPL_WHOISSECURE, "is using a secure connection")
    if user is session.user or session.operator is not None:  # RPL_WHOISCERTFP: to these alone
        for fingerprint in dict.fromkeys(each.fingerprint for each in user.sessions):
            if fingerprint:
                yield tell(RPL_WHOISCERTFP, f"has client certificate fingerprint {fingerprint}")
    if user.away:
        yield tell(RPL_AWAY, user.away)
    idle = max(0, int(world.now - user.active))
    yield tell(RPL_WHOISIDLE, str(idle), str(int(user.signed_on)), "seconds idle, signon time")


def _room_lines(world: World, session: Session, user: User) -> Iterator[str]:
    every = bool(session.caps & caps.MULTI_PREFIX)
    rooms = (
        membership.sign(every) + room.name
        for room, membership in user.rooms.items()
        if shows_room(room, user, session)
    )
    return fill_lines(rooms, space_left(world, session, user.nick))


# -- WHOWAS


def whowas(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`WHOWAS nick,nick [count]`, the latest first (Modern IRC, "WHOWAS message")."""
    if not message.params or not message.params[0]:
        raise Refusal(ERR_NONICKNAMEGIVEN, "No nickname given")
    most = _positive(message.params[1]) if len(message.params) > 1 else None
    for nick in split_list(message.params[0])[: world.settings.limits.targets]:
        found = world.past.of(nick)[:most]
        for departed in found:
            yield from _whowas(world, session, departed)
        if not found:
            text = "There was no such nickname"
            yield reply(world, session, ERR_WASNOSUCHNICK, word(nick), text)
        yield reply(world, session, RPL_ENDOFWHOWAS, word(nick), "End of WHOWAS")


def _positive(text: str) -> int | None:
    """A number above 0; None for anything else, which asks for all there are."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) or None if is_number else None


def _whowas(world: World, session: Session, was: Departed) -> Iterator[Effect]:
    def tell(numeric: str, *params: str) -> Effect:
        return reply(world, session, numeric, was.nick, *params)

    yield tell(RPL_WHOWASUSER, was.username, was.host, "*", was.realname)
    if session.may("see-hidden"):
        at = f"{was.username}@{was.host}"
        yield tell(RPL_WHOISACTUALLY, at, was.address, "was actually using host")
    if was.account:
        yield tell(RPL_WHOISACCOUNT, was.account, "was logged in as")
    yield tell(RPL_WHOISSERVER, world.settings.server_name, format_date(was.at))
