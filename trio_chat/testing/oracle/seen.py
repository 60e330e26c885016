"""What a client sees, in parts: rooms it is in, what is done there, batches, pages of history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trio_chat.testing.oracle.sayings import Said
from trio_chat.wire.message import Message

if TYPE_CHECKING:
    from trio_chat.testing.oracle.views import View

REPLAYED = ("chathistory", "search", "soju.im/search", "trio-chat/pins", "znc.in/playback")
"""The types of batches in which things are shown that were said earlier."""

MULTILINE = "draft/multiline"


class Item:
    """Something that one client saw in a room, while it was in it."""

    __slots__ = ("id", "index", "is_own", "may_be_old", "message", "nick", "said")

    def __init__(
        self, index: int, message: Message, nick: str, said: Said | None, is_own: bool
    ) -> None:
        self.index = index
        """Where in the journal."""
        self.message = message
        self.nick = nick
        """Whose deed it is, folded; of a KICK who was kicked."""
        self.said = said
        self.is_own = is_own
        """Whether it is the client's own."""
        self.may_be_old = False
        """Whether nobody can say if it was said now, or is shown once more."""
        self.id = -1
        """The number under which others saw the same; -1 as long as it is not known which it is."""


class Stay:
    """One client's time in a room."""

    __slots__ = ("began", "ended", "how", "items", "knows", "last_several", "members", "naming",
                 "room", "started", "view")  # fmt: skip

    def __init__(self, view: View, room: str, began: int, started: Message | None) -> None:
        self.view = view
        self.room = room
        """Its name, folded."""
        self.began = began
        """Where in the journal."""
        self.started = started
        """The JOIN; None if it came from a room of another name."""
        self.ended: int | None = None
        """Where in the journal; None if it never did, but for the end of the connection."""
        self.how = ""
        """PART, KICK or RENAME."""
        self.items: list[Item] = []
        self.members: dict[str, str] = {}
        """The nicks of those who are here, by their folded form."""
        self.knows = False
        """Whether these are known to be all."""
        self.naming: dict[str, str] | None = None
        """The names of an answer to NAMES that is not complete yet."""
        self.last_several: Said | None = None
        """The message of several lines that is shown line by line at present."""


class Batch:
    """A batch of the server that is open."""

    __slots__ = ("index", "kind", "lines", "opening", "replay")

    def __init__(self, opening: Message, kind: str, index: int, replay: Batch | None) -> None:
        self.opening = opening
        self.kind = kind
        self.index = index
        self.lines: list[Message] = []
        self.replay = replay
        """The batch it is part of in which things are shown once more; it may be itself."""

    @property
    def gathers(self) -> bool:
        """Whether its lines are taken as a whole, when it is closed."""
        return self.replay is not None or self.kind == MULTILINE


class Page:
    """A part of a history, as a client was shown it (chathistory)."""

    __slots__ = ("index", "messages", "target")

    def __init__(self, index: int, target: str, messages: list[Message]) -> None:
        self.index = index
        """Where in the journal it begins."""
        self.target = target
        """The room or nick, folded."""
        self.messages = messages
        """The oldest first; one of several lines as a `BATCH` with its tags and the first line."""
