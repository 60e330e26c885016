"""Which line answers which request: by its label, or by what it is about.

Laws: no I/O; a request is settled once; what is kept of an answer is bounded. With
labeled-response the server names the request it answers. Without, the oldest request that a line
can be the answer to has it: so a server must answer alike requests in order, and all do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import trio

from trio_chat.client.errors import ChatError, is_refusal, refusal
from trio_chat.client.mirror import Mirror
from trio_chat.wire.message import Message

MOST_REPLIES = 10_000
"""Lines kept of one answer; WHO of the largest rooms has fewer."""

MOST_BATCHES = 100
"""Batches open at a time: one for each request, and a few nested."""


@dataclass(frozen=True, slots=True)
class Request:
    """A line to send, and what answers it.

    One of `ends` that names the room or nick it is `about` is the answer, or closes it; replies
    of `collects` belong to the answer and are no events of their own.
    """

    message: Message
    about: str
    ends: frozenset[str] = frozenset()
    collects: frozenset[str] = frozenset()


class Question:
    """A request on its way: `settled` once answered, then with `replies` or an `error`."""

    __slots__ = ("error", "label", "replies", "request", "settled")

    def __init__(self, request: Request, label: str) -> None:
        self.request = request
        self.label = label
        self.replies: list[Message] = []
        self.error: ChatError | None = None
        self.settled = trio.Event()

    def add(self, message: Message) -> None:
        """One more line of the answer; the first refusal among them is the outcome."""
        if is_refusal(message) and self.error is None:
            self.error = refusal(message)
        if len(self.replies) < MOST_REPLIES:
            self.replies.append(message)


class Answers:
    """The requests that wait for an answer, oldest first."""

    __slots__ = ("_batches", "_mirror", "_next_label", "_questions")

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._questions: dict[Question, None] = {}
        self._batches: dict[str, Question] = {}
        self._next_label = 0

    def __len__(self) -> int:
        return len(self._questions)

    def ask(self, request: Request) -> tuple[Question, Message]:
        """A new question, and the line to send for it."""
        label, message = "", request.message
        if "labeled-response" in self._mirror.capabilities:
            self._next_label += 1
            label = f"{self._next_label:x}"
            tags = {**message.tags, "label": label}
            message = Message(message.command, message.params, message.source, tags)
        question = Question(request, label)
        self._questions[question] = None
        return question, message

    def forget(self, question: Question) -> None:
        """Nobody waits for this answer any more."""
        self._questions.pop(question, None)
        for reference in [ref for ref, asked in self._batches.items() if asked is question]:
            del self._batches[reference]

    def give_up(self, error: ChatError) -> None:
        """No answer will come to any question."""
        for question in list(self._questions):
            question.error = error
            self._settle(question)

    def take(self, message: Message) -> bool:
        """Settle what this line answers; whether it is nothing but an answer, so no event.

        Call it before the state follows the message: our own NICK is told by the old nick.
        """
        if not self._questions:
            return False
        question = self._labelled(message) or self._unlabelled(message)
        if question is None:
            return False
        if message.command in ("BATCH", "ACK"):
            return True
        return is_refusal(message) or message.command in question.request.collects

    def _settle(self, question: Question) -> None:
        self.forget(question)
        question.settled.set()

    def _labelled(self, message: Message) -> Question | None:
        tags, params = message.tags, message.params
        if message.command == "BATCH" and params and params[0][:1] == "-":
            ended = self._batches.pop(params[0][1:], None)
            # A batch within the batch ends without ending the answer.
            if ended is not None and ended not in self._batches.values():
                self._settle(ended)
            return ended
        question = self._batches.get(tags.get("batch", ""))
        if message.command == "BATCH" and params and params[0][:1] == "+":
            question = question or self._by_label(tags.get("label", ""))
            if question is not None and len(self._batches) < MOST_BATCHES:
                self._batches[params[0][1:]] = question
            return question
        if question is not None:
            question.add(message)
            return question
        question = self._by_label(tags.get("label", ""))
        if question is not None:
            question.add(message)
            self._settle(question)
        return question

    def _by_label(self, label: str) -> Question | None:
        if not label:
            return None
        return next((asked for asked in self._questions if asked.label == label), None)

    def _unlabelled(self, message: Message) -> Question | None:
        for question in self._waiting_without_label():
            request = question.request
            ending = (message.command in request.ends and self._ends(message, request)) or (
                is_refusal(message) and self._refuses(message, request)
            )
            if ending or message.command in request.collects:
                question.add(message)
                if ending:
                    self._settle(question)
                return question
        return None

    def _waiting_without_label(self) -> Iterator[Question]:
        return (question for question in list(self._questions) if not question.label)

    def _ends(self, message: Message, request: Request) -> bool:
        # Numerics are always for us; JOIN, PART and their like only from ourselves.
        ours = message.command.isdigit() or self._mirror.same(message.nick, self._mirror.nick)
        return ours and any(self._mirror.same(param, request.about) for param in message.params)

    def _refuses(self, message: Message, request: Request) -> bool:
        if message.command == "FAIL":
            return message.params[:1] == (request.message.command,)
        # 461 and 421 name the command where the others name what the request was about.
        named = message.params[1:-1]
        return request.message.command in named or any(
            self._mirror.same(name, request.about) for name in named
        )
