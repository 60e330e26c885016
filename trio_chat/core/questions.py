"""Questions whose answers take time: asked by a command in an `Ask`, answered by an errand.

Law: a question says all that its errand needs; an errand knows nothing of the world.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trio_chat.core.blocklists import Blocklist
from trio_chat.core.settings import Settings


class Question:
    """What an errand can answer. An answer of None means that it could not."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CheckPassword(Question):
    """Whether this password is the one of this argon2 hash. The answer is a bool."""

    password: str = field(repr=False)
    hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpBlocklists(Question):
    """On which of these an IP address is. The answer is a tuple of their zones."""

    address: str
    blocklists: tuple[Blocklist, ...]


@dataclass(frozen=True, slots=True)
class ReadSettings(Question):
    """What the configuration file says by now. The answer is a `Reading`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A configuration file, read again: `settings`, or the `complaint` that says why not.

    `notes` say what has changed in the file but takes a restart to come true.
    """

    file: str
    settings: Settings | None = None
    complaint: str = ""
    notes: tuple[str, ...] = ()
