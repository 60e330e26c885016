"""What the chat wants done, told by `step`: imperatives.

Law: one effect per audience, never one per member.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from trio_chat.wire.message import Message

if TYPE_CHECKING:
    from trio_chat.core.history import Place
    from trio_chat.core.questions import Question
    from trio_chat.core.records import Record
    from trio_chat.core.state import Session


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a message to every session of the audience but `omit`.

    `need` and `lack` (capability bits) narrow it to the sessions that have all of the one and none
    of the other: the way to say one thing in two forms. `solicited` is False for what would have
    come to the session anyway, such as its message to itself: it is no answer and gets no label.
    """

    audience: tuple[Session, ...]
    message: Message
    omit: Session | None = None
    need: int = 0
    lack: int = 0
    solicited: bool = True

    def reaches(self, session: Session) -> bool:
        """Whether a session of the audience is among those meant."""
        caps = session.caps
        return session is not self.omit and not (self.need & ~caps or self.lack & caps)


@dataclass(frozen=True, slots=True)
class Retag:
    """Send a session the tags of its capabilities as they are by now.

    Messages are encoded after the event is over: but for this, the answer that grants or takes a
    tag, and those before it, would have the tags of afterwards.
    """

    session: Session


@dataclass(frozen=True, slots=True)
class Close:
    """End a session's connection once everything delivered to it has been sent."""

    session: Session
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Have a slow question answered outside the hub; the answer comes back as `Answered`."""

    session: Session
    question: Question


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Stop the server, or stop it and start it anew."""

    reason: str
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """Have a record outlive the server. Nobody waits for it; nothing is delivered because of it."""

    record: Record


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Have a message kept in the history of a place, in the order of these effects.

    Its msgid is among its tags. `at` is a Unix time. `by` is the session that said it: what the
    event answers it (echo, label) waits until the message is on disk. `is_closed` says that not
    everyone could have come and listened. `label` is that of the answer (labeled-response).
    """

    place: Place
    message: Message
    at: float
    by: Session | None = None
    is_closed: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Separate:
    """Take what follows for the effects of another line.

    Of lines that have waited behind a question many are obeyed at once. What was said by one is
    kept or not, and then its answers wait, or come to nothing; those to the others do not.
    """


@dataclass(frozen=True, slots=True)
class Conclude:
    """End the history of a room: what was said there so far, nobody is to read any more.

    Whoever opens a room of that name again begins with none.
    """

    place: str


@dataclass(frozen=True, slots=True)
class Log:
    """Write into the server's log what its operators did, or tried to do."""

    text: str


class Deed(Enum):
    """What a `Report` tells of."""

    CONNECTED = "connected"
    LEFT = "left"
    JOINED = "joined"
    PARTED = "parted"
    KICKED = "kicked"
    RENAMED = "renamed"
    SAID = "said"
    NOTICED = "noticed"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Report:
    """Show the operator, live, what happened in public; never made for anything private.

    `text` is what was said, a reason, or the new nick.
    """

    deed: Deed
    nick: str
    room: str = ""
    text: str = ""


Effect = (
    Deliver | Retag | Close | Ask | Keep | Chronicle | Separate | Conclude | ShutDown | Log | Report
)
