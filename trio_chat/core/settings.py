"""What an operator may set about the chat: names, texts and limits, each with its reason.

The config file fills these (see `trio_chat.config`), under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

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
    """Targets of one PRIVMSG, NOTICE, TAGMSG, KICK, WHOIS or LIST (ISUPPORT TARGMAX)."""
    mode_params: int = 12
    """Changes with a parameter in one MODE (ISUPPORT MODES)."""
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
        wrong = set(self.default_room_modes) - set("imnst")
        if wrong or len(set(self.default_room_modes)) != len(self.default_room_modes):
            raise ValueError("default_room_modes must be letters out of imnst, each once")
