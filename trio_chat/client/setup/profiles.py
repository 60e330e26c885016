"""The profiles: servers by a name of one's own, and settings, in a TOML file.

    [settings]                  # of all profiles
    time = "12h"

    [profiles.home]
    host = "chat.example.org"
    nick = "alice"
    login = "alice"
    password = "keyring"

    [profiles.home.settings]    # of this one
    bell = false

Laws: whatever is wrong in the file is told with its line, and nothing in it is passed over; it is
changed one value at a time, and its comments stay; nobody else on the machine may read it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from trio_chat.client.private_file import write_privately
from trio_chat.client.setup import toml_text
from trio_chat.client.setup.address import DEFAULT_HOST, PROFILE_NAME
from trio_chat.client.setup.passwords import FORMS, Source, parse_source
from trio_chat.client.setup.settings import Settings, WrongSetting, with_values
from trio_chat.client.setup.toml_text import Place
from trio_chat.client.setup.values import Value

DEFAULT = "default"
"""The profile of `trio-chat client` without an address."""

NO_NAME = "no name of a profile: letters, digits, - and _, at most 64"


@dataclass(frozen=True, slots=True)
class Profile:
    """What the file says of a server; what it leaves open is None or empty."""

    host: str = DEFAULT_HOST
    port: int | None = None
    tls: bool | None = None
    fingerprint: str | None = None
    cert: str | None = None
    key: str | None = None
    nick: str = ""
    realname: str = ""
    login: str | None = None
    password: Source | None = None
    server_password: Source | None = None
    rooms: tuple[str, ...] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All that the file says."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    def settings_of(self, name: str) -> Settings:
        """The settings with a profile, or with none."""
        own = self.profiles[name].settings if name in self.profiles else {}
        return with_values(Settings(), {**self.settings, **own})


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a profile: what it may be, for people, and how its value is read."""

    kind: str
    help: str
    read: Callable[[Any], object]


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError(f"must be a text, and not {value!r}")
    return value


def _path(value: object) -> str:
    return str(Path(_text(value)).expanduser())


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, and not {value!r}")
    return value


def _port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise ValueError(f"must be a port from 1 to 65535, and not {value!r}")
    return value


def _rooms(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of rooms, and not {value!r}")
    return tuple(_text(each) for each in value)


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table, and not {value!r}")
    return value


KEYS: Mapping[str, Key] = {
    "host": Key("text", "the server", _text),
    "port": Key("number", "its port", _port),
    "tls": Key("true or false", "`true` for TLS, `false` for plain text", _flag),
    "fingerprint": Key("text", "the SHA-256 that its certificate must have", _text),
    "cert": Key("text", "a file with a certificate of your own, to show it", _path),
    "key": Key("text", "the file with its key, if it is another", _path),
    "nick": Key("text", "who to be", _text),
    "realname": Key("text", "what else you are called", _text),
    "login": Key("text", "the account to log in to", _text),
    "password": Key(f"`{FORMS}`", "where the account's password comes from", parse_source),
    "server_password": Key("the same", "where the server's password comes from", parse_source),
    "rooms": Key("list", 'the rooms to join, `"ROOM KEY"` for one with a key', _rooms),
    "settings": Key("table", "settings for this profile alone", _table),
}
"""What there may be in a profile, in the order of the page."""


def check_name(name: str) -> None:
    """Raises `ValueError` for what cannot be the name of a profile."""
    if not PROFILE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is {NO_NAME}")


class ProfileFile:
    """The file; it need not exist. Every method raises `OSError`, and `ValueError` for what is
    wrong in it."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or (
            platformdirs.user_config_path("trio-chat", appauthor=False) / "client.toml"
        )

    def read(self) -> Profiles:
        """What it says, checked."""
        text = self._text()
        data = self._data(text)
        try:
            return _checked(data)
        except _Wrong as wrong:
            line = toml_text.line_of(text, wrong.place)
            raise ValueError(f"{self.path}, line {line}: {wrong}") from None

    def set_values(
        self, table: Place, values: Mapping[str, object], remove: Iterable[str] = ()
    ) -> None:
        """Set keys of a table, remove others, and leave all else as it is."""
        text = self._text()
        self._data(text)
        try:
            for key in remove:
                text = toml_text.without(text, (*table, key))
            for key, value in values.items():
                text = toml_text.with_value(text, (*table, key), value)
        except toml_text.CannotChange as error:
            raise ValueError(f"{self.path}: {error}") from error
        write_privately(self.path, text.encode())

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode()
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path} is not valid UTF-8") from error

    def _data(self, text: str) -> dict[str, Any]:
        try:
            return toml_text.read(text)
        except ValueError as error:  # also for a number of thousands of digits
            raise ValueError(f"{self.path}: {error}") from error


@dataclass(frozen=True, slots=True)
class Kept:
    """Where what is changed in the chat is kept for the next time: the file, and a profile in it,
    or none. Every method raises `OSError`, and `ValueError` if the file cannot be changed."""

    file: ProfileFile
    profile: str = ""

    def keep(self, name: str, value: Value) -> None:
        """Keep a setting: of the profile if that has one of its own, else of all."""
        profile = self.file.read().profiles.get(self.profile)
        is_own = profile is not None and name in profile.settings
        table = ("profiles", self.profile, "settings") if is_own else ("settings",)
        self.file.set_values(table, {name: value})

    def keep_login(self, account: str, certificate: Path | None = None) -> bool:
        """Log in to this account from the next time on, by a certificate if there is one.

        False if there is no profile to say so in.
        """
        before = self.file.read().profiles.get(self.profile)
        if before is None:
            return False
        values = {"login": account}
        gone = set() if before.login == account else {"password", "cert", "key"}
        if certificate is not None:
            values["cert"] = str(certificate)
            gone |= {"password", "key"}  # which would go before it
        self.file.set_values(("profiles", self.profile), values, sorted(gone - values.keys()))
        return True


class _Wrong(ValueError):
    """What is wrong at a place of the file."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(f"{'.'.join(place)} {why}" if place else why)
        self.place = place


def _checked(data: Mapping[str, Any]) -> Profiles:
    _know(data, ("settings", "profiles"), ())
    settings = _settings(data.get("settings", {}), ("settings",))
    profiles = data.get("profiles", {})
    if not isinstance(profiles, dict):
        raise _Wrong(("profiles",), "must be tables, each under [profiles.NAME]")
    return Profiles({name: _profile(name, each) for name, each in profiles.items()}, settings)


def _know(keys: Iterable[str], known: Iterable[str], place: Place) -> None:
    known = tuple(known)
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
            raise _Wrong((*place, key), f"is no key: {hint}")


def _settings(value: object, place: Place) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _Wrong(place, "must be a table")
    try:
        with_values(Settings(), value)
    except WrongSetting as wrong:
        raise _Wrong((*place, wrong.name), wrong.why) from None
    return value


def _profile(name: str, table: object) -> Profile:
    place = ("profiles", name)
    if not PROFILE_NAME.fullmatch(name):
        raise _Wrong(place, f"is {NO_NAME}")
    if not isinstance(table, dict):
        raise _Wrong(place, f"must be a table, under [profiles.{name}]")
    _know(table, KEYS, place)
    values: dict[str, Any] = {}
    for key, value in table.items():
        try:
            values[key] = KEYS[key].read(value)
        except ValueError as error:
            raise _Wrong((*place, key), str(error)) from None
    if "password" in values and "login" not in values:
        raise _Wrong((*place, "password"), "is of an account: login says of which")
    if "settings" in values:
        _settings(values["settings"], (*place, "settings"))
    return Profile(**values)
