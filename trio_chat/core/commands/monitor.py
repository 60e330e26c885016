"""MONITOR: be told when a nick comes and goes (IRCv3 monitor)."""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core import metadata
from trio_chat.core.commands.lookup import split_list, word
from trio_chat.core.effects import Effect
from trio_chat.core.replies import Refusal, fill_lines, reply, space_left
from trio_chat.core.state import Session, World
from trio_chat.wire.caps import METADATA_3
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    ERR_MONLISTFULL,
    ERR_NEEDMOREPARAMS,
    RPL_ENDOFMONLIST,
    RPL_MONLIST,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
)


def monitor(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`MONITOR + nick,nick`, `- nick,nick`, `C` (clear), `L` (list), `S` (status)."""
    modifier = message.params[0].upper()
    match modifier:
        case "+" | "-":
            if len(message.params) < 2:
                raise Refusal(ERR_NEEDMOREPARAMS, "MONITOR", "Not enough parameters")
            targets = _nicks(world, message.params[1])
            if modifier == "+":
                yield from _add(world, session, targets)
            else:
                for nick in targets:
                    world.monitors.remove(session, nick)
        case "C":
            world.monitors.clear(session)
        case "L":
            yield from _tell(world, session, RPL_MONLIST, world.monitors.list_of(session))
            yield reply(world, session, RPL_ENDOFMONLIST, "End of MONITOR list")
        case "S":
            nicks = world.monitors.list_of(session)
            yield from _status(world, session, nicks)
            if session.caps & METADATA_3:  # wherever RPL_MONONLINE is sent
                yield from metadata.of_users(world, session, nicks)
        case _:
            raise Refusal("SUBCOMMAND_INVALID", word(modifier), "MONITOR takes + - C L S")


def _nicks(world: World, targets: str) -> list[str]:
    """The nicks among the targets, each once; what is none is passed over."""
    nicks: dict[str, str] = {}
    for nick in split_list(targets):
        if world.is_nick(nick):
            nicks.setdefault(world.fold(nick), nick)
    return list(nicks.values())


def _add(world: World, session: Session, nicks: list[str]) -> Iterator[Effect]:
    monitors = world.monitors
    limit = world.settings.limits.monitored
    added: list[str] = []
    refused: list[str] = []
    for nick in nicks:
        if monitors.watches(session, nick) or monitors.count(session) < limit:
            monitors.add(session, nick)
            added.append(nick)
        else:
            refused.append(nick)
    yield from _status(world, session, added)
    yield from metadata.of_users(world, session, added)
    text = "Monitor list is full."
    for line in fill_lines(refused, space_left(world, session, str(limit), text), ","):
        yield reply(world, session, ERR_MONLISTFULL, str(limit), line, text)


def _status(world: World, session: Session, nicks: list[str] | tuple[str, ...]) -> Iterator[Effect]:
    """Which of these nicks somebody has, then which nobody has."""
    users = {nick: world.find_user(nick) for nick in nicks}
    here = [user.source for user in users.values() if user is not None]
    yield from _tell(world, session, RPL_MONONLINE, here)
    gone = [nick for nick, user in users.items() if user is None]
    yield from _tell(world, session, RPL_MONOFFLINE, gone)


def _tell(
    world: World, session: Session, numeric: str, targets: list[str] | tuple[str, ...]
) -> Iterator[Effect]:
    for line in fill_lines(targets, space_left(world, session), ","):
        yield reply(world, session, numeric, line)
