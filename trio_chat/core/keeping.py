"""What people are told when something could not be kept, and when the disk has failed or is back.

Law: whoever said something learns that it is not in the history; all who heard it have heard it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trio_chat.core.audit import tell_staff
from trio_chat.core.effects import Deliver, Effect, Log
from trio_chat.core.events import KeepingChanged, NotKept
from trio_chat.core.labels import one_response
from trio_chat.core.replies import Refusal, refusal_message
from trio_chat.core.state import World
from trio_chat.wire.message import Message


def tell_not_kept(world: World, event: NotKept) -> Iterator[Effect]:
    """Answer what a session said with the failure to keep it, in the place of the echo."""
    session = world.sessions.get(event.session)
    if session is None:
        return
    answers: dict[str, list[Message]] = {}
    for lost in event.lost:
        command, target = lost.message.command, lost.message.params[0]
        text = "Your message was delivered, but could not be kept"
        answer = refusal_message(world, session, Refusal("NOT_KEPT", target, text), command)
        answers.setdefault(lost.label, []).append(answer.message)
    # Of lines that have waited behind a question, each may have a label of its own. It is none of
    # the command's that waits for an answer by now: `gather` would take it for that.
    for label, its in answers.items():
        if label:
            yield from one_response(world, session, label, its)
        else:
            yield from (Deliver((session,), message) for message in its)


def tell_keeping_changed(world: World, event: KeepingChanged) -> Iterator[Effect]:
    """Tell the operators that nothing can be kept, or that all can be again."""
    if event.fault:
        text = f"Nothing can be kept: {event.fault}; what is said reaches all, but no history"
    else:
        text = "What is said is kept again"
    yield Log(text)
    yield from tell_staff(world, "rehash", text)
