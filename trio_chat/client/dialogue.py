"""The two sides of a connection: what we ask and say, and what comes, as answers and as events.

Laws:

* Whoever cancels a method loses only its answer: lines go out whole, and the state stays right.
* One task reads. It never waits for the outbox, and for the events only as `inbox` says.
* The connection's tasks never raise: how it ended comes to whoever iterates or asks.
* A history that was asked for is an answer and nothing else: it changes nothing, and is no event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import trio

from trio_chat.client import events
from trio_chat.client.answers import Answers, Question, Request
from trio_chat.client.batches import Batch, Batches
from trio_chat.client.connection import Connection
from trio_chat.client.errors import ConnectionLost, NoAnswer, Unsupported
from trio_chat.client.events import Event
from trio_chat.client.inbox import LIMIT, LIMIT_WHILE_ASKING, Inbox
from trio_chat.client.mirror import Mirror
from trio_chat.client.registration import Identity, register
from trio_chat.client.replays import Replays
from trio_chat.wire.message import Message

ANSWER_LIMIT = 60.0
"""Seconds a request waits for its answer."""

ECHO_LIMIT = 10.0
"""Seconds to wait for an echo that has no label: a server may have dropped or changed the text, and
says nothing then."""


class Dialogue:
    """What all methods of a `Chat` stand on."""

    def __init__(self, connection: Connection, nick: str) -> None:
        self._connection = connection
        self._mirror = Mirror(nick)
        self._answers = Answers(self._mirror)
        self._batches = Batches()
        self._replays = Replays()
        self._inbox = Inbox()
        self._watchers: list[Callable[[Event], None]] = []
        self._quitting = False
        self._ended = trio.Event()

    async def register(self, identity: Identity) -> None:
        """Become known to the server: the first thing, before `read` runs."""
        await register(self._connection, identity, self._take)

    async def read(self) -> None:
        """Read until the connection ends: the task that makes the events."""
        try:
            while True:
                for message in await self._connection.receive():
                    self._take(message)
                    while self._must_wait():
                        await self._inbox.wait_for_change()
        except ConnectionLost as lost:
            self._end(lost)
            await self._connection.aclose()
        finally:
            self._end(ConnectionLost("the connection is closed"))

    def _end(self, lost: ConnectionLost) -> None:
        """Tell everybody who waits that nothing will come; the first to say why is believed."""
        self._inbox.close(None if self._quitting else lost)
        self._answers.give_up(lost)
        self._ended.set()

    def _must_wait(self) -> bool:
        """Whether no more may be read until an event is taken; see `inbox`."""
        asking = self._quitting or len(self._answers) > 0
        if not self._inbox.is_full(LIMIT_WHILE_ASKING if asking else LIMIT):
            return False
        self._answers.give_up(NoAnswer("too many events came before the answer"))
        return True

    def ask_for_sign(self) -> None:
        """Have the server show soon that it is there: there is reason to think that it is not."""
        self._connection.ask_for_sign()

    def ping(self) -> trio.Event:
        """Ask the server for an answer; the event is set when it comes: so one knows the lag."""
        return self._connection.ping()

    # --- what comes ---

    @contextmanager
    def watched_by(self, see: Callable[[Event], None]) -> Iterator[None]:
        """Have `see` called with every event as it comes, before whoever iterates has it."""
        self._watchers.append(see)
        try:
            yield
        finally:
            self._watchers.remove(see)

    def keep_events(self, keep: bool) -> None:
        """Whether to drop none though nobody iterates yet: soon somebody will; see `inbox`."""
        self._inbox.keeps_all = keep
        self._inbox.nudge()

    def _take(self, message: Message) -> None:
        if message.command == "CAP":
            for request in self._mirror.capabilities.take(message.params[1:]):
                self._connection.send_now(request)
        if message.command == "NICK" and "label" in message.tags:
            message = self._as_ours(message)
        whole = self._batches.take(message)
        if whole is None:
            return
        batch = self._batches.around(whole)
        question = self._answers.take(whole)
        now = datetime.now(UTC)
        if batch is not None and batch.history:
            # With the answer to a JOIN may come what was said before it, which is not the answer.
            if question is None or not question.request.batches:
                self._replay(whole, batch, now)
        else:
            happened = self._mirror.take(whole, now)
            if question is None or not question.owns(whole):
                self._tell(happened, question.request.token if question is not None else "")
        self._batches.close(whole)

    def _tell(self, happened: Iterable[Event], token: str = "") -> None:
        for event in happened:
            if token and isinstance(event, events.Sent):
                event = replace(event, token=token)
            for see in self._watchers:
                see(event)
            self._inbox.put(event)

    def _as_ours(self, message: Message) -> Message:
        """The answer to our own NICK, told by the nick we have.

        InspIRCd 3 writes it down once we are called otherwise: `@label=2 :new!u@h NICK :new`.
        """
        if self._mirror.same(message.nick, self._mirror.nick):
            return message
        return replace(message, source=f"{self._mirror.nick}!{self._mirror.userhost}")

    def _replay(self, message: Message, batch: Batch, now: datetime) -> None:
        """Gather what the server tells unasked of what was said before."""
        told = self._mirror.recall(message, now, batch.place)
        self._tell(self._replays.take(message, batch, told, now))

    # --- what we ask ---

    def is_asking(self, command: str) -> bool:
        """Whether such a request of ours waits for its answer."""
        return self._answers.waits_for(command)

    def _has(self, capability: str) -> bool:
        return capability in self._mirror.capabilities

    def _need(self, *capabilities: str) -> None:
        """Raise `Unsupported` unless one of these capabilities is in use."""
        if not any(map(self._has, capabilities)):
            raise Unsupported(capabilities[0])

    async def _ask(
        self,
        message: Message,
        about: str,
        *,
        ends: AbstractSet[str] = frozenset(),
        collects: AbstractSet[str] = frozenset(),
        batches: AbstractSet[str] = frozenset(),
        fits: Callable[[Message], bool] | None = None,
    ) -> list[Message]:
        request = Request(
            message, about, frozenset(ends), frozenset(collects), frozenset(batches), fits
        )
        return (await self._ask_all([request]))[0].replies

    async def _ask_silent(
        self, message: Message, about: str, ends: AbstractSet[str], then: Request
    ) -> None:
        """Ask what a server may answer with nothing when there is nothing to do.

        Where answers have no labels `then` is asked after it, which is always answered.
        """
        request = Request(message, about, frozenset(ends), silent=True)
        await self._ask_all([request] if self._has("labeled-response") else [request, then])

    async def _ask_all(self, requests: list[Request]) -> list[Question]:
        """Send the requests together; the questions once all are settled, or the first's error."""
        questions = await self._send(requests, ANSWER_LIMIT)
        for question in questions:
            if not question.settled.is_set():
                command = question.request.message.command
                raise NoAnswer(f"no answer to {command} within {ANSWER_LIMIT:.0f} s")
        return questions

    async def _send(self, requests: list[Request], limit: float) -> list[Question]:
        """Send the requests together, and wait so many seconds for all to be settled.

        Raises the first error of those that were settled by one.
        """
        asked = [self._answers.ask(request) for request in requests]
        questions = [question for question, _ in asked]
        try:
            self._inbox.nudge()
            with trio.move_on_after(limit):
                lines = [line for _, messages in asked for line in messages]
                await self._connection.send_all(lines)
                for question in questions:
                    await question.settled.wait()
        finally:
            for question in questions:
                self._answers.forget(question)
        for question in questions:
            if question.error is not None:
                raise question.error
        return questions

    async def _do(self, message: Message, about: str, *, echoed: bool = True) -> None:
        """Do what comes back to us as it goes to the others; return once it did.

        The event is told once in any case: what comes back with echo-message, or else our own.
        `echoed` is whether it takes echo-message to have it back.
        """
        comes_back = not echoed or self._has("echo-message")
        if self._has("labeled-response"):
            await self._ask(message, about)
        elif comes_back:
            tags = {key: value for key, value in message.tags.items() if key[:1] == "+"}

            def is_it(line: Message) -> bool:
                # The target and the msgid; a reason may have been cut.
                pairs = list(zip(line.params, message.params, strict=False))[:2]
                same = len(pairs) > 0 and all(self._mirror.same(*pair) for pair in pairs)
                return same and tags.items() <= line.tags.items()

            await self._ask(message, about, ends={message.command}, fits=is_it)
        else:
            await self._connection.send(message)
        if not comes_back:
            source = f"{self._mirror.nick}!{self._mirror.userhost}"
            self._tell(self._mirror.take(replace(message, source=source), datetime.now(UTC)))
