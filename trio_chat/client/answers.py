"""Which line answers which request: by its label, or by what it is about.

Laws: no I/O; a request is settled once; what is kept of an answer is bounded. With
labeled-response the server names the request it answers. Without, the oldest request that a line
can be the answer to has it: so a server must answer alike requests in order, and all do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import trio

from trio_chat.client.errors import ChatError, is_refusal, refusal
from trio_chat.client.mirror import Mirror
from trio_chat.wire.message import Message

MOST_REPLIES = 10_000
"""Lines kept of one answer; WHO of the largest rooms has fewer."""

MOST_BYTES = 16_000_000
"""Bytes kept of one answer, tags included: ours has half a megabyte in a page of history."""

MOST_BATCHES = 100
"""Batches open at a time: one for each request, and a few nested."""

# What a server itself answers us by, where others answer in our name or with a numeric.
_OF_SERVERS = frozenset({"AUTHENTICATE", "CAP", "MARKREAD", "REGISTER", "VERIFY"})

# Refusals of one command alone, which name neither it nor what it was about, but what of it is
# wrong: a mode's letter (Modern IRC, ERR_UNKNOWNMODE, ERR_UMODEUNKNOWNFLAG, ERR_USERSDONTMATCH), or
# the nicks that were too many (monitor, ERR_MONLISTFULL).
_REFUSALS = {"472": "MODE", "501": "MODE", "502": "MODE", "734": "MONITOR"}


@dataclass(frozen=True, slots=True)
class Request:
    """A line to send, with the `rest` of those that belong to it, and what answers it.

    One of `ends` that names the room or nick it is `about`, or that `fits`, is the answer, or
    closes it; replies of `collects` belong to the answer and are no events of their own. A batch
    of a type in `batches` is the answer as a whole. A request that is `silent` may be answered by
    nothing at all: it is settled when a later one is. `token` is for what comes of it.
    """

    message: Message
    about: str
    ends: frozenset[str] = frozenset()
    collects: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()
    fits: Callable[[Message], bool] | None = None
    rest: tuple[Message, ...] = ()
    silent: bool = False
    token: str = ""


class Question:
    """A request on its way: `settled` once answered, then with `replies` or an `error`."""

    __slots__ = ("_held", "error", "label", "replies", "request", "settled")

    def __init__(self, request: Request, label: str) -> None:
        self.request = request
        self.label = label
        self.replies: list[Message] = []
        self.error: ChatError | None = None
        self.settled = trio.Event()
        self._held = 0

    def add(self, message: Message) -> None:
        """One more line of the answer; the first refusal among them is the outcome."""
        if is_refusal(message) and self.error is None:
            self.error = refusal(message)
        size = sum(map(len, message.params)) + sum(map(len, message.tags.values()))
        if len(self.replies) < MOST_REPLIES and self._held + size <= MOST_BYTES:
            self.replies.append(message)
            self._held += size

    def owns(self, message: Message) -> bool:
        """Whether a line of the answer is nothing but that, so no event."""
        request = self.request
        return (
            message.command in ("BATCH", "ACK")
            or is_refusal(message)
            or message.command in request.collects
            or bool(request.batches)
        )


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

    def waits_for(self, command: str) -> bool:
        """Whether a request by this command has no answer yet."""
        return any(question.request.message.command == command for question in self._questions)

    def ask(self, request: Request) -> tuple[Question, list[Message]]:
        """A new question, and the lines to send for it."""
        label, message = "", request.message
        if "labeled-response" in self._mirror.capabilities:
            self._next_label += 1
            label = f"{self._next_label:x}"
            message = replace(message, tags={**message.tags, "label": label})
        question = Question(request, label)
        self._questions[question] = None
        return question, [message, *request.rest]

    def expect(self, request: Request) -> Question:
        """A new question that is sent otherwise, and without a label: one of several in a line."""
        question = Question(request, "")
        self._questions[question] = None
        return question

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

    def take(self, message: Message) -> Question | None:
        """Settle what this line answers; the question it is an answer to, if it is one.

        Call it before the state follows the message: our own NICK is told by the old nick.
        """
        if not self._questions:
            return None
        return self._labelled(message) or self._unlabelled(message)

    def _settle(self, question: Question) -> None:
        for earlier in list(self._questions):
            if earlier is question:
                break
            if earlier.request.silent and not earlier.label:
                self.forget(earlier)
                earlier.settled.set()
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
            if question is not None:
                self._open(params[0][1:], question)
            return question
        if question is not None:
            question.add(message)
            return question
        question = self._by_label(tags.get("label", ""))
        if question is not None:
            question.add(message)
            self._settle(question)
        return question

    def _open(self, reference: str, question: Question) -> None:
        if reference and len(self._batches) < MOST_BATCHES:
            self._batches[reference] = question

    def _by_label(self, label: str) -> Question | None:
        if not label:
            return None
        return next((asked for asked in self._questions if asked.label == label), None)

    def _unlabelled(self, message: Message) -> Question | None:
        for question in self._waiting_without_label():
            request = question.request
            if message.command == "BATCH":
                if self._is_batch_for(message, request):
                    self._open(message.params[0][1:], question)
                    return question
                continue
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

    def _is_batch_for(self, message: Message, request: Request) -> bool:
        """Whether a batch that begins is the answer: of its type, and of the room if it is of one.

        A history of two people may be under another name than was asked for, that of an account.
        """
        sign, kind, place = (*message.params, "", "", "")[:3]
        if sign[:1] != "+" or kind not in request.batches or "batch" in message.tags:
            return False
        if not place or self._mirror.same(place, request.about):
            return True
        is_room = self._mirror.isupport.looks_like_room
        return not (is_room(place) or is_room(request.about))

    def _ends(self, message: Message, request: Request) -> bool:
        command = message.command
        # Numerics are always for us; JOIN, PART and their like only from ourselves.
        ours = (
            command.isdigit()
            or command in _OF_SERVERS
            or self._mirror.same(message.nick, self._mirror.nick)
        )
        if request.fits is not None:
            return ours and request.fits(message)
        return ours and any(self._mirror.same(param, request.about) for param in message.params)

    def _refuses(self, message: Message, request: Request) -> bool:
        if message.command == "FAIL":
            return message.params[:1] == (request.message.command,)
        if message.command in _REFUSALS:
            return request.message.command == _REFUSALS[message.command]
        # 461 and 421 name the command where the others name what the request was about.
        named = message.params[1:-1]
        return request.message.command in named or any(
            self._mirror.same(name, request.about) for name in named
        )
