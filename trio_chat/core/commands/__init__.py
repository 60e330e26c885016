"""The command table: what each command needs before it runs, and what runs it.

One module per family. A command is a generator `(world, session, message) -> effects`; it
validates first and mutates after, and raises `Refusal` for a user's mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trio_chat.core.commands import (
    accept,
    account_registration,
    alert,
    authentication,
    bans,
    capabilities,
    chathistory,
    control,
    editing,
    gateway,
    invitations,
    isupport,
    list_query,
    manual,
    membership,
    messages,
    metadata,
    modes,
    monitor,
    multiline,
    operators,
    pins,
    presence,
    queries,
    read_marker,
    redaction,
    registration,
    rename,
    reports,
    rooms,
    search,
    services,
    stats,
    who,
    whois,
)
from trio_chat.core.effects import Effect
from trio_chat.core.state import Session, World
from trio_chat.wire import caps
from trio_chat.wire.message import Message

Run = Callable[[World, Session, Message], Iterator[Effect]]


@dataclass(frozen=True, slots=True)
class Command:
    """One row: `params` is how many it needs at least.

    A command for the `registered` may come before that from a client with the capability `early`.
    An act changes what others see, a query only reads: with several nodes, acts will go through
    their shared log and queries be answered on the spot.
    """

    run: Run
    params: int = 0
    registered: bool = True
    act: bool = False
    early: int = 0


def _act(run: Run, params: int = 0, registered: bool = True, early: int = 0) -> Command:
    return Command(run, params, registered, act=True, early=early)


def _query(run: Run, params: int = 0, registered: bool = True, early: int = 0) -> Command:
    return Command(run, params, registered, act=False, early=early)


TABLE: dict[str, Command] = {
    # registration and the connection itself
    "CAP": _query(capabilities.cap, 1, registered=False),
    "PASS": _query(registration.password, 1, registered=False),
    "WEBIRC": _query(gateway.webirc, 4, registered=False),
    "AUTHENTICATE": _act(authentication.authenticate, 1, registered=False),
    "REGISTER": _act(account_registration.register, 3, registered=False),
    "VERIFY": _act(account_registration.verify, 2, registered=False),
    "NICK": _act(registration.nick, registered=False),
    "USER": _act(registration.user, 4, registered=False),
    "PING": _query(registration.ping, 1, registered=False),
    "PONG": _query(registration.pong, registered=False),
    "QUIT": _act(registration.quit_, registered=False),
    # being in rooms
    "JOIN": _act(membership.join, 1),
    "PART": _act(membership.part, 1),
    "KICK": _act(membership.kick, 2),
    "INVITE": _act(invitations.invite),
    "KNOCK": _act(invitations.knock, 1),
    # rooms
    "TOPIC": _act(rooms.topic, 1),
    "NAMES": _query(rooms.names),
    "LIST": _query(list_query.list_),
    "MODE": _act(modes.mode, 1),
    "RENAME": _act(rename.rename, 2),
    # talking
    "PRIVMSG": _act(messages.privmsg),
    "NOTICE": _act(messages.notice),
    "TAGMSG": _act(messages.tagmsg),
    "BATCH": _act(multiline.batch, 1),
    "REDACT": _act(redaction.redact, 2),
    "EDIT": _act(editing.edit, 1),
    "PIN": _act(pins.pin, 2),
    "UNPIN": _act(pins.unpin, 2),
    "PINS": _query(pins.pins, 1),
    "CHATHISTORY": _query(chathistory.chathistory, 1),
    "SEARCH": _query(search.search, 1),
    "MARKREAD": _query(read_marker.markread),
    # people
    "AWAY": _act(presence.away, early=caps.PRE_AWAY),
    "MONITOR": _query(monitor.monitor, 1),
    "METADATA": _act(metadata.metadata, 2, early=caps.ANY_METADATA),
    "SETNAME": _act(presence.setname, 1),
    "WHO": _query(who.who),
    "WHOIS": _query(whois.whois),
    "WHOWAS": _query(whois.whowas),
    "ACCEPT": _act(accept.accept, 1),
    "USERHOST": _query(presence.userhost, 1),
    "ISON": _query(presence.ison, 1),
    "REPORT": _act(reports.report, 2),
    # the server
    "MOTD": _query(queries.motd),
    "LUSERS": _query(queries.lusers),
    "VERSION": _query(queries.version),
    "ISUPPORT": _query(isupport.isupport, early=caps.EXTENDED_ISUPPORT),
    "TIME": _query(queries.time),
    "ADMIN": _query(queries.admin),
    "INFO": _query(queries.info),
    "LINKS": _query(queries.links),
    "STATS": _query(stats.stats, 1),
    "HELP": _query(manual.help_),
    "HELPOP": _query(manual.help_),
    "SUMMON": _query(queries.summon),
    "USERS": _query(queries.users),
    # services
    "NICKSERV": _act(services.nickserv),
    "NS": _act(services.nickserv),
    "CHANSERV": _act(services.chanserv),
    "CS": _act(services.chanserv),
    # operators
    "OPER": _act(operators.oper, 2),
    "KILL": _act(operators.kill, 2),
    "WALLOPS": _act(operators.wallops, 1),
    "DEFCON": _act(alert.defcon),
    "REPORTS": _act(reports.reports),
    "KLINE": _act(bans.kline, 1),
    "UNKLINE": _act(bans.unkline, 1),
    "DLINE": _act(bans.dline, 1),
    "UNDLINE": _act(bans.undline, 1),
    "REHASH": _act(control.rehash),
    "DIE": _act(control.die),
    "RESTART": _act(control.restart),
    "CONNECT": _query(control.other_server, 1),
    "SQUIT": _query(control.other_server, 2),
}
