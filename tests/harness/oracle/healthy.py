"""A reference model of a chat in which all goes well: the smallest server that does what it should.

It decides one thing after the other, and what it tells each client waits for that client, so that
any interleaving comes about. Its journals are what the oracle must find nothing in; one line of
them wrong, and it must.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from trio_chat.testing.oracle.journal import Journal
from trio_chat.wire.message import Message, parse

ROOMS = ("#tea", "#den")

CAPS = ("message-tags", "echo-message", "batch labeled-response", "server-time")
"""What a client may have, each with what it takes."""


class Client:
    """One connection, as the server knows it."""

    def __init__(self, number: int, nick: str, caps: str) -> None:
        self.number = number
        self.nick = nick
        self.caps = caps.split()
        self.waiting: list[Message] = []
        self.is_gone = False

    @property
    def source(self) -> str:
        return f"{self.nick}!~c{self.number}@host"


class HealthyChat:
    """A server and its clients, all in one, driven by a random."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.at = 0.0
        self.journal = Journal(lambda: self.at)
        self.clients: list[Client] = []
        self.rooms: dict[str, list[Client]] = {room: [] for room in ROOMS}
        self.kept: dict[str, list[tuple[str, str, str]]] = {room: [] for room in ROOMS}
        self._tokens = 0
        self._ids = 0

    # -- the network

    def tell(self, client: Client, line: str, tags: dict[str, str] | None = None) -> None:
        """Have a line wait for a client, with those of the tags that it takes."""
        given = {"time": f"2030-01-01T00:00:{self.at:06.3f}Z", **(tags or {})}
        needs = {"time": "server-time", "label": "labeled-response", "batch": "batch"}
        taken = {
            key: value
            for key, value in given.items()
            if needs.get(key, "message-tags") in client.caps
        }
        message = parse(line.encode())
        if not client.is_gone:
            client.waiting.append(Message(message.command, message.params, message.source, taken))

    def send(self, client: Client, line: str) -> str:
        """A client sends a line, labelled or not; the label."""
        label = ""
        if "labeled-response" in client.caps and self.random.random() < 0.7:
            label = self.token()
            line = f"@label={label} {line}"
        self.journal.sent(self.at, client.number, parse(line.encode()))
        return label

    def pass_time(self) -> None:
        """Some of what waits arrives."""
        self.at += 0.001
        for client in self.clients:
            for _ in range(self.random.choice((0, 0, 1, 3, 9))):
                if client.waiting:
                    message = client.waiting.pop(0)
                    self.journal.received(self.at, client.number, message)

    def settle(self) -> None:
        while any(client.waiting for client in self.clients):
            self.pass_time()
        self.journal.settled(self.at)

    def token(self) -> str:
        self._tokens += 1
        return f"w{self._tokens}"

    # -- what people do

    def come(self) -> Client:
        random = self.random
        caps = " ".join(each for each in CAPS if random.random() < 0.6)
        number = self.journal.began(self.at, f"c{len(self.clients)}")
        taken = {client.nick for client in self.here()}
        nick = next(n for n in (f"n{random.randrange(6)}", *"pqrstuvwxyz") if n not in taken)
        client = Client(number, nick, caps)
        self.clients.append(client)
        lines = ["NICK " + nick, f"USER c{number} 0 * :C"]
        if caps:
            lines.insert(0, f"CAP REQ :{caps}")
            self.tell(client, f":irc CAP * ACK :{caps}")
        for line in lines:
            self.journal.sent(self.at, number, parse(line.encode()))
        self.tell(client, f":irc 001 {nick} :Welcome")
        return client

    def here(self) -> list[Client]:
        return [client for client in self.clients if not client.is_gone]

    def of(self, client: Client) -> list[str]:
        return [room for room in ROOMS if client in self.rooms[room]]

    def join(self, client: Client, room: str) -> None:
        label = self.send(client, f"JOIN {room}")
        if client in self.rooms[room]:
            self.acknowledge(client, label)
            return
        self.rooms[room].append(client)
        names = " ".join(each.nick for each in self.rooms[room])
        mine = [
            f":{client.source} JOIN {room}",
            f":irc 353 {client.nick} = {room} :{names}",
            f":irc 366 {client.nick} {room} :End",
        ]
        tags = {}
        if label:
            batch = self.token()
            self.tell(client, f":irc BATCH +{batch} labeled-response", {"label": label})
            tags = {"batch": batch}
        for line in mine:
            self.tell(client, line, tags)
        if label:
            self.tell(client, f":irc BATCH -{batch}")
        for each in self.rooms[room]:
            if each is not client:
                self.tell(each, mine[0])

    def acknowledge(self, client: Client, label: str) -> None:
        if label:
            self.tell(client, ":irc ACK", {"label": label})

    def say(self, client: Client, room: str) -> None:
        text = self.token()
        label = self.send(client, f"PRIVMSG {room} :{text}")
        if client not in self.rooms[room]:
            refusal = f":irc 404 {client.nick} {room} :No"
            self.tell(client, refusal, {"label": label} if label else None)
            return
        msgid = self.id()
        line = f":{client.source} PRIVMSG {room} :{text}"
        for each in self.rooms[room]:
            tags = {"msgid": msgid}
            if each is client:
                if "echo-message" not in client.caps:
                    continue
                tags |= {"label": label} if label else {}
            self.tell(each, line, tags)
        if "echo-message" not in client.caps:
            self.acknowledge(client, label)
        self.kept[room].append((msgid, client.source, text))

    def id(self) -> str:
        self._ids += 1
        return f"id{self._ids}"

    def to_all(self, room: str, client: Client, line: str, label: str) -> None:
        for each in self.rooms[room]:
            tags = {"label": label} if label and each is client else None
            self.tell(each, f":{client.source} {line}", tags)

    def part(self, client: Client) -> None:
        for room in self.of(client)[:1]:
            reason = f" :{self.token()}" if self.random.random() < 0.5 else ""
            label = self.send(client, f"PART {room}{reason}")
            self.to_all(room, client, f"PART {room}{reason}", label)
            self.rooms[room].remove(client)

    def kick(self, client: Client) -> None:
        for room in self.of(client)[:1]:
            other = self.random.choice(self.rooms[room])
            line = f"KICK {room} {other.nick} :{self.token()}"
            self.to_all(room, client, line, self.send(client, line))
            self.rooms[room].remove(other)

    def set_topic(self, client: Client) -> None:
        for room in self.of(client)[:1]:
            line = f"TOPIC {room} :{self.random.choice((self.token(), 'tea'))}"
            self.to_all(room, client, line, self.send(client, line))

    def rename(self, client: Client) -> None:
        nick = self.random.choice([n for n in "abcdefgh" if n not in {c.nick for c in self.here()}])
        label = self.send(client, f"NICK {nick}")
        told = {each: None for room in self.of(client) for each in self.rooms[room]}
        for each in {client: None} | told:
            tags = {"label": label} if label and each is client else None
            self.tell(each, f":{client.source} NICK {nick}", tags)
        client.nick = nick

    def leave(self, client: Client) -> None:
        client.is_gone = True
        lost = self.random.randrange(len(client.waiting) + 1)
        for message in client.waiting[:lost]:
            self.journal.received(self.at, client.number, message)
        client.waiting.clear()
        self.journal.ended(self.at, client.number, "reset")
        told: dict[Client, None] = {}
        for room in self.of(client):
            self.rooms[room].remove(client)
            told |= dict.fromkeys(self.rooms[room])
        for each in told:
            self.tell(each, f":{client.source} QUIT :Connection reset")

    def tell_privately(self, client: Client) -> None:
        other = self.random.choice(self.here())
        if other is client:
            return
        text = self.token()
        label = self.send(client, f"PRIVMSG {other.nick} :{text}")
        line = f":{client.source} PRIVMSG {other.nick} :{text}"
        msgid = self.id()
        self.tell(other, line, {"msgid": msgid})
        if "echo-message" in client.caps:
            self.tell(client, line, {"msgid": msgid, **({"label": label} if label else {})})
        else:
            self.acknowledge(client, label)

    # -- all of it

    def live(self, deeds: int) -> None:
        """So many things are done, and then somebody looks at all that there is."""
        for _ in range(3):
            self.join(self.come(), "#tea")
        for _ in range(deeds):
            self.pass_time()
            self.do_something()
        self.settle()
        self.inspect()
        self.settle()

    def do_something(self) -> None:
        random = self.random
        here = self.here()
        if len(here) < 2 or (len(here) < 6 and random.random() < 0.1):
            self.come()
            return
        client, room = random.choice(here), random.choice(ROOMS)
        deeds: list[Callable[[], None]] = [
            *(lambda: self.say(client, room),) * 8,
            *(lambda: self.join(client, room),) * 3,
            lambda: self.part(client),
            lambda: self.kick(client),
            lambda: self.set_topic(client),
            lambda: self.rename(client),
            lambda: self.leave(client),
            lambda: self.tell_privately(client),
        ]
        random.choice(deeds)()

    def inspect(self) -> None:
        """Somebody comes into every room, and reads its history, two messages at a time."""
        number = self.journal.began(self.at, "inspector")
        inspector = Client(number, "inspector", "message-tags batch")
        self.clients.append(inspector)
        for line in ("CAP REQ :message-tags batch", "NICK inspector", f"USER c{number} 0 * :I"):
            self.journal.sent(self.at, number, parse(line.encode()))
        self.tell(inspector, ":irc CAP * ACK :message-tags batch")
        self.tell(inspector, ":irc 001 inspector :Welcome")
        for room in ROOMS:
            self.join(inspector, room)
            kept = self.kept[room]
            for end in range(len(kept), -2, -2):
                batch = self.token()
                self.tell(inspector, f":irc BATCH +{batch} chathistory {room}")
                for msgid, source, text in kept[max(0, end - 2) : max(0, end)]:
                    tags = {"msgid": msgid, "batch": batch}
                    self.tell(inspector, f":{source} PRIVMSG {room} :{text}", tags)
                self.tell(inspector, f":irc BATCH -{batch}")
