"""What commands reach beside the chat and the model, and what not every screen has.

Law: a screen has what it can do by having the method; whoever asks for what it has not is told so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable


@runtime_checkable
class AsksSecrets(Protocol):
    """A screen that can ask for a password."""

    async def ask_secret(self, question: str) -> str | None:
        """What the person types, which is neither shown nor remembered; None for second thoughts.

        The question has no space at its end.
        """


@runtime_checkable
class HasKeys(Protocol):
    """A screen on which keys do something."""

    def key_names(self) -> Iterable[tuple[str, str]]:
        """What each key is called, and what it does."""


@runtime_checkable
class Clears(Protocol):
    """A screen that can be emptied; the model stays as it is."""

    def clear(self) -> None:
        """Show nothing but what comes from now on."""
