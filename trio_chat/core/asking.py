"""Commands that must wait for an answer: how they ask, and what is remembered meanwhile.

Laws:

* A session waits for one answer at a time; its further lines wait with it, in order.
* What follows the answer is a function of the world as it is then: it looks everything up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from trio_chat.core.effects import Ask, Effect
from trio_chat.core.questions import Question
from trio_chat.core.state import Session, World
from trio_chat.wire.message import Malformed, Message

WAITING_LINES = 4096
"""Lines of one session that may wait for an answer. Its connection sends no more once it
knows of the question, so these are what was under way: seldom more than a few."""

Then = Callable[[World, Session, Any], Iterator[Effect]]
"""What to do with the answer to a question; None stands for a question nobody could answer."""


@dataclass(slots=True, eq=False)
class Asked:
    """A command of a session that waits for its answer."""

    then: Then
    command: str
    label: str = ""
    """The label of the command, and the answers it has had so far (labeled-response)."""
    answers: list[Message] = field(default_factory=list)
    is_dispensable: bool = False
    """Whether somebody who goes need not be answered: what waits is obeyed without."""
    waiting: list[Message | Malformed] = field(default_factory=list)


def ask(session: Session, question: Question, command: str, then: Then) -> Ask:
    """The effect that has a question answered, for a session that asks nothing else by now.

    A command yields it last; `then(world, session, answer)` goes on with it.
    """
    session.asked = Asked(then, command)
    return Ask(session, question)
