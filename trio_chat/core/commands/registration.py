"""Coming and going: CAP, PASS, NICK, USER, PING, PONG, QUIT."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from trio_chat.core.commands.lookup import word
from trio_chat.core.departure import drop
from trio_chat.core.effects import Deed, Deliver, Effect, Report
from trio_chat.core.replies import (
    Refusal,
    fill_lines,
    from_server,
    refusal_message,
    space_left,
    welcome,
)
from trio_chat.core.state import Session, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import clean_username, is_nick
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_INVALIDCAPCMD,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NONICKNAMEGIVEN,
    ERR_NOORIGIN,
    ERR_PASSWDMISMATCH,
)

CAP_VERSION = 302
"""The version of capability negotiation from which values and several lines are understood."""


# -- CAP


def cap(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Capability negotiation (IRCv3 capability-negotiation)."""
    subcommand = message.params[0].upper()
    match subcommand:
        case "LS":
            version = message.params[1] if len(message.params) > 1 else ""
            yield from _cap_ls(world, session, version)
        case "LIST":
            several = session.cap_version >= CAP_VERSION
            yield from _cap_lines(world, session, "LIST", caps.names(session.caps), several)
        case "REQ" if len(message.params) > 1:
            yield from _cap_req(world, session, message.params[-1].split())
        case "END":
            session.negotiating = False
            yield from _try_to_register(world, session)
        case _:
            raise Refusal(ERR_INVALIDCAPCMD, word(subcommand), "Invalid CAP command")


def _cap_ls(world: World, session: Session, version: str) -> Iterator[Effect]:
    if not session.registered:
        session.negotiating = True
    # A lower version is answered in its own terms, but the higher one stays in force.
    asked = int(version) if version.isdecimal() and len(version) < 6 else 301
    session.cap_version = max(session.cap_version, asked)
    if session.cap_version >= CAP_VERSION:
        session.set_caps(session.caps | caps.CAP_NOTIFY)
    several = asked >= CAP_VERSION
    yield from _cap_lines(world, session, "LS", list(caps.CAPABILITIES), several)


def _cap_lines(
    world: World, session: Session, subcommand: str, words: list[str], several: bool
) -> Iterator[Effect]:
    """The words over as many lines as they need.

    If `several`, all but the last have a `*` that says "more": only clients of version 302 know it.
    """
    target = session.user.nick or "*"
    lines = list(fill_lines(words, space_left(world, session, "CAP", subcommand, "*"))) or [""]
    more = ("*",) if several else ()
    for line in lines[:-1]:
        yield from_server(world, session, "CAP", target, subcommand, *more, line)
    yield from_server(world, session, "CAP", target, subcommand, lines[-1])


def _cap_req(world: World, session: Session, words: list[str]) -> Iterator[Effect]:
    if not session.registered:
        session.negotiating = True
    granted = caps.request(session.caps, words)
    if granted is not None and session.cap_version >= CAP_VERSION:
        # Implied by that version, and then not to be disabled (section "cap-notify").
        granted = granted if granted & caps.CAP_NOTIFY else None
    verdict = "NAK" if granted is None else "ACK"
    yield from _cap_lines(world, session, verdict, words, several=False)
    if granted is not None:
        session.set_caps(granted)


# -- PASS, NICK, USER


def password(world: World, session: Session, message: Message) -> Iterator[Effect]:
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    session.password = message.params[0]
    yield from ()


def nick(world: World, session: Session, message: Message) -> Iterator[Effect]:
    user = session.user
    wanted = message.params[0] if message.params else ""
    if not wanted:
        raise Refusal(ERR_NONICKNAMEGIVEN, "No nickname given")
    if not is_nick(wanted, world.settings.limits.nick_length):
        raise Refusal(ERR_ERRONEUSNICKNAME, word(wanted), "Erroneous nickname")
    holder = world.find_user(wanted)
    if holder is not None and holder is not user:
        raise Refusal(ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
    if not session.registered:
        user.nick = wanted
        yield from _try_to_register(world, session)
    elif wanted != user.nick:
        change = Message("NICK", (wanted,), user.source)
        before = user.nick
        world.rename(user, wanted)
        yield Deliver(world.neighbours(user), change)
        yield Report(Deed.RENAMED, before, text=wanted)


def user(world: World, session: Session, message: Message) -> Iterator[Effect]:
    if session.registered:
        raise Refusal(ERR_ALREADYREGISTERED, "You may not reregister")
    username, realname = message.params[0], message.params[3]
    if not username or not realname:
        raise Refusal(ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
    limits = world.settings.limits
    session.user.username = clean_username(username, limits.username_length)
    session.user.realname = realname[: limits.realname_length]
    yield from _try_to_register(world, session)


def _try_to_register(world: World, session: Session) -> Iterator[Effect]:
    """Complete the registration if nothing is missing any more."""
    newcomer = session.user
    if session.registered or session.negotiating or not (newcomer.nick and newcomer.username):
        return
    wanted = world.settings.password
    if wanted and not hmac.compare_digest(session.password.encode(), wanted.encode()):
        refusal = Refusal(ERR_PASSWDMISMATCH, "Password incorrect")
        yield refusal_message(world, session, refusal, "PASS")
        yield from drop(world, session, "Password incorrect")
        return
    if world.find_user(newcomer.nick) is not None:  # taken between its NICK and now
        refusal = Refusal(ERR_NICKNAMEINUSE, newcomer.nick, "Nickname is already in use")
        newcomer.nick = ""
        yield refusal_message(world, session, refusal, "NICK")
        return
    session.password = ""
    world.register(session)
    yield from welcome(world, session)
    yield Report(Deed.CONNECTED, newcomer.nick, text=newcomer.host)


# -- PING, PONG, QUIT


def ping(world: World, session: Session, message: Message) -> Iterator[Effect]:
    token = message.params[0]
    if not token:
        raise Refusal(ERR_NOORIGIN, "No origin specified")
    yield from_server(world, session, "PONG", world.settings.server_name, token)


def pong(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """Nothing to do: that a line arrived is what the PING asked for."""
    yield from ()


def quit_(world: World, session: Session, message: Message) -> Iterator[Effect]:
    reason = message.params[0] if message.params else ""
    reason = reason[: world.settings.limits.quit_length]
    # The word in front keeps a user from feigning a "Ping timeout". It stands there even without a
    # reason (Modern IRC, "QUIT message").
    yield from drop(world, session, f"Quit: {reason}")
