"""What an operator may set about the chat: names, texts and limits, each with its reason.

The config file fills these (see `trio_chat.config`), under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from trio_chat.core.privileges import Operator
from trio_chat.wire.caps import CAPABILITIES

USER_MODES_BY_DEFAULT = "BRgiw"
"""The user modes that anyone may set, and so the server for all."""

FIXED = ("server_name",)
"""Settings that a running chat keeps: everyone connected was told of them once and for all."""

SERVER_NAME_BYTES = 63
"""The longest name of a server (RFC 2812 section 1.1): every reply carries it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one user may ask for. Lengths are in characters unless said otherwise."""

    nick_length: int = 32
    """Longest nick (ISUPPORT NICKLEN)."""
    username_length: int = 16
    """Longest user part of a source, its `~` included (ISUPPORT USERLEN)."""
    room_name_bytes: int = 64
    """Longest name of a room, in bytes (ISUPPORT CHANNELLEN)."""
    topic_length: int = 390
    """Longest topic (ISUPPORT TOPICLEN); with its framing it fits one line of 512 bytes."""
    kick_length: int = 300
    """Longest reason of a KICK (ISUPPORT KICKLEN)."""
    away_length: int = 300
    """Longest away message (ISUPPORT AWAYLEN)."""
    realname_length: int = 150
    """Longest real name (ISUPPORT NAMELEN)."""
    quit_length: int = 300
    """Longest reason of a QUIT or PART."""
    key_length: int = 32
    """Longest key of a room (ISUPPORT KEYLEN)."""
    rooms_per_user: int = 100
    """Rooms one user may be in (ISUPPORT CHANLIMIT): every one costs the others a line on QUIT."""
    bans_per_room: int = 100
    """Masks in one room's ban list (ISUPPORT MAXLIST): each is matched when somebody speaks."""
    targets: int = 8
    """Targets of one PRIVMSG, NOTICE, TAGMSG, KICK or WHOIS (ISUPPORT TARGMAX)."""
    monitored: int = 100
    """Nicks one session may monitor (ISUPPORT MONITOR): each is looked at when it comes or goes."""
    read_markers: int = 1000
    """Rooms and nicks for which it is remembered how far one user has read."""
    recent_messages: int = 200
    """Messages of one room, or of one user in private, that can still be taken back (REDACT)."""
    redact_seconds: float = 24 * 3600
    """How long one may take back what one has said; room operators may as long as it is known."""
    mode_params: int = 12
    """Changes with a parameter in one MODE (ISUPPORT MODES)."""
    accept_entries: int = 50
    """Users one may accept under +g (ISUPPORT ACCEPT): each costs both a reference."""
    who_matches: int = 1000
    """Users one WHO by mask lists: as many lines, some 100 KB, in one go."""
    whowas_entries: int = 1000
    """Users that WHOWAS remembers, about 500 bytes each."""
    password_tries: int = 5
    """Wrong passwords to OPER after which the connection is closed."""
    registration_seconds: float = 30
    """Time from connecting to the end of registration; afterwards the connection is closed."""
    ping_after_seconds: float = 90
    """Silence after which a client is sent a PING."""
    ping_timeout_seconds: float = 30
    """Silence after that PING until the client counts as gone."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a limit that would let nobody do anything."""
        for limit in fields(self):
            if getattr(self, limit.name) <= 0:
                raise ValueError(f"{limit.name} must be more than 0")


@dataclass(frozen=True, slots=True)
class Admin:
    """Who runs the server, as ADMIN tells; all empty: it tells nothing."""

    location: str = ""
    organisation: str = ""
    email: str = ""

    def __post_init__(self) -> None:
        for name in ("location", "organisation", "email"):
            if not getattr(self, name).isprintable():
                raise ValueError(f"admin {name} must be one line")

    def __bool__(self) -> bool:
        return bool(self.location or self.organisation or self.email)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this server presents itself, and its `Limits`."""

    server_name: str = "trio-chat.local"
    """The server's name: the source of its replies."""
    network: str = "trio-chat"
    """The network's name (ISUPPORT NETWORK); one word."""
    description: str = "a trio-chat server"
    """One line about the server, shown by WHOIS."""
    motd: str = ""
    """The message of the day; every line of it is one line to the client."""
    password: str = ""
    """What PASS must say; empty for no password."""
    default_room_modes: str = "nt"
    """Modes of a new room, out of i m n s t."""
    withheld_capabilities: tuple[str, ...] = ()
    """IRCv3 capabilities not to offer, by name."""
    default_user_modes: str = ""
    """Modes of a new user, out of B R g i w."""
    admin: Admin = field(default_factory=Admin)
    operators: tuple[Operator, ...] = field(default=(), metadata={"stands_in": "[[operators]]"})
    """Who may become an operator; in the file, tables of their own."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raises `ValueError` for a value that no line could carry."""
        for name in ("server_name", "network"):
            text = getattr(self, name)
            if not text or text[0] == ":" or not text.isprintable() or " " in text:
                raise ValueError(f"{name} must be one word")
        if len(self.server_name.encode()) > SERVER_NAME_BYTES:
            raise ValueError(f"server_name must be at most {SERVER_NAME_BYTES} bytes")
        if not self.description.isprintable():
            raise ValueError("description must be one line")
        for name in self.withheld_capabilities:
            if name not in CAPABILITIES:
                raise ValueError(f"withheld_capabilities: no such capability: {name}")
        wrong = set(self.default_room_modes) - set("imnst")
        if wrong or len(set(self.default_room_modes)) != len(self.default_room_modes):
            raise ValueError("default_room_modes must be letters out of imnst, each once")
        wrong = set(self.default_user_modes) - set(USER_MODES_BY_DEFAULT)
        if wrong or len(set(self.default_user_modes)) != len(self.default_user_modes):
            raise ValueError(
                f"default_user_modes must be letters out of {USER_MODES_BY_DEFAULT}, each once"
            )
        names = [operator.name for operator in self.operators]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"there are two operators called {name}")

    def find_operator(self, name: str) -> Operator | None:
        return next((each for each in self.operators if each.name == name), None)

    def keep_fixed(self, before: Settings) -> tuple[Settings, tuple[str, ...]]:
        """These settings for a chat that runs with others: what cannot change stays as before.

        The second part names the keys that differ and stayed.
        """
        kept = tuple(key for key in FIXED if getattr(self, key) != getattr(before, key))
        return replace(self, **{key: getattr(before, key) for key in kept}), kept
