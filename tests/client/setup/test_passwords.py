"""Where passwords come from, and that they are nowhere else."""

from __future__ import annotations

import getpass
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from trio_chat.client.setup.passwords import (
    Asked,
    FromCommand,
    FromFile,
    FromKeyring,
    Source,
    ask,
    fetch,
    forget,
    keyring_service,
    parse_source,
    value_of,
)

from .person import Person

SOURCES = [
    ("ask", Asked()),
    ("keyring", FromKeyring()),
    ({"command": "pass irc"}, FromCommand("pass irc")),
    ({"file": "~/secret"}, FromFile("~/secret")),
]


class KeyringError(Exception):
    """What the library raises."""


class PasswordDeleteError(KeyringError):
    """There was none."""


class FakeKeyring:
    """The library's functions, and passwords in a dict in the place of the system's store."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble = ""

    def _check(self) -> None:
        if self.trouble:
            raise KeyringError(self.trouble)

    def get_password(self, service: str, user: str) -> str | None:
        self._check()
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self._check()
        self.kept[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        self._check()
        if self.kept.pop((service, user), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    fake = FakeKeyring()
    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    for name in ("get_password", "set_password", "delete_password"):
        setattr(library, name, getattr(fake, name))
    errors.__dict__.update(KeyringError=KeyringError, PasswordDeleteError=PasswordDeleteError)
    library.__dict__["errors"] = errors
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return fake


def password(source: Source) -> str:
    return fetch(source, "Password of alice", server="irc.test:6697", user="alice")


@pytest.mark.parametrize(("value", "source"), SOURCES)
def test_sources_are_written_and_read(value: object, source: Source) -> None:
    assert parse_source(value) == source
    assert value_of(source) == value


@pytest.mark.parametrize(
    "value",
    ["hunter2", "", 5, True, ["ask"], {}, {"command": ""}, {"file": 3}, {"command": "a", "b": "c"}],
)
def test_what_is_no_source_is_refused_and_never_quoted(value: object) -> None:
    with pytest.raises(ValueError, match=r'"ask", "keyring", \{ command') as refused:
        parse_source(value)
    assert "hunter2" not in str(refused.value)


def test_a_person_is_asked(person: Person) -> None:
    person.types(secrets=["sesame"])
    assert password(Asked()) == "sesame"
    assert person.asked == ["Password of alice: "]


def test_nothing_is_taken_for_a_password_where_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def getpass_without_terminal(_: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        raise AssertionError("read from standard input")

    monkeypatch.setattr(getpass, "getpass", getpass_without_terminal)
    with pytest.raises(ValueError, match="without a terminal"):
        ask("Password: ")


def test_a_command_prints_it_in_its_first_line() -> None:
    assert password(FromCommand("printf 'sesame\\r\\nand more\\n'")) == "sesame"


@pytest.mark.parametrize(
    ("command", "why"),
    [("exit 3", "failed with 3"), ("printf '\\377'", "no UTF-8")],
)
def test_a_command_that_fails_is_told_of(command: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        password(FromCommand(command))


def test_what_is_piped_in_is_not_for_the_command(person: Person) -> None:
    person.pipes("hello, everybody\n")
    assert password(FromCommand("cat; echo sesame")) == "sesame"
    assert sys.stdin.read() == "hello, everybody\n"


def test_a_file_has_it_in_its_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text("sesame\nand more\n")
    assert password(FromFile("~/secret")) == "sesame"
    with pytest.raises(OSError, match="nothing"):
        password(FromFile(str(tmp_path / "nothing")))


def test_the_keyring_is_asked_first_and_the_person_once(
    person: Person, keyring: FakeKeyring
) -> None:
    person.types(secrets=["sesame"])
    assert password(FromKeyring()) == "sesame"
    assert password(FromKeyring()) == "sesame"
    assert person.asked == ["Password of alice (the keyring will keep it): "]
    assert keyring.kept == {(keyring_service("irc.test:6697"), "alice"): "sesame"}


def test_nothing_empty_goes_into_the_keyring(person: Person, keyring: FakeKeyring) -> None:
    person.types(secrets=[""])
    assert password(FromKeyring()) == ""
    assert keyring.kept == {}


def test_a_password_is_taken_out_of_the_keyring(person: Person, keyring: FakeKeyring) -> None:
    person.types(secrets=["wrong", "right"])
    assert password(FromKeyring()) == "wrong"
    forget(server="irc.test:6697", user="alice")
    forget(server="irc.test:6697", user="alice")
    assert password(FromKeyring()) == "right"


def test_a_keyring_in_trouble_is_told_of(person: Person, keyring: FakeKeyring) -> None:
    keyring.trouble = "no backend"
    with pytest.raises(ValueError, match="the keyring cannot be used: no backend"):
        password(FromKeyring())
    with pytest.raises(ValueError, match="the keyring cannot be used: no backend"):
        forget(server="irc.test:6697", user="alice")


def test_a_keyring_that_is_not_installed_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ValueError, match=r'pip install "trio-chat\[keyring\]"'):
        password(FromKeyring())
