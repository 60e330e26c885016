"""What the server says to one session: numerics, refusals, and the longer answers made of them.

Law: a user's mistake is a `Refusal`; it becomes a reply in one place, `refusal_message`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from trio_chat.core import masks
from trio_chat.core.batches import batched
from trio_chat.core.effects import Deliver, Effect
from trio_chat.core.fitting import HOST_BYTES, lengths
from trio_chat.core.state import Room, Session, World
from trio_chat.wire import caps
from trio_chat.wire.grammar import ROOM_PREFIX
from trio_chat.wire.message import MAX_BODY, Message
from trio_chat.wire.modes import RANKS, ROOM_MODES, Takes
from trio_chat.wire.numerics import (
    ERR_NOMOTD,
    ERR_UNKNOWNERROR,
    RPL_ENDOFMOTD,
    RPL_ENDOFNAMES,
    RPL_GLOBALUSERS,
    RPL_ISUPPORT,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
    RPL_MOTD,
    RPL_MOTDSTART,
    RPL_NAMREPLY,
    RPL_TOPIC,
    RPL_TOPICWHOTIME,
)

VERSION = "trio-chat"
"""What 002, 004 and 351 call the software. No number: it would tell attackers which holes fit."""

ELIST = "CMNTU"
"""What LIST understands beside names: creation time, masks, negative masks, topic time, members."""

ISUPPORT_PER_LINE = 13
"""Tokens in one 005 line: with the nick and the trailing text it stays under 15 parameters."""


_OF_OURS = {
    ("MONITOR", "SUBCOMMAND_INVALID"),
    ("OPER", "TEMPORARILY_UNAVAILABLE"),
    ("REHASH", "CANNOT_REHASH"),
}
"""Codes that no specification of IRCv3 has its clients expect: only those who asked for any kind of
standard reply are told them, others in a numeric (standard-replies, "Capabilities")."""


class Refusal(Exception):
    """A request the server does not grant.

    `code` is a numeric, or a code of IRCv3 standard-replies to be sent with FAIL; `params` are what
    follows the nick (numeric) or the code (FAIL), the last of them the text for the user.
    """

    def __init__(self, code: str, *params: str) -> None:
        super().__init__(code, *params)
        self.code = code
        self.params = params


def reply(world: World, session: Session, numeric: str, *params: str) -> Deliver:
    """One numeric reply."""
    target = session.user.nick or "*"
    message = Message(numeric, (target, *params), world.settings.server_name)
    return Deliver((session,), message)


def from_server(world: World, session: Session, command: str, *params: str) -> Deliver:
    """One message of the server to one session that is no numeric."""
    return Deliver((session,), Message(command, params, world.settings.server_name))


def refusal_message(world: World, session: Session, refusal: Refusal, command: str) -> Deliver:
    """The reply that tells of a refusal."""
    if refusal.code.isdigit():
        return reply(world, session, refusal.code, *refusal.params)
    if (command, refusal.code) in _OF_OURS and not session.caps & caps.STANDARD_REPLIES:
        return reply(world, session, ERR_UNKNOWNERROR, command, *refusal.params)
    return from_server(world, session, "FAIL", command or "*", refusal.code, *refusal.params)


def granting(
    world: World, session: Session, command: str, effects: Iterable[Effect]
) -> Iterator[Effect]:
    """These effects, with a refusal among them turned into its reply: one target of many."""
    try:
        yield from effects
    except Refusal as refusal:
        yield refusal_message(world, session, refusal, command)


def fill_lines(words: Iterable[str], room_for: int, separator: str = " ") -> Iterator[str]:
    """The words, joined by one-byte separators into lines of at most `room_for` bytes."""
    line: list[str] = []
    used = 0
    for word in words:
        size = len(word) if word.isascii() else len(word.encode())
        if line and used + size > room_for:
            yield separator.join(line)
            line = []
            used = 0
        line.append(word)
        used += size + 1
    if line:
        yield separator.join(line)


def format_date(at: float) -> str:
    """A time (seconds since the Unix epoch) for people to read, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%a %b %d %Y at %H:%M:%S UTC")


def space_left(world: World, session: Session, *before: str) -> int:
    """Bytes left for the last parameter of a numeric whose other parameters are `before`."""
    head = f":{world.settings.server_name} 000 {session.user.nick or '*'} {' '.join(before)} :"
    return MAX_BODY - 2 - len(head.encode())


# -- longer answers


def isupport_tokens(world: World) -> list[str]:
    """What RPL_ISUPPORT tells of this server (Modern IRC, "RPL_ISUPPORT Parameters")."""
    settings = world.settings
    limits = settings.limits
    its = lengths(settings)
    by_type = {
        takes: "".join(mode for mode, its in ROOM_MODES.items() if its is takes) for takes in Takes
    }
    chanmodes = (Takes.LIST, Takes.ALWAYS, Takes.WHEN_SET, Takes.NEVER)
    several = limits.targets
    required = ["draft/ACCOUNTREQUIRED"] if settings.accounts.required else []
    icon = [f"draft/ICON={settings.icon}"] if settings.icon else []
    history = [f"CHATHISTORY={settings.history.lines_per_query}"] if world.keeps_history else []
    references = ["MSGREFTYPES=msgid,timestamp"] if world.keeps_history else []
    return [
        f"ACCEPT={limits.accept_entries}",
        f"ACCOUNTEXTBAN={','.join(masks.names_of(masks.Subject.ACCOUNT.value))}",
        f"AWAYLEN={its.away}",
        "BOT=B",
        "CALLERID=g",
        f"CASEMAPPING={world.names.name}",
        f"CHANLIMIT={ROOM_PREFIX}:{limits.rooms_per_user}",
        f"CHANMODES={','.join(by_type[takes] for takes in chanmodes)}",
        f"CHANNELLEN={limits.room_name_bytes}",
        f"CHANTYPES={ROOM_PREFIX}",
        *history,
        f"ELIST={ELIST}",
        "EXCEPTS=e",
        f"EXTBAN={masks.PREFIX},{masks.LETTERS}",
        f"HOSTLEN={HOST_BYTES}",
        "INVEX=I",
        f"KEYLEN={limits.key_length}",
        f"KICKLEN={its.kick}",
        "KNOCK",
        f"MAXLIST={by_type[Takes.LIST]}:{limits.bans_per_room}",
        f"MODES={limits.mode_params}",
        f"MONITOR={limits.monitored}",
        *references,
        f"NAMELEN={its.realname}",
        f"NETWORK={settings.network}",
        f"NICKLEN={limits.nick_length}",
        f"PREFIX=({''.join(RANKS)}){''.join(RANKS.values())}",
        "SAFELIST",
        f"STATUSMSG={''.join(RANKS.values())}",
        f"TARGMAX=ACCEPT:,JOIN:,KICK:{several},LIST:{several},NAMES:,NOTICE:{several},PART:,"
        f"PRIVMSG:{several},TAGMSG:{several},WHOIS:{several},WHOWAS:{several}",
        f"TOPICLEN={its.topic}",
        f"USERLEN={limits.username_length}",
        "UTF8ONLY",
        "WHOX",
        *required,
        *icon,
    ]


def isupport(
    world: World, session: Session, tokens: Sequence[str] | None = None
) -> Iterator[Effect]:
    """These or all ISUPPORT tokens, in a batch if the session asked for it (extended-isupport)."""
    lines = _isupport_lines(world, session, tokens or isupport_tokens(world))
    if session.caps & caps.EXTENDED_ISUPPORT:
        lines = batched(world, session, "draft/isupport", messages=lines)
    yield from lines


def _isupport_lines(world: World, session: Session, tokens: Sequence[str]) -> Iterator[Deliver]:
    for start in range(0, len(tokens), ISUPPORT_PER_LINE):
        some = tokens[start : start + ISUPPORT_PER_LINE]
        yield reply(world, session, RPL_ISUPPORT, *some, "are supported by this server")


def lusers(world: World, session: Session) -> Iterator[Effect]:
    total = len(world.users)
    invisible = world.with_mode["i"]
    most = max(world.most_users, total)

    def say(numeric: str, *params: str) -> Deliver:
        return reply(world, session, numeric, *params)

    yield say(
        RPL_LUSERCLIENT,
        f"There are {total - invisible} users and {invisible} invisible on 1 servers",
    )
    yield say(RPL_LUSEROP, str(world.with_mode["o"]), "operator(s) online")
    yield say(RPL_LUSERUNKNOWN, str(world.strangers), "unknown connection(s)")
    yield say(RPL_LUSERCHANNELS, str(len(world.rooms)), "rooms formed")
    yield say(RPL_LUSERME, f"I have {total} clients and 0 servers")
    counts = (str(total), str(most))
    yield say(RPL_LOCALUSERS, *counts, f"Current local users {total}, max {most}")
    yield say(RPL_GLOBALUSERS, *counts, f"Current global users {total}, max {most}")


def motd(world: World, session: Session) -> Iterator[Effect]:
    settings = world.settings
    if not settings.motd:
        yield reply(world, session, ERR_NOMOTD, "There is no message of the day")
        return
    yield reply(world, session, RPL_MOTDSTART, f"- {settings.server_name} Message of the day - ")
    for line in settings.motd.splitlines():
        yield reply(world, session, RPL_MOTD, f"- {line}")
    yield reply(world, session, RPL_ENDOFMOTD, "End of the message of the day")


def topic(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """The topic of a room that has one, and who set it when."""
    if room.topic is not None:
        yield reply(world, session, RPL_TOPIC, room.name, room.topic.text)
        yield reply(
            world, session, RPL_TOPICWHOTIME, room.name, room.topic.by, str(int(room.topic.at))
        )


def names(world: World, session: Session, room: Room) -> Iterator[Effect]:
    """Who is in a room this session may know of, as far as it may (Modern IRC, "NAMES message")."""
    inside = room in session.user.rooms
    if inside or not room.is_secret:
        every = bool(session.caps & caps.MULTI_PREFIX)
        with_source = bool(session.caps & caps.USERHOST_IN_NAMES)
        words = (
            membership.sign(every) + (user.source if with_source else user.nick)
            for user, membership in room.members.items()
            if inside or not user.is_invisible
        )
        kind = "@" if room.is_secret else "*" if room.is_private else "="
        for line in fill_lines(words, space_left(world, session, kind, room.name)):
            yield reply(world, session, RPL_NAMREPLY, kind, room.name, line)
    yield reply(world, session, RPL_ENDOFNAMES, room.name, "End of NAMES list")
