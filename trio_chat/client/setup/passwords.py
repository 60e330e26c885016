"""Where passwords come from: the person, a command, the system's keyring, a file.

Laws: no password stands in the profiles' file, on the command line or in a message; one is asked
for on the terminal alone, without an echo, and never read from what is piped in.
"""

from __future__ import annotations

import getpass
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Asked:
    """The person is asked."""


@dataclass(frozen=True, slots=True)
class FromKeyring:
    """The system's keyring has it; the person is asked once, and it is kept there."""


@dataclass(frozen=True, slots=True)
class FromCommand:
    """The first line of what a command of the shell prints."""

    command: str


@dataclass(frozen=True, slots=True)
class FromFile:
    """The first line of a file."""

    path: str


Source = Asked | FromKeyring | FromCommand | FromFile

FORMS = '"ask", "keyring", { command = "..." } or { file = "..." }'


def parse_source(value: object) -> Source:
    """The source that a value in the profiles' file tells of.

    Raises `ValueError`, which does not quote it: it may be the password itself.
    """
    match value:
        case "ask":
            return Asked()
        case "keyring":
            return FromKeyring()
        case {"command": str() as command, **rest} if command and not rest:
            return FromCommand(command)
        case {"file": str() as path, **rest} if path and not rest:
            return FromFile(path)
        case str():
            raise ValueError(
                "is no place for the password itself, which whoever sees the file would have: "
                f"say where it comes from, {FORMS}"
            )
    raise ValueError(f"must be {FORMS}")


def value_of(source: Source) -> object:
    """What to write of a source into the profiles' file."""
    match source:
        case Asked():
            return "ask"
        case FromKeyring():
            return "keyring"
        case FromCommand(command):
            return {"command": command}
        case FromFile(path):
            return {"file": path}


def fetch(source: Source, what: str, *, server: str, user: str) -> str:
    """The password; `what` it is, for who is asked, `server` and `user` are its place in a keyring.

    Raises `ValueError` if there is none, `OSError` for a file, `EOFError` and `KeyboardInterrupt`
    from who is asked.
    """
    match source:
        case Asked():
            return ask(f"{what}: ")
        case FromKeyring():
            return _from_keyring(what, server, user)
        case FromCommand(command):
            return _from_command(command)
        case FromFile(path):
            text = Path(path).expanduser().read_text(encoding="utf-8")
            return text.partition("\n")[0].rstrip("\r")


def ask(prompt: str) -> str:
    """What the person types unseen.

    Raises `ValueError` where there is no terminal: `getpass` would read standard input then.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except getpass.GetPassWarning:
        raise ValueError(
            "a password cannot be asked for without a terminal: --password-command or --keyring"
        ) from None


def _from_command(command: str) -> str:
    # What it asks and complains of, the person sees. What is piped to us is not for it.
    stdin = None if sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL
    done = subprocess.run(command, shell=True, stdin=stdin, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise ValueError(f"the command for the password failed with {done.returncode}")
    try:
        return done.stdout.decode().partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise ValueError("the command for the password printed no UTF-8") from None


def keyring_service(server: str) -> str:
    """Under what a server's passwords are in the keyring; the user there is the account."""
    return f"trio-chat {server}"


def _from_keyring(what: str, server: str, user: str) -> str:
    keyring = _keyring()
    service = keyring_service(server)
    try:
        known: str | None = keyring.get_password(service, user)
        if known is None:
            known = ask(f"{what} (the keyring will keep it): ")
            if known:
                keyring.set_password(service, user, known)
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error) from error
    return known


def forget(*, server: str, user: str) -> None:
    """Take a password out of the keyring, if it is there; raises `ValueError`."""
    keyring = _keyring()
    try:
        keyring.delete_password(keyring_service(server), user)
    except keyring.errors.PasswordDeleteError:
        pass  # there is none
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error) from error


def _keyring() -> ModuleType:
    """The library, which few need."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise ValueError(
            "the keyring is reached by the package keyring, which is not installed: "
            'pip install "trio-chat[keyring]"'
        ) from None
    library: ModuleType = keyring
    return library


def _no_keyring(error: Exception) -> ValueError:
    return ValueError(f"the keyring cannot be used: {error}")
