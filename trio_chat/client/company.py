"""Rooms and people: coming and going, who is where, who somebody is, what is allowed to whom.

Law: what is told of people and rooms is what the server said, read leniently: a reply that has not
what it should is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import trio

from trio_chat.client.answers import Question, Request
from trio_chat.client.dialogue import Dialogue
from trio_chat.client.errors import ChatError, ConnectionLost, NoAnswer, Unsupported
from trio_chat.client.joining import join_lines, most_targets
from trio_chat.client.rooms import Member, Room
from trio_chat.client.whois import (
    WHOIS_REPLIES,
    WhoisAnswer,
    number_told,
    time_told,
    whois_answer,
)
from trio_chat.wire.message import Message

_NICKS_BYTES = 400
"""Bytes of nicks in one MONITOR: the line has 512."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as WHO tells: `signs` are the ranks in the room that was asked about."""

    nick: str
    user: str
    host: str
    realname: str
    signs: str
    away: bool


@dataclass(frozen=True, slots=True)
class ListedRoom:
    """A room as LIST tells of it: how many are in it, and what about."""

    name: str
    members: int
    topic: str


@dataclass(frozen=True, slots=True)
class Ban:
    """Who is kept out of a room: everybody the `mask` fits; who set it and when, if it is told."""

    mask: str
    by: str
    at: datetime | None


class Company(Dialogue):
    """Methods of `Chat` that are about rooms and people."""

    @property
    def rooms(self) -> Mapping[str, Room]:
        """The rooms we are in, by name; looking up minds the server's case mapping."""
        return self._mirror.rooms.by_name

    # --- rooms ---

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

    async def join_all(self, places: Mapping[str, str], limit: float) -> dict[str, ChatError]:
        """Go into rooms, given with their keys or an empty text, in as few lines as may be.

        Returns what went wrong, by room: what refused us, or `NoAnswer` after `limit` seconds.
        """
        await trio.lowlevel.checkpoint()
        missing = {name: key for name, key in places.items() if name not in self.rooms}
        questions: dict[str, Question] = {}
        for name, key in missing.items():
            self._mirror.remember_key(name, key)
            request = Request(Message("JOIN", (name,)), name, ends=frozenset({"366"}))
            questions[name] = self._answers.expect(request)
        try:
            with trio.move_on_after(limit):
                for line in join_lines(missing, most_targets(self._mirror.isupport.tokens)):
                    await self._connection.send(line)
                for question in questions.values():
                    await question.settled.wait()
        finally:
            for question in questions.values():
                self._answers.forget(question)
        troubles: dict[str, ChatError] = {}
        for name, question in questions.items():
            if isinstance(question.error, ConnectionLost):
                raise question.error
            if question.error is not None:
                troubles[name] = question.error
            elif name not in self.rooms:
                troubles[name] = NoAnswer(f"the server did not say that we are in {name}")
        return troubles

    async def part(self, room: str, reason: str = "") -> None:
        """Leave a room."""
        params = (room, reason) if reason else (room,)
        await self._ask(Message("PART", params), room, ends={"PART"})

    async def set_topic(self, room: str, topic: str) -> None:
        """Give a room a topic, or none (empty). What it is stands in `chat.rooms[room].topic`."""
        await self._ask(Message("TOPIC", (room, topic)), room, ends={"TOPIC"})

    async def invite(self, nick: str, room: str) -> None:
        """Ask somebody into a room."""
        await self._ask(Message("INVITE", (nick, room)), nick, ends={"341"}, collects={"341"})

    async def kick(self, room: str, nick: str, reason: str = "") -> None:
        """Put somebody out of a room."""
        params = (room, nick, reason) if reason else (room, nick)
        await self._ask(Message("KICK", params), nick, ends={"KICK"})

    async def set_mode(self, target: str, changes: str, *params: str) -> None:
        """Change modes of a room, or our own: `set_mode("#tea", "+ov", "alice", "bob")`.

        What is so already is no change, and no error.
        """
        query = Request(
            Message("MODE", (target,)),
            target,
            ends=frozenset({"221", "324"}),
            collects=frozenset({"221", "324", "329"}),
            fits=lambda message: True,  # 221 names nobody
        )
        message = Message("MODE", (target, changes, *params))
        await self._ask_silent(message, target, {"MODE"}, query)

    async def modes(self, target: str) -> str:
        """The modes of a room, or our own, with their parameters: "+kl sesame 20"."""
        ends = "221" if self._mirror.same(target, self._mirror.nick) else "324"

        def fits(message: Message) -> bool:
            named = message.params[1:2]
            return ends == "221" or any(self._mirror.same(name, target) for name in named)

        about = {"221", "324", "329"}
        message = Message("MODE", (target,))
        replies = await self._ask(message, target, ends={ends}, collects=about, fits=fits)
        # 324 <client> <room> <modes> <params>...; 221 <client> <modes>
        told = next((reply.params for reply in replies if reply.command == ends), ())
        return " ".join(told[1 if ends == "221" else 2 :])

    async def bans(self, room: str) -> list[Ban]:
        """Who is kept out of a room, as far as the server tells us."""
        replies = await self._ask(
            Message("MODE", (room, "b")), room, ends={"368"}, collects={"367", "368"}
        )
        # 367 <client> <room> <mask> [<who> <set-ts>]
        told = [(*reply.params, "", "") for reply in replies if reply.command == "367"]
        return [
            Ban(params[2], params[3].partition("!")[0], time_told(params[4]))
            for params in told
            if len(params) > 4 and self._mirror.same(params[1], room)
        ]

    async def list_rooms(self, *conditions: str) -> list[ListedRoom]:
        """The rooms there are, at most 10,000, in the server's order.

        Conditions are names, or what the server has of ELIST: ">100" for more than 100 members,
        "*tea*" for a name.
        """
        params = (",".join(conditions),) if conditions else ()
        replies = await self._ask(
            Message("LIST", params),
            "",
            ends={"323"},
            collects={"321", "322", "323"},
            fits=lambda message: True,
        )
        # 322 <client> <room> <client count> :<topic>
        told = [reply.params for reply in replies if reply.command == "322"]
        return [
            ListedRoom(params[1], number_told(params[2]), params[3])
            for params in told
            if len(params) > 3
        ]

    async def names(self, room: str) -> list[Member]:
        """Who is in a room, also in one that we are not in, as far as the server tells."""
        replies = await self._ask(
            Message("NAMES", (room,)), room, ends={"366"}, collects={"353", "366"}
        )
        # 353 <client> <symbol> <room> :[signs]nick[!user@host] ...
        listed = [reply.params for reply in replies if len(reply.params) > 3]
        names = [
            name
            for params in listed
            if self._mirror.same(params[2], room)
            for name in params[3].split()
        ]
        read = [self._mirror.isupport.split_ranks(name.partition("!")[0]) for name in names]
        return [Member(nick, signs) for signs, nick in read]

    # --- people ---

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

    async def whois(self, nick: str) -> WhoisAnswer:
        """Who somebody is; raises `Refused` if there is nobody of that nick."""
        replies = await self._ask(
            Message("WHOIS", (nick,)), nick, ends={"318"}, collects=WHOIS_REPLIES
        )
        return whois_answer(nick, replies)

    async def whowas(self, nick: str) -> list[Person]:
        """Who had a nick before, the latest first; raises `Refused` if nobody is remembered."""
        replies = await self._ask(
            Message("WHOWAS", (nick,)), nick, ends={"369"}, collects=WHOIS_REPLIES | {"314", "369"}
        )
        # 314 <client> <nick> <user> <host> * :<realname>
        told = [reply.params for reply in replies if reply.command == "314"]
        return [
            Person(params[1], params[2], params[3], params[-1], "", False)
            for params in told
            if len(params) > 5
        ]

    async def set_nick(self, nick: str) -> None:
        """Be called something else; raises `NickInUse` if somebody is already."""
        await trio.lowlevel.checkpoint()
        if nick != self._mirror.nick:
            await self._ask(Message("NICK", (nick,)), nick, ends={"NICK"})

    async def away(self, reason: str = "") -> None:
        """Tell that we are away, with a reason, or are back (without)."""
        params = (reason,) if reason else ()
        await self._ask(Message("AWAY", params), self._mirror.nick, ends={"305", "306"})

    async def monitor(self, *nicks: str) -> None:
        """Be told (`PresenceTold`) whether these are online, now and whenever it changes.

        Raises `Unsupported` where there is no MONITOR, `Refused` if there are too many.
        """
        await self._monitor("+", nicks)

    async def unmonitor(self, *nicks: str) -> None:
        """Be told of these no longer; raises `Unsupported` where there is no MONITOR."""
        await self._monitor("-", nicks)

    async def _monitor(self, sign: str, nicks: tuple[str, ...]) -> None:
        await trio.lowlevel.checkpoint()
        if "MONITOR" not in self._mirror.isupport.tokens:
            raise Unsupported("MONITOR")
        query = Request(
            Message("MONITOR", ("L",)),
            "",
            ends=frozenset({"733"}),
            collects=frozenset({"732", "733"}),
            fits=lambda message: True,
        )
        for some in _in_lines(nicks):
            await self._ask_silent(Message("MONITOR", (sign, some)), some, frozenset(), query)


def _in_lines(nicks: tuple[str, ...]) -> Iterator[str]:
    """The nicks, joined by commas, in as many parts as lines are needed."""
    part = ""
    for nick in nicks:
        if part and len(f"{part},{nick}".encode()) > _NICKS_BYTES:
            yield part
            part = ""
        part = f"{part},{nick}" if part else nick
    if part:
        yield part
