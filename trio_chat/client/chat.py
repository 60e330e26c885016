"""The async client: one connection to a server, registered, as an object to talk with.

Laws:

* Whoever cancels a method loses only its answer: lines go out whole, and the state stays right.
* One task reads. It never waits for the outbox, and for the events only as `inbox` says.
* The connection's tasks never raise: how it ended comes to whoever iterates or asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import trio

from trio_chat.client import events
from trio_chat.client.answers import Answers, Question, Request
from trio_chat.client.connection import Connection
from trio_chat.client.errors import ConnectionLost, NoAnswer
from trio_chat.client.events import Event
from trio_chat.client.inbox import LIMIT, LIMIT_WHILE_ASKING, Inbox
from trio_chat.client.mirror import Mirror
from trio_chat.client.registration import Identity, register
from trio_chat.client.rooms import Member, Room
from trio_chat.client.text import split
from trio_chat.wire.message import MAX_BODY, Message

ANSWER_LIMIT = 60.0
"""Seconds a request waits for its answer."""

FAREWELL_LIMIT = 2.0
"""Seconds to wait for the server's goodbye: it closes once it has read our QUIT."""

# The longest parts of `nick!user@host` on servers that do not say (RFC 1123 for the host).
_LONGEST_USER = 20
_LONGEST_HOST = 63


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as WHO tells: `signs` are the ranks in the room that was asked about."""

    nick: str
    user: str
    host: str
    realname: str
    signs: str
    away: bool


class Chat:
    """A registered connection: iterate over it for events, and call its methods to act.

    Made by `connect`. A method that acts returns once the server has confirmed it. It raises
    `Refused` when the server says no, `NoAnswer` after 60 s without a word, and `ConnectionLost`
    when the connection ends; iterating raises that too, unless we quit, which just ends the loop.
    """

    def __init__(self, connection: Connection, nick: str) -> None:
        self._connection = connection
        self._mirror = Mirror(nick)
        self._answers = Answers(self._mirror)
        self._inbox = Inbox()
        self._quitting = False
        self._ended = trio.Event()

    # --- what is known ---

    @property
    def nick(self) -> str:
        """Our nick, as the server has it."""
        return self._mirror.nick

    @property
    def rooms(self) -> Mapping[str, Room]:
        """The rooms we are in, by name; looking up minds the server's case mapping."""
        return self._mirror.rooms.by_name

    @property
    def isupport(self) -> Mapping[str, str]:
        """What the server says of itself in RPL_ISUPPORT (005)."""
        return self._mirror.isupport.tokens

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities in use."""
        return self._mirror.capabilities.enabled

    def capability(self, name: str) -> str | None:
        """The value of a capability in use, often empty ("max-bytes=4096"); None if it is not."""
        capabilities = self._mirror.capabilities
        return capabilities.value(name) or "" if name in capabilities else None

    @property
    def account(self) -> str:
        """The account we are logged in to, as far as the server told; empty for none."""
        return self._mirror.account

    def same(self, one: str, other: str) -> bool:
        """Whether two names are the same under the server's case mapping."""
        return self._mirror.same(one, other)

    def is_room(self, target: str) -> bool:
        """Whether this would be a room's name on this server."""
        return self._mirror.isupport.looks_like_room(target)

    def __aiter__(self) -> Chat:
        return self

    async def __anext__(self) -> Event:
        return await self._inbox.take()

    # --- talking ---

    async def say(self, target: str, text: str) -> str:
        """Say a text to a room or a nick; the msgid of its last line, if the server gives any.

        A text with line ends, or too long for one line, goes out as several, in order and with
        nothing in between. A blank text says nothing. With echo-message and labeled-response it
        returns once the server has relayed the text; else once it is on its way, and a refusal
        comes as the event `Replied`.
        """
        return await self._talk("PRIVMSG", "say", target, text)

    async def act(self, target: str, text: str) -> str:
        """Like `say`, for `/me`: "* nick text" (CTCP ACTION)."""
        return await self._talk("PRIVMSG", "act", target, text)

    async def notice(self, target: str, text: str) -> str:
        """Like `say`, for what no bot may answer."""
        return await self._talk("NOTICE", "notice", target, text)

    async def _talk(
        self, command: str, kind: Literal["say", "act", "notice"], target: str, text: str
    ) -> str:
        around = len("\x01ACTION \x01") if kind == "act" else 0
        lines = split(text, self._space_for_text(command, target) - around)
        messages = [
            Message(command, (target, f"\x01ACTION {line}\x01" if kind == "act" else line))
            for line in lines
        ]
        if not messages:
            await trio.lowlevel.checkpoint()
            return ""
        answers: list[Question] = []
        if "labeled-response" in self._mirror.capabilities:
            answers = await self._ask_all([Request(message, target) for message in messages])
        else:
            await self._connection.send_all(messages)
        if "echo-message" not in self._mirror.capabilities:
            now = datetime.now(UTC)
            for line, message in zip(lines, messages, strict=True):
                self._inbox.put(events.Sent(target, line, kind, message=message, at=now))
        echoes = answers[-1].replies if answers else []
        return next((echo.tags.get("msgid", "") for echo in echoes if echo.command == command), "")

    def _space_for_text(self, command: str, target: str) -> int:
        """Bytes for the text in a line as others get it: with our source before it."""
        mirror = self._mirror
        userhost = len(mirror.userhost.encode()) or (
            mirror.isupport.number("USERLEN", _LONGEST_USER)
            + len("@")
            + mirror.isupport.number("HOSTLEN", _LONGEST_HOST)
        )
        head = len(f":{mirror.nick}! {command} {target} :\r\n".encode()) + userhost
        # A target that leaves no space is not one that exists: let the server say so.
        return max(MAX_BODY - head, 64)

    # --- rooms and people ---

    async def join(self, room: str, key: str = "") -> Room:
        """Go into a room, with its key if it has one; returns once its members are known."""
        await trio.lowlevel.checkpoint()
        if room not in self.rooms:
            self._mirror.remember_key(room, key)
            params = (room, key) if key else (room,)
            # NAMES follows JOIN (Modern IRC, "JOIN message"): who is there is known then.
            await self._ask(Message("JOIN", params), room, ends={"366"})
        if room not in self.rooms:
            raise NoAnswer(f"the server did not say that we are in {room}")
        return self.rooms[room]

    async def part(self, room: str, reason: str = "") -> None:
        """Leave a room."""
        params = (room, reason) if reason else (room,)
        await self._ask(Message("PART", params), room, ends={"PART"})

    async def set_nick(self, nick: str) -> None:
        """Be called something else; raises `NickInUse` if somebody is already."""
        await trio.lowlevel.checkpoint()
        if nick != self.nick:
            await self._ask(Message("NICK", (nick,)), nick, ends={"NICK"})

    async def set_topic(self, room: str, topic: str) -> None:
        """Give a room a topic, or none (empty). What it is stands in `chat.rooms[room].topic`."""
        await self._ask(Message("TOPIC", (room, topic)), room, ends={"TOPIC"})

    async def names(self, room: str) -> list[Member]:
        """Who is in a room, also in one that we are not in, as far as the server tells."""
        replies = await self._ask(
            Message("NAMES", (room,)), room, ends={"366"}, collects={"353", "366"}
        )
        # 353 <client> <symbol> <room> :[signs]nick[!user@host] ...
        listed = [reply.params for reply in replies if len(reply.params) > 3]
        names = [
            name for params in listed if self.same(params[2], room) for name in params[3].split()
        ]
        read = [self._mirror.isupport.split_ranks(name.partition("!")[0]) for name in names]
        return [Member(nick, signs) for signs, nick in read]

    async def who(self, mask: str) -> list[Person]:
        """What the server tells of a room's members, or of the people a nick or mask fits."""
        replies = await self._ask(
            Message("WHO", (mask,)), mask, ends={"315"}, collects={"352", "315"}
        )
        # 352 <client> <room> <user> <host> <server> <nick> <flags> :<hops> <realname>
        whole = [reply.params for reply in replies if len(reply.params) >= 8]
        return [
            Person(
                nick=params[5],
                user=params[2],
                host=params[3],
                realname=params[7].partition(" ")[2],
                signs=params[6].lstrip("HG*"),
                away=params[6][:1] == "G",
            )
            for params in whole
        ]

    # --- the connection ---

    async def send(self, message: Message) -> None:
        """Send any other line; what comes of it comes as events."""
        await self._connection.send(message)

    async def quit(self, reason: str = "") -> None:
        """Leave the server, saying why; `async for` ends after the events that still wait."""
        await trio.lowlevel.checkpoint()
        if self._quitting:
            return
        self._quitting = True
        self._inbox.nudge()
        with trio.move_on_after(FAREWELL_LIMIT):
            try:
                await self._connection.send(Message("QUIT", (reason,) if reason else ()))
            except ConnectionLost:
                return
            # Closing at once could reset the connection before the server has read the QUIT.
            await self._ended.wait()
        await self._connection.aclose()

    async def _ask(
        self,
        message: Message,
        about: str,
        *,
        ends: set[str],
        collects: AbstractSet[str] = frozenset(),
    ) -> list[Message]:
        request = Request(message, about, frozenset(ends), frozenset(collects))
        return (await self._ask_all([request]))[0].replies

    async def _ask_all(self, requests: list[Request]) -> list[Question]:
        """Send the requests together; the questions once all are settled, or the first's error."""
        asked = [self._answers.ask(request) for request in requests]
        questions = [question for question, _ in asked]
        try:
            self._inbox.nudge()
            with trio.move_on_after(ANSWER_LIMIT):
                await self._connection.send_all([message for _, message in asked])
                for question in questions:
                    await question.settled.wait()
        finally:
            for question in questions:
                self._answers.forget(question)
        for question in questions:
            if question.error is not None:
                raise question.error
            if not question.settled.is_set():
                command = question.request.message.command
                raise NoAnswer(f"no answer to {command} within {ANSWER_LIMIT:.0f} s")
        return questions

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

    def _take(self, message: Message) -> None:
        if message.command == "CAP":
            for request in self._mirror.capabilities.take(message.params[1:]):
                self._connection.send_now(request)
        is_answer = self._answers.take(message)
        happened = self._mirror.take(message, datetime.now(UTC))
        if not is_answer:
            for event in happened:
                self._inbox.put(event)
