"""What an operator may set about the chat: names, texts and limits, each with its reason.

The config file fills these (see `trio_chat.config`), under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal

from trio_chat.core.account_rules import AccountRules
from trio_chat.core.blocklists import Blocklist
from trio_chat.core.gateways import Gateway
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.privileges import Operator
from trio_chat.wire.addresses import is_range, is_within
from trio_chat.wire.caps import CAPABILITIES
from trio_chat.wire.modes import ROOM_MODES, Takes

USER_MODES_BY_DEFAULT = "BRgiw"
"""The user modes that anyone may set, and so the server for all."""

FIXED = ("server_name", "casemapping")
"""Settings that a running chat keeps: what everyone connected was told, and is filed under."""

SHORTEST_SECONDS = 0.01
LONGEST_SECONDS = 1e9

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
    topic_length: int = 320
    """Longest topic (ISUPPORT TOPICLEN). This and the next three are less where the longest names
    would leave no room for as much in one line of 512 bytes."""
    kick_length: int = 280
    """Longest reason of a KICK (ISUPPORT KICKLEN), KILL or REDACT."""
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
    sessions_per_user: int = 20
    """Clients of one account that share a nick: each is sent all that their user hears. When there
    is one more, the one that has been silent for longest is let go."""
    bans_per_room: int = 100
    """Masks in one room's lists b, e and I together (ISUPPORT MAXLIST): each is matched when
    somebody joins."""
    listed_rooms: int = 1000
    """Rooms that one LIST tells of, the largest ones: some 400 KB, less than a SendQ."""
    invitations: int = 100
    """Invitations a user may have that they have not followed: the oldest is forgotten first."""
    rename_names: int = 100_000
    """Names sent in all when a room is renamed, to those members who know no RENAME: 1 MB,
    made in 40 ms."""
    knock_seconds: float = 60
    """Time between two KNOCKs of one user: each disturbs all operators of a room."""
    knock_room_seconds: float = 10
    """Time between two KNOCKs at one room."""
    targets: int = 8
    """Targets of one PRIVMSG, NOTICE, TAGMSG, KICK, WHOIS or WHOWAS (ISUPPORT TARGMAX)."""
    monitored: int = 100
    """Nicks one session may monitor (ISUPPORT MONITOR): each is looked at when it comes or goes."""
    read_markers: int = 1000
    """Rooms and nicks for which it is remembered how far one user, or one account, has read: a
    hundred bytes each."""
    recent_messages: int = 200
    """Messages of one room, or of one user in private, that are known by heart: where no history is
    kept, no others can be taken back (REDACT) or edited (EDIT)."""
    redact_seconds: float = 24 * 3600
    """How long one may take back what one has said; room operators may as long as it is known."""
    edit_seconds: float = 24 * 3600
    """How long one may edit what one has said (EDIT)."""
    pins_per_room: int = 20
    """Messages pinned in one room: each is a line in answer to PINS."""
    metadata_keys: int = 32
    """Keys of metadata one user or room may have."""
    metadata_value_bytes: int = 240
    """Longest value of metadata, in bytes; with nick, room and key it fits one line."""
    metadata_subscriptions: int = 64
    """Keys of metadata one session may subscribe to."""
    metadata_sync_members: int = 200
    """Members up to which a room's metadata is sent on JOIN; of larger rooms a client must ask."""
    multiline_bytes: int = 16384
    """Longest message of several lines, in bytes (draft/multiline max-bytes)."""
    multiline_lines: int = 100
    """Lines of one message (max-lines): to those who take it line by line it is as many messages,
    and well within what is kept for a client that lags."""
    batch_seconds: float = 60
    """How long a client may take from opening a batch to its last line."""
    mode_params: int = 12
    """Changes with a parameter in one MODE (ISUPPORT MODES)."""
    accept_entries: int = 50
    """Users one may accept under +g (ISUPPORT ACCEPT): each costs both a reference."""
    who_matches: int = 1000
    """Users one WHO by mask lists: as many lines, some 100 KB, in one go."""
    who_members: int = 2000
    """Members of a room one WHO lists: as many always fit the default `sendq`."""
    whowas_entries: int = 1000
    """Users that WHOWAS remembers, about 500 bytes each."""
    ranks_per_room: int = 100
    """Accounts that have a rank in one registered room."""
    rooms_per_account: int = 20
    """Rooms registered to one account, some KB each when their lists are full."""
    bans: int = 5000
    """Bans from the server: those by name are all matched when somebody registers, in 5 ms."""
    reports: int = 500
    """Reports that no operator has closed, some 500 bytes each; more are refused."""
    report_seconds: float = 20
    """Time between two REPORTs of one user: each disturbs all who moderate."""
    password_tries: int = 5
    """Wrong passwords to OPER and AUTHENTICATE after which the connection is closed."""
    nick_changes: int = 10
    """Times one user may change their nick within `nick_change_seconds`: all who share a room with
    them are told of each."""
    nick_change_seconds: float = 60
    """The time over which `nick_changes` counts."""
    joins: int = 200
    """Rooms one user may try to join within `join_seconds`: all of theirs, twice. It is also how
    often the key of a room may be guessed."""
    join_seconds: float = 200
    """The time over which `joins` counts."""
    burst: int = 100
    """Lines one client may send at once: all that a client asks for when it has joined its rooms.
    A line counts by its cost (see `core.costs`), and lines beyond that come later, none is lost."""
    lines_per_second: float = 5
    """Lines a client may send each second after such a burst: faster than anybody types."""
    connections_per_address: int = 64
    """Connections from one address at a time: a class behind one router, each with two devices."""
    connects_per_address: int = 120
    """Connections from one address within `connect_seconds`: all come back, and once again."""
    connect_seconds: float = 60
    """The time over which `connects_per_address` counts."""
    login_failures_per_address: int = 10
    """Wrong passwords from one address within `login_failure_seconds`: 3,000 guesses a day."""
    login_failure_seconds: float = 300
    """The time over which `login_failures_per_address` counts."""
    new_accounts_per_address: int = 30
    """Accounts that may be registered from one address within `new_account_seconds`."""
    new_account_seconds: float = 3600
    """The time over which `new_accounts_per_address` counts."""
    network_factor: float = 4
    """How many times as much as one address the network around it may, a /24 or /48: those who
    are given a network are not bounded by their single addresses."""
    registration_seconds: float = 30
    """Time from connecting to the end of registration; afterwards the connection is closed."""
    ping_after_seconds: float = 90
    """Silence after which a client is sent a PING."""
    ping_timeout_seconds: float = 30
    """Silence after that PING until the client counts as gone."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a limit that would let nobody do anything."""
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value <= 0:
                raise ValueError(f"{limit.name} must be more than 0")
            # A time so short that it is lost in the sum with the uptime would never be over.
            if limit.name.endswith("_seconds") and not SHORTEST_SECONDS <= value <= LONGEST_SECONDS:
                range_ = f"{SHORTEST_SECONDS} to {LONGEST_SECONDS:.0f}"
                raise ValueError(f"{limit.name} must be from {range_}")


@dataclass(frozen=True, slots=True)
class Admin:
    """Who runs the server, as ADMIN tells."""

    location: str = ""
    """Where the server is."""
    organisation: str = ""
    """Whose it is."""
    email: str = ""
    """How to reach them."""

    def __post_init__(self) -> None:
        for name in ("location", "organisation", "email"):
            if not getattr(self, name).isprintable():
                raise ValueError(f"{name} must be one line")


LONGEST_STS_SECONDS = 10 * 365 * 86400
"""No policy holds longer: whoever gives milliseconds is told so, and not only those bound by it."""


@dataclass(frozen=True, slots=True)
class Sts:
    """What clients are told of TLS (IRCv3 sts): to use it, where, and for how long from now on.

    `port` is where those who came without it are sent. `duration`, in seconds, is how long those
    who came with it are to use nothing else; 0 takes back what they were told before. `preload`
    lets lists of such servers have this one. `hostnames` are the names of this server that the
    policy is for; with none it is for every name.
    """

    port: int
    duration: int = 0
    preload: bool = False
    hostnames: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ValueError` for what a client could not follow."""
        if not 0 < self.port <= 65535:
            raise ValueError("sts port must be 1 to 65535")
        if not 0 <= self.duration <= LONGEST_STS_SECONDS:
            raise ValueError(f"sts duration must be 0 to {LONGEST_STS_SECONDS} seconds")

    def is_for(self, hostname: str) -> bool:
        """Whether the policy holds for those who call the server by this name.

        sts, "Server Name Indication": whoever gives no name should not be bound.
        """
        known = [name.lower() for name in self.hostnames]
        return bool(hostname) and (not known or hostname.lower() in known)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this server presents itself, and what its users may ask for."""

    server_name: str = "trio-chat.local"
    """The server's name: the source of its replies. A change takes a restart."""
    network: str = "trio-chat"
    """The network's name (ISUPPORT NETWORK); one word."""
    casemapping: Literal["ascii", "rfc1459", "precis"] = "ascii"
    """Which names are the same: those that differ in the case of A to Z only, of RFC 1459's more
    letters, or of any letter of any script (RFC 8265), which also allows nicks in every script.
    A change takes a restart."""
    description: str = "a trio-chat server"
    """One line about the server, shown by WHOIS."""
    motd: str = ""
    """The message of the day; every line of it is one line to the client."""
    password: str = ""
    """What PASS must say; empty for no password."""
    cloaking: bool = True
    """Whether others see a cloak in the place of a user's address: the same for the same address,
    with a common end for a common network, but no address can be found out by it."""
    default_room_modes: str = "nt"
    """Modes of a new room, those without a parameter."""
    withheld_capabilities: tuple[str, ...] = ()
    """IRCv3 capabilities not to offer, by name."""
    default_user_modes: str = ""
    """Modes of a new user, out of B R g i w."""
    admin: Admin = field(default_factory=Admin)
    operators: tuple[Operator, ...] = field(default=(), metadata={"stands_in": "[[operators]]"})
    """Who may become an operator; in the file, tables of their own."""
    sts: Sts | None = field(default=None, metadata={"stands_in": "[sts]"})
    """What clients are told of TLS, if anything; in the file, a table of its own."""
    icon: str = ""
    """The URL of an image that stands for the network (ISUPPORT draft/ICON); empty for none."""
    gateways: tuple[Gateway, ...] = ()
    """Who may connect on behalf of others (WEBIRC); once for each of them."""
    blocklists: tuple[Blocklist, ...] = ()
    """Lists in the DNS of addresses that trouble comes from, asked about everyone who connects but
    the exempt."""
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Addresses and ranges whose users may do as often as they like what others may only now and
    then. Whoever is on this machine could do worse to it; all who come through a proxy on it that
    is no gateway count as such."""
    accounts: AccountRules = field(default_factory=AccountRules)
    history: HistoryRules = field(default_factory=HistoryRules)
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
        if "\0" in self.motd:
            raise ValueError("motd must be text")
        if not self.icon.isprintable() or " " in self.icon:
            raise ValueError("icon must be one word, a URL")
        for name in self.withheld_capabilities:
            if name not in CAPABILITIES:
                raise ValueError(f"withheld_capabilities: no such capability: {name}")
        for each in self.exempt:
            if not is_range(each):
                raise ValueError(f"exempt: not an address or a range of them: {each}")
        known = "".join(mode for mode, takes in ROOM_MODES.items() if takes is Takes.NEVER)
        wrong = set(self.default_room_modes) - set(known)
        if wrong or len(set(self.default_room_modes)) != len(self.default_room_modes):
            raise ValueError(f"default_room_modes must be letters out of {known}, each once")
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

    def exempts(self, address: str) -> bool:
        """Whether no throttle is for those who come from this address."""
        return any(is_within(address, among) for among in self.exempt)

    def is_gateway(self, address: str) -> bool:
        """Whether this is where a gateway comes from, which brings many others."""
        return any(gateway.serves(address) for gateway in self.gateways)

    def keep_fixed(self, before: Settings) -> tuple[Settings, tuple[str, ...]]:
        """These settings for a chat that runs with others: what cannot change stays as before.

        The second part names the keys that differ and stayed.
        """
        kept = tuple(key for key in FIXED if getattr(self, key) != getattr(before, key))
        return replace(self, **{key: getattr(before, key) for key in kept}), kept
