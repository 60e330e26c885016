"""The server's configuration: a TOML file, checked key by key.

Laws:

* What the file cannot say wrongly is not checked twice: names and types by `conversion`, values
  where they are defined, what the file refers to by `REFERENCES`.
* Every key has a docstring: `trio-chat default-config` prints it.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from trio_chat.archive.settings import (
    HistorySettings,
    MailSettings,
    PasswordSettings,
    TokenSettings,
)
from trio_chat.conversion import EXAMPLE, Mistake, convert, name_of
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.privileges import Operator
from trio_chat.core.settings import LONGEST_STS_SECONDS, Settings, Sts
from trio_chat.logs import LogFormat
from trio_chat.net.connection import ConnectionLimits
from trio_chat.net.tls_settings import CertificateError, TlsSettings
from trio_chat.toml_lines import Lines, Place
from trio_chat.wire.sasl import OAUTHBEARER

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file, the line and the key."""

    def __init__(self, *mistakes: str) -> None:
        more = len(mistakes) - 1
        others = f" (and {more} more; `trio-chat check-config` tells all)" if more else ""
        super().__init__(mistakes[0] + others)
        self.mistakes = mistakes
        """Every mistake found, with its file, line and key."""


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on; once for every address."""

    host: str = DEFAULT_HOST
    """The address, or a name; `0.0.0.0` and `::` are every IPv4 and IPv6 address of this machine,
    and an empty text is both."""
    port: int = DEFAULT_PORT
    """The port; 0 picks a free one."""
    tls: bool | None = field(default=None, metadata={EXAMPLE: True})
    """Whether TLS is spoken there; by default, if there is a certificate."""
    plain: bool = True
    """Whether clients may do without TLS."""

    def __post_init__(self) -> None:
        if not self.plain and self.tls is False:
            raise ValueError("plain and tls are both false: nobody could speak there")
        if not 0 <= self.port <= 65535:
            raise ValueError("port must be 0 to 65535")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port: two entries with the same are the same door."""
        return self.host, self.port

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it. A name counts as if others did, but for one."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class StsSettings:
    """With this table, clients that know STS are told to come by TLS and no other way. They keep to
    that whatever becomes of the server, so it needs a certificate that they can verify."""

    port: int = 0
    """Where clients are sent that came without TLS; 0 is the first port with TLS that is not for
    this machine alone."""
    duration: int = 0
    """Seconds for which clients are to use nothing but TLS; 0 ends what they were told before."""
    preload: bool = False
    """Whether lists of such servers may have this one."""
    hostnames: tuple[str, ...] = ()
    """The names of this server that the policy is for; with none it is for every name."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError("port must be 0 to 65535")
        if not 0 <= self.duration <= LONGEST_STS_SECONDS:
            raise ValueError(f"duration must be 0 to {LONGEST_STS_SECONDS}")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is printed, on standard error, and how."""

    format: LogFormat = "human"
    """For people (`human`), or one object a line (`json`)."""
    quiet: bool = False
    """Whether to leave out who comes and goes and what is said."""


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """Who may connect by WebSocket."""

    origins: tuple[str, ...] = ()
    """The sites whose pages may (`https://chat.example.org`), besides those of this host and
    clients that are no browsers; `*` stands for every site."""


@dataclass(frozen=True, slots=True)
class Config:
    """All that can be set; every key has a default.

    In the file, a key that is a dataclass is a table, and one that is a tuple of them an array of
    tables: `[chat.limits]`, `[[listen]]`.
    """

    data: str | None = field(default=None, metadata={EXAMPLE: "/var/lib/trio-chat"})
    """The directory where the server keeps its database; by default the user's own, such as
    `~/.local/share/trio-chat`. A change takes a restart."""
    motd_file: str = ""
    """A file with the message of the day, in the place of `chat.motd`, as seen from this file."""
    insecure: bool = False
    """Whether other machines may come in where there is no TLS."""
    listen: tuple[Listen, ...] = (Listen(),)
    tls: TlsSettings = field(default_factory=TlsSettings)
    sts: StsSettings | None = None
    operators: tuple[Operator, ...] = ()
    chat: Settings = field(default_factory=Settings)
    connection: ConnectionLimits = field(default_factory=ConnectionLimits)
    websocket: WebSocketSettings = field(default_factory=WebSocketSettings)
    log: LogSettings = field(default_factory=LogSettings)
    passwords: PasswordSettings = field(default_factory=PasswordSettings)
    tokens: TokenSettings = field(default_factory=TokenSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    history: HistorySettings = field(default_factory=HistorySettings)

    def __post_init__(self) -> None:
        if not self.listen:
            raise ValueError("listen must name at least one address")
        if self.motd_file and self.chat.motd:
            raise ValueError("there is a motd_file and a chat.motd: one must go")
        self.settings  # noqa: B018 - raises for operators of one name

    @property
    def settings(self) -> Settings:
        """What the chat itself is to know."""
        operators = self.chat.operators + self.operators
        return replace(self.chat, operators=operators, sts=self._sts, accounts=self._accounts)

    @property
    def _accounts(self) -> AccountRules:
        """The rules of accounts, with what follows from the tables about tokens and mail."""
        rules = self.chat.accounts
        mechanisms = tuple(name for name in rules.mechanisms if name != OAUTHBEARER)
        if self.tokens.algorithms:
            mechanisms = (*mechanisms, OAUTHBEARER)
        email = rules.email or bool(self.mail.host)  # who is to be mailed a code needs an address
        return replace(rules, mechanisms=mechanisms, email=email)

    def speaks_tls(self, listen: Listen) -> bool:
        """Whether TLS is spoken at this address."""
        return bool(self.tls.certificates) if listen.tls is None else listen.tls

    @property
    def _sts(self) -> Sts | None:
        """The policy that clients are told, if it is true: they would all look for such a port."""
        told = self.sts
        secure = [each for each in self.listen if self.speaks_tls(each)]
        if told is None or not secure:
            return None
        port = told.port or next((it.port for it in secure if it.port and not it.is_local), 0)
        return Sts(port, told.duration, told.preload, told.hostnames) if port else None

    def check(self) -> None:
        """Look at what is wrong only with all that was said. Raises `ConfigError`."""
        if mistakes := tuple(each.text for each in self.mistakes()):
            raise ConfigError(*mistakes)

    def mistakes(self) -> Iterator[Mistake]:
        """What is wrong only with all that was said, by the file and on the command line."""
        for number, each in enumerate(self.listen):
            place: Place = ("listen", number)
            if not self.tls.certificates and (each.tls or not each.plain):
                yield Mistake(
                    place,
                    "listen wants TLS, but there is no certificate: give tls.certificates, or"
                    " tls.self_made = true (--tls)",
                )
            if not (each.is_local or self.speaks_tls(each) or self.insecure):
                yield Mistake(
                    (*place, "host"),
                    f"{each.host or 'every address'} can be reached from other machines, and"
                    " without TLS whoever is on the way reads along: say --tls, or --tls-cert and"
                    " --tls-key (in the file: [tls]); or --insecure (insecure = true) if something"
                    " else encrypts",
                )
        if self.sts is not None and self._sts is None:
            yield Mistake(
                ("sts",),
                "sts would send clients to a port with TLS, and there is none that others can"
                " reach; if there is, by way of something else, say sts.port",
            )


@dataclass(frozen=True, slots=True)
class Source:
    """Where a configuration comes from: a file, if any, and what the command line says over it."""

    path: Path | None
    override: Callable[[Config], Config] = lambda config: config

    @property
    def name(self) -> str:
        """What it is called in an answer to REHASH."""
        return self.path.name if self.path is not None else "options"

    def load(self) -> Config:
        """The configuration as it is by now. Raises `ConfigError`, naming file, line and key."""
        return self.override(Config() if self.path is None else load(self.path))


def load(path: Path) -> Config:
    """The configuration in a file. Raises `ConfigError`, naming file, line and key."""
    return parse(read_file(path), path)


def read_file(path: Path) -> str:
    """The text of a configuration file. Raises `ConfigError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error


def parse(text: str, path: Path | None = None) -> Config:
    """The configuration in a TOML text, which is that of the file `path`.

    Without a `path`, what the text refers to, such as `motd_file`, is not looked at. Raises
    `ConfigError`, naming the line and the key.
    """
    try:
        data = tomllib.loads(text)
        lines = Lines(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(_not_toml(error, path)) from error
    config, mistakes = convert(Config, data)
    if config is not None and path is not None:
        for refer in REFERENCES:
            try:
                config = refer(config, path.parent)
            except Unusable as unusable:
                mistakes.append(unusable.mistake)
    mistakes.sort(key=lambda mistake: lines.line(mistake.place))
    if mistakes or config is None:
        raise ConfigError(*(located(each, lines, path) for each in mistakes))
    return config


def located(mistake: Mistake, lines: Lines, path: Path | None) -> str:
    """A mistake with the place where it stands, as editors and terminals know it."""
    return f"{_where(path, lines.line(mistake.place))}: {mistake.text}"


def _where(path: Path | None, line: int) -> str:
    return f"line {line}" if path is None else f"{path}:{line}"


def _not_toml(error: Exception, path: Path | None) -> str:
    """What `tomllib` says, with the line in front."""
    text, _, where = str(error).partition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", where)
    if found is None:  # at the end, or nested too deep
        return f"{path or 'the configuration'}: not TOML: {error}"
    return f"{_where(path, int(found[1]))}: not TOML: {text} at column {found[2]}"


# -- what the file refers to


class Unusable(Exception):
    """Something that a key refers to cannot be used."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.mistake = Mistake(place, f"{name_of(place)}: {text}")


def read_text(place: Place, path: Path) -> str:
    """The text of a file that a key names. Raises `Unusable`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unusable(place, f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unusable(place, f"{path} is not UTF-8") from error


def _with_motd(config: Config, directory: Path) -> Config:
    """The configuration with the text of its `motd_file` for the message of the day."""
    if not config.motd_file:
        return config
    text = read_text(("motd_file",), directory / config.motd_file)
    try:
        return replace(config, motd_file="", chat=replace(config.chat, motd=text))
    except ValueError as error:
        raise Unusable(("motd_file",), str(error)) from error


def _with_certificates(config: Config, directory: Path) -> Config:
    """The configuration with its certificates where they are; each can be read."""
    found = tuple(each.below(directory) for each in config.tls.certificates)
    if not found:
        return config
    from trio_chat.net.certificates import Certificates

    for number, each in enumerate(found):
        try:
            Certificates([each])
        except CertificateError as error:
            raise Unusable(("tls", "certificates", number), str(error)) from error
    return replace(config, tls=replace(config.tls, certificates=found))


def _without_twins(config: Config, directory: Path) -> Config:
    """The configuration, if no address is in it twice: the machine gives each but once."""
    for number, each in enumerate(config.listen):
        if each.port and each.address in [other.address for other in config.listen[:number]]:
            raise Unusable(("listen", number), f"{each} is there already")
    return config


def _with_token_key(config: Config, directory: Path) -> Config:
    """The configuration with what is in the file of `tokens.key_file` for the key."""
    tokens = config.tokens
    if not tokens.key_file:
        return config
    key = _read_secret(("tokens", "key_file"), directory / tokens.key_file)
    try:
        return replace(config, tokens=replace(tokens, key_file="", key=key))
    except ValueError as error:
        raise Unusable(("tokens", "key_file"), str(error)) from error


def _with_mail_password(config: Config, directory: Path) -> Config:
    """The configuration with what is in the file of `mail.password_file` for the password."""
    mail = config.mail
    if not mail.password_file:
        return config
    password = _read_secret(("mail", "password_file"), directory / mail.password_file)
    return replace(config, mail=replace(mail, password_file="", password=password))


def _read_secret(place: Place, path: Path) -> str:
    """The text of a file, without the line end that editors put behind it."""
    text = read_text(place, path).rstrip("\r\n")
    if not text:
        raise Unusable(place, f"{path} is empty")
    return text


REFERENCES: tuple[Callable[[Config, Path], Config], ...] = (
    _with_motd,
    _with_certificates,
    _without_twins,
    _with_token_key,
    _with_mail_password,
)
"""What looks at the things outside that the file names, as seen from its directory: each gives the
configuration as completed by them, or raises `Unusable`."""
