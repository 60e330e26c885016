"""Lines that belong together (IRCv3 batch): which are open; messages of several lines made whole.

Laws:

* Bounded, whatever the server opens and never closes: past the limits the batch that was opened
  first is forgotten, and of a message of too many lines the rest is left out.
* A message of several lines (multiline) comes out once, when it is whole, with the tags of its
  opening: nobody after this sees its lines, nor its BATCH.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trio_chat.wire.message import Message

MOST_OPEN = 100
"""Batches open at a time: real servers have one or two, nested."""

MOST_HELD = 1_000_000
"""Bytes of all unfinished messages together: multiline's own example allows 40,000 for one."""

_LINE_COST = 100
"""Bytes counted for a line beside its text: the memory that an empty one takes."""

MULTILINE = "draft/multiline"

CONCAT = "draft/multiline-concat"

HISTORY = frozenset(
    {"chathistory", "znc.in/playback", "search", "draft/search", "soju.im/search"}
    | {"trio-chat/pins"}
)
"""Types whose lines tell of what is long over."""


@dataclass(slots=True, eq=False)
class Batch:
    """An open batch: `history` if its lines, or those of one around it, are long over.

    `place` is the room or nick whose history it is, if it says so.
    """

    opening: Message
    type: str
    history: bool
    place: str
    lines: list[Message] = field(default_factory=list)
    held: int = 0


class Batches:
    """The batches that are open, by their references."""

    __slots__ = ("_held", "_open")

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}
        self._held = 0

    def take(self, message: Message) -> Message | None:
        """What to go on with: the message, or the whole that it completes, or nothing yet."""
        batch = self.around(message)
        if message.command == "BATCH":
            return self._follow(message, batch)
        if batch is None or batch.type != MULTILINE:
            return message
        if message.command in ("PRIVMSG", "NOTICE"):
            self._hold(batch, message)
            return None
        return message

    def around(self, message: Message) -> Batch | None:
        """The open batch that a message is in; for the one that ends a batch, that one."""
        reference = _ended(message) or message.tags.get("batch", "")
        return self._open.get(reference)

    def close(self, message: Message) -> None:
        """Forget a batch with the message that ends it, once all else is done with it."""
        self._forget(_ended(message))

    def _follow(self, message: Message, around: Batch | None) -> Message | None:
        reference = message.params[0] if message.params else ""
        if reference[:1] == "+" and len(reference) > 1:
            opened = self._begin(reference[1:], message, around)
            return None if opened.type == MULTILINE else message
        if around is not None and around.type == MULTILINE and _ended(message):
            self.close(message)
            return _whole(around)
        return message

    def _begin(self, reference: str, message: Message, around: Batch | None) -> Batch:
        self._forget(reference)
        if len(self._open) >= MOST_OPEN:
            self._forget(next(iter(self._open)))
        kind = message.params[1] if len(message.params) > 1 else ""
        history = kind in HISTORY
        place = message.params[2] if history and len(message.params) > 2 else ""
        if around is not None and around.history:
            history, place = True, place or around.place
        batch = self._open[reference] = Batch(message, kind, history, place)
        return batch

    def _hold(self, batch: Batch, message: Message) -> None:
        size = _LINE_COST + len(message.params[-1]) if message.params else _LINE_COST
        if self._held + size <= MOST_HELD:
            # Of each line its text is kept, and its tags are not.
            concat = {CONCAT: ""} if CONCAT in message.tags else {}
            batch.lines.append(Message(message.command, message.params, message.source, concat))
            batch.held += size
            self._held += size

    def _forget(self, reference: str) -> None:
        batch = self._open.pop(reference, None)
        if batch is not None:
            self._held -= batch.held


def _ended(message: Message) -> str:
    """The reference of the batch that a line ends, or empty."""
    is_end = message.command == "BATCH" and message.params and message.params[0][:1] == "-"
    return message.params[0][1:] if is_end else ""


def _whole(batch: Batch) -> Message | None:
    """The message that a batch of lines is, as if it had come in one; None for one of no line."""
    if not batch.lines:
        return None
    first = batch.lines[0]
    text = ""
    for line in batch.lines:
        if line is not first and CONCAT not in line.tags:
            text += "\n"
        text += line.params[1] if len(line.params) > 1 else ""
    target = batch.opening.params[2] if len(batch.opening.params) > 2 else ""
    source = batch.opening.source or first.source
    return Message(
        first.command, (target or first.params[0], text), source, dict(batch.opening.tags)
    )
