"""The targets there are, and the inputs kept for each.

Law: this module imports no target. The fuzzer must have its hook in place before it does.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

CORPUS = Path(__file__).with_name("corpus")
"""For every target a folder of its inputs; the name of a file is the SHA-1 of what is in it."""

TARGETS = ("message", "formatted", "lines", "names", "sasl", "login", "websocket", "connection")
"""The modules of this package that are targets, those of the smallest parts first."""


class Target(Protocol):
    """A module with a target in it."""

    WORDS: tuple[bytes, ...]
    """What the fuzzer would not easily come upon by itself."""

    @staticmethod
    def check(data: bytes, /) -> None:
        """Have one input handled. Raises `AssertionError`, or whatever was raised by mistake."""


def load(name: str) -> Target:
    """The target of that name."""
    return cast("Target", import_module(f"{__package__}.{name}"))


def corpus(name: str) -> list[Path]:
    """The inputs kept for a target, in order."""
    return sorted((CORPUS / name).iterdir())
