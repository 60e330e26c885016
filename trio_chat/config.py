"""The server's configuration: a TOML file, checked key by key.

Law: what the file cannot say wrongly is not checked twice: names and types here, values where they
are defined.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from trio_chat.core.privileges import Operator
from trio_chat.core.settings import Settings
from trio_chat.logs import LogFormat
from trio_chat.net.connection import ConnectionLimits

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class Listen:
    """One address to listen on; port 0 picks a free one."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError("port must be 0 to 65535")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is printed, and how: `format` is `human` or `json`; `quiet` hides the live view."""

    format: LogFormat = "human"
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """Who may connect by WebSocket: clients that are no browsers, pages of this host, and pages of
    `origins` (`https://chat.example.org`); `*` stands for every page."""

    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """All that can be set; every key has a default.

    In the file: `data = "DIR"`, `motd_file = "FILE"`, `[[listen]]` once per address,
    `[[operators]]` once per operator, `[chat]`, `[chat.limits]`, `[chat.admin]`, `[connection]`,
    `[websocket]` and `[log]`.
    """

    data: str | None = None
    motd_file: str = ""
    """Where the message of the day is, in the place of `chat.motd`, as seen from this file."""
    listen: tuple[Listen, ...] = (Listen(),)
    operators: tuple[Operator, ...] = ()
    chat: Settings = field(default_factory=Settings)
    connection: ConnectionLimits = field(default_factory=ConnectionLimits)
    websocket: WebSocketSettings = field(default_factory=WebSocketSettings)
    log: LogSettings = field(default_factory=LogSettings)

    def __post_init__(self) -> None:
        if not self.listen:
            raise ValueError("listen must name at least one address")
        if self.motd_file and self.chat.motd:
            raise ValueError("there is a motd_file and a chat.motd: one must go")
        self.settings  # noqa: B018 - raises for operators of one name

    @property
    def settings(self) -> Settings:
        """What the chat itself is to know."""
        return replace(self.chat, operators=self.chat.operators + self.operators)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a configuration comes from: a file, and what the command line says over it."""

    path: Path
    override: Callable[[Config], Config] = lambda config: config

    def load(self) -> Config:
        """The configuration as it is by now. Raises `ConfigError`, naming file and key."""
        return self.override(load(self.path))


def load(path: Path) -> Config:
    """The configuration in a file. Raises `ConfigError`, naming file and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    try:
        config = parse(text)
        return _with_motd(config, path.parent) if config.motd_file else config
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _with_motd(config: Config, directory: Path) -> Config:
    """The configuration with the text of its `motd_file` for the message of the day."""
    path = directory / config.motd_file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read motd_file {path}: {error}") from error
    return replace(config, motd_file="", chat=replace(config.chat, motd=text))


def parse(text: str) -> Config:
    """The configuration in a TOML text; a `motd_file` is not looked at.

    Raises `ConfigError`, naming the line or the key.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"not TOML: {error}") from error
    _refuse_unknown_keys(data, Config, "")
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(str(error).replace("`$.", "`")) from error


def _refuse_unknown_keys(data: dict[str, Any], kind: type, where: str) -> None:
    """A misspelt key must not be taken for a default; msgspec passes over it in a dataclass."""
    hints = get_type_hints(kind)
    known = {each.name: hints[each.name] for each in fields(kind) if not each.metadata}
    for key, value in data.items():
        if key not in known:
            names = ", ".join(known)
            raise ConfigError(f"unknown key `{where}{key}`; known here: {names}")
        inner = next(iter(get_args(known[key])), known[key])  # of a tuple, what it holds
        if not (isinstance(inner, type) and is_dataclass(inner)):
            continue
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict):
                _refuse_unknown_keys(table, inner, f"{where}{key}.")
