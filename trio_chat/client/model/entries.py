"""Entries: what there is to show, one thing each.

Laws:

* Text is as it came from outside; whatever shows it cleans it.
* An entry of somebody's message is the one object that stands for it: an edit, a reaction or a
  refusal changes it, so what draws from the model is always right. What can only print tells of
  the change by the entry of kind `AMENDED` that comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Kind(Enum):
    """What an entry is."""

    SAID = "said"
    ACTED = "acted"
    NOTICED = "noticed"
    CHANGED = "changed"
    """Who came and went, topics, modes: something in the room is another than before."""
    AMENDED = "amended"
    """A message shown before, `about`, has been edited, taken back, reacted to or pinned."""
    DIVIDED = "divided"
    """A line between what stands above and below: a date, "missed 12", another room."""
    TOLD = "told"
    """What the client or the server has to say."""
    TROUBLE = "trouble"


MESSAGES = frozenset({Kind.SAID, Kind.ACTED, Kind.NOTICED})
"""The kinds that somebody said: these have numbers, and can be answered."""


class State(Enum):
    """How far a message of our own has come; anybody else's is `SENT`."""

    PENDING = "pending"
    """On its way: the server has not said that it has it."""
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The connection ended before an answer: it may have arrived or not."""


@dataclass(slots=True, eq=False)
class Entry:
    """One thing to show: `where` is its conversation, or empty; `who` spoke, if anybody did."""

    at: datetime
    kind: Kind
    where: str
    who: str
    text: str
    own: bool = False
    private: bool = False
    mention: bool = False
    """Whether it names us, or one of our keywords."""
    names_place: bool = False
    """Whether the text says itself where."""
    msgid: str = ""
    number: int = 0
    """Of a message in its conversation, from 1 in the order of arrival; 0 if it has none."""
    state: State = State.SENT
    reply_to: str = ""
    """The msgid of the message it answers."""
    answers: Entry | None = None
    """That message, if it is known here."""
    about: Entry | None = None
    """The message that an `AMENDED` entry tells of."""
    edited: bool = False
    redacted: bool = False
    """Taken back: the text is not shown any more."""
    pinned: bool = False
    noise: bool = False
    """A coming or going of somebody who has not spoken lately: not shown unless asked for."""
    missed: bool = False
    """Said while we were not there, and read from the history."""
    reactions: dict[str, dict[str, None]] = field(default_factory=dict)
    """Each reaction with the nicks of those who have it, both in the order they came."""

    @property
    def is_message(self) -> bool:
        """Whether somebody said it."""
        return self.kind in MESSAGES
