"""Which entered lines hold a password, and so are never kept.

Law: pure, and cautious: a line that only might hold one counts as if it did.
"""

from __future__ import annotations

from trio_chat.client.commands.habits import HABITS

_COMMANDS = frozenset(
    {"login", "register", "verify", "oper", "pass", "authenticate", "identify", "id", "sasl"}
    | {"logout", "cert", "password", "setpass"}
)
"""Commands, ours or a server's, what follows which is not kept."""

_RAW = frozenset({"quote", "raw"})
"""What follows is a line of the protocol."""

_SPOKEN = frozenset({"msg", "query", "privmsg", "notice", "squery", "say"})
"""Commands that send a text to somebody, who is named first."""

_SERVICES = {
    name: name
    for name in (
        "nickserv",
        "chanserv",
        "authserv",
        "userserv",
        "accountserv",
        "operserv",
        "q",
        "x",
    )
} | {"ns": "nickserv", "cs": "chanserv", "as": "authserv", "os": "operserv"}
"""Those who take passwords as text, by the commands that send to them and by their nicks."""

_WORDS = frozenset(
    {"identify", "id", "auth", "login", "logon", "register", "verify", "confirm", "password"}
    | {"passwd", "pass", "setpass", "sendpass", "resetpass", "newpass", "ghost", "recover"}
    | {"release", "regain", "drop", "group", "oper", "cert", "set", "saset", "saregister"}
)
"""What services are told together with a password; `set` for `set password`."""


def may_hold_secret(line: str, where: str) -> bool:
    """Whether a line that is entered in a conversation may hold a password."""
    line = line.lstrip()
    if not line.startswith("/") or line.startswith("//"):
        return _tells_service(where, line.removeprefix("/"))
    return _command_may(line[1:])


def _command_may(line: str) -> bool:
    name, _, rest = line.partition(" ")
    name, rest = name.lower(), rest.strip()
    habit = HABITS.get(name)
    if habit is not None:
        name, rest = habit.command, f"{habit.words} {rest}".strip()
    if name in _COMMANDS:
        return True
    if name in _RAW:
        # A line of the protocol may begin with tags and a source.
        while rest[:1] in ("@", ":", "/"):
            rest = rest[1:] if rest[0] == "/" else rest.partition(" ")[2].strip()
        return _command_may(rest)
    if name in _SPOKEN:
        who, _, text = rest.partition(" ")
        return _tells_service(who, text)
    return name in _SERVICES and _tells_service(name, rest)


def _tells_service(who: str, text: str) -> bool:
    """Whether somebody is a service, and is told a word that a password follows."""
    name = who.lower().removeprefix(":").partition("@")[0]
    if name not in _SERVICES:
        return False
    words = text.lower().removeprefix(":").split()
    return bool(_WORDS.intersection(words[:3]))
