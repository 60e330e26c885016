"""STATS: how long the server runs, what is asked of it, and who its operators are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trio_chat.core.bans import ACCOUNT, ADDRESS, REALNAME, USER
from trio_chat.core.commands.bans import MASK_BYTES
from trio_chat.core.commands.lookup import require_privilege, word
from trio_chat.core.commands.queries import require_this_server
from trio_chat.core.durations import format_duration
from trio_chat.core.effects import Effect
from trio_chat.core.replies import granting, reply
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Message
from trio_chat.wire.numerics import (
    RPL_ENDOFSTATS,
    RPL_STATSCOMMANDS,
    RPL_STATSDEBUG,
    RPL_STATSDLINE,
    RPL_STATSKLINE,
    RPL_STATSOLINE,
    RPL_STATSUPTIME,
)

Run = Callable[[World, Session], Iterator[Effect]]


def stats(world: World, session: Session, message: Message) -> Iterator[Effect]:
    """`STATS letter [server]` (Modern IRC, "STATS message")."""
    if len(message.params) > 1:
        require_this_server(world, message.params[1])
    letter = message.params[0][:1]
    report = _REPORTS.get(letter)
    if report is not None:
        yield from granting(world, session, "STATS", report(world, session))
    yield reply(world, session, RPL_ENDOFSTATS, word(letter), "End of STATS report")


def _uptime(world: World, session: Session) -> Iterator[Effect]:
    minutes, seconds = divmod(int(world.uptime), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    text = f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}"
    yield reply(world, session, RPL_STATSUPTIME, text)


def _commands(world: World, session: Session) -> Iterator[Effect]:
    for command, count in sorted(world.uses.items()):
        yield reply(world, session, RPL_STATSCOMMANDS, command, str(count))


def _who_may_be_operator(world: World, session: Session) -> Iterator[Effect]:
    """RFC 1459 section 6.2: `O <hostmask> * <name>`; then the privileges."""
    require_privilege(session, "stats")
    for operator in world.settings.operators:
        for mask in operator.masks or ("*",):
            may = ",".join(operator.privileges) or "-"
            name = word(operator.name)
            yield reply(world, session, RPL_STATSOLINE, "O", word(mask), "*", name, may)


def _who_is_operator(world: World, session: Session) -> Iterator[Effect]:
    for user in world.users.values():
        if user.is_operator:
            idle = max(0, int(world.now - user.active))
            text = f"{user.nick} ({user.username}@{user.host}) idle {idle} seconds"
            yield reply(world, session, RPL_STATSDEBUG, "p", text)


def _bans_of(kinds: tuple[str, ...], numeric: str, letter: str) -> Run:
    def report(world: World, session: Session) -> Iterator[Effect]:
        require_privilege(session, "ban")
        for ban in world.bans:
            if ban.kind in kinds:
                left = "-" if ban.expires is None else format_duration(ban.expires - world.now)
                said = (word(ban.mask, MASK_BYTES), ban.kind, left, word(ban.by), ban.reason)
                yield reply(world, session, numeric, letter, *said)

    return report


_REPORTS: dict[str, Run] = {
    "d": _bans_of((ADDRESS,), RPL_STATSDLINE, "D"),
    "k": _bans_of((USER, ACCOUNT, REALNAME), RPL_STATSKLINE, "K"),
    "m": _commands,
    "o": _who_may_be_operator,
    "O": _who_may_be_operator,
    "p": _who_is_operator,
    "u": _uptime,
}
