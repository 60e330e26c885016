"""Somebody who starts the client with arguments, and answers what it asks."""

from __future__ import annotations

import argparse
import getpass
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
import pytest

from trio_chat.client.setup import arguments as setup
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.profiles import ProfileFile


class Keys(io.StringIO):
    """What is typed, as standard input."""

    def isatty(self) -> bool:
        return True


def arguments(*words: str) -> argparse.Namespace:
    """What argparse makes of the words after `trio-chat client`."""
    parser = argparse.ArgumentParser()
    setup.add_arguments(parser)
    return parser.parse_args(words)


class Person:
    """Has directories of their own, and, in a test that says what they type, a terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self._monkeypatch = monkeypatch
        self.home = home
        self.asked: list[str] = []
        """The questions whose answers are not shown."""
        self._secrets: list[str] = []
        for kind in ("config", "data", "log"):
            found = home / kind
            monkeypatch.setattr(
                platformdirs, f"user_{kind}_path", lambda *_, found=found, **__: found
            )
        monkeypatch.setattr(getpass, "getpass", self._getpass)
        monkeypatch.setattr(getpass, "getuser", lambda: "ada")

    def types(self, *lines: str, secrets: Sequence[str] = ()) -> None:
        """What they will answer; after that, they leave by Ctrl-D.

        To be called in the test itself: pytest puts its own standard input in place before that.
        """
        self._monkeypatch.setattr(sys, "stdin", Keys("".join(f"{line}\n" for line in lines)))
        self._monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        self._secrets = list(secrets)

    def pipes(self, text: str = "") -> None:
        """Standard input is no terminal, but this text."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    def _getpass(self, prompt: str) -> str:
        self.asked.append(prompt)
        if not self._secrets:
            raise EOFError
        return self._secrets.pop(0)

    def writes(self, toml: str) -> None:
        """The profiles' file."""
        self.file.path.parent.mkdir(parents=True, exist_ok=True)
        self.file.path.write_text(toml)

    @property
    def file(self) -> ProfileFile:
        return ProfileFile()

    @property
    def toml(self) -> str:
        return self.file.path.read_text()

    def starts(self, *words: str) -> Options:
        """The options that it comes to."""
        return setup.choose(arguments(*words))
