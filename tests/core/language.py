"""A tiny language over `step`: users who say lines and hear lines, and nothing in between.

After every event the world's invariants are checked, and every delivered message is encoded as the
hub would do it and must parse back from exactly one line.

What a user hears is written shortly: `"alice PRIVMSG #tea :hi"` for what another user did,
`"403 bob #tea"` for what the server says. The text that a reply ends with is left out where it is
meant for people alone, since its wording is nobody's business but theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Ask, Close, Deliver, Effect, Report, Retag
from trio_chat.core.events import (
    Answered,
    Closed,
    Event,
    Opened,
    Received,
    Restored,
    Secured,
    Stopped,
    Ticked,
)
from trio_chat.core.history import Page
from trio_chat.core.settings import Limits, Settings
from trio_chat.core.state import Session, World
from trio_chat.core.step import step
from trio_chat.names import case_mapping
from trio_chat.testing.invariants import check_world
from trio_chat.wire.caps import CAPABILITIES
from trio_chat.wire.message import MAX_CLIENT_TAGS, Message, format_body, parse, read_line
from trio_chat.wire.variants import Variants

HOST = "192.0.2.1"
SERVER = Settings().server_name
START = 1_700_000_000.0

ALL_CAPS = " ".join(name for name in CAPABILITIES if name != "draft/metadata-2")
"""As many capabilities as one client can have: of the two drafts of metadata only one."""

# Replies that end with a text for people; so do all errors.
_WITH_TEXT = (
    "001 002 003 005 251 252 253 254 255 265 266 305 306 315 317 318 323 331 338 351 366 368 375"
    " 376 337 391 696 711 712 713 714 733 766 900 901 902 903 904 905 906 907 908 FAIL"
)


def brief(message: Message) -> str:
    """A message as the tests write it down."""
    command, params = message.command, message.params
    if command in _WITH_TEXT.split() or (command.isdigit() and command[0] in "45"):
        params = params[:-1]
    # Whether a colon stands where it need not is for the tests of `wire.message` to say.
    if command not in ("PRIVMSG", "NOTICE", "TOPIC", "QUIT", "PART", "KICK", "ERROR"):
        said = " ".join((command, *params[:-1], *map(_last, params[-1:])))
    else:
        said = format_body(Message(command, params))
    return said if message.source in ("", SERVER) else f"{message.nick} {said}"


def _last(param: str) -> str:
    return f":{param}" if not param or " " in param or param[0] == ":" else param


class Client:
    """One connection, and the user behind it."""

    def __init__(self, chat: Chat, session: Session) -> None:
        self.chat = chat
        self.session = session
        self.closed = ""
        """Why the server ended the connection, if it did."""
        self.lines: list[bytes] = []
        """What was heard since the last look."""

    @property
    def source(self) -> str:
        return self.session.user.source

    def take(self) -> list[Message]:
        """What was heard since the last look, as messages."""
        lines, self.lines = self.lines, []
        return [parse(line) for line in lines]

    def hears(self) -> list[str]:
        """What was heard since the last look, in brief."""
        return [brief(message) for message in self.take()]

    def sends(self, line: str | bytes) -> None:
        """Send one line."""
        data = line if isinstance(line, bytes) else line.encode()
        message = read_line(data, MAX_CLIENT_TAGS)
        self.chat.happens(Received(self.session.id, message, self.chat.at))

    def asks(self, line: str | bytes) -> list[Message]:
        """Send one line; what this client hears in consequence, as messages."""
        self.lines.clear()
        self.sends(line)
        return self.take()

    def does(self, line: str | bytes) -> list[str]:
        """Send one line; what this client hears in consequence, in brief."""
        return [brief(message) for message in self.asks(line)]

    def vanishes(self, reason: str = "Connection reset") -> None:
        """Lose the connection."""
        self.chat.happens(Closed(self.session.id, reason, self.chat.at))


class Chat:
    """A world of its own, and the clients in it."""

    forgets = True
    """Whether nothing is known of what was said before somebody came into a room."""

    def __init__(
        self, settings: Settings | None = None, accounts: Iterable[Account] | None = ()
    ) -> None:
        """`accounts` are those there are; None is for a server that can keep none."""
        settings = settings or Settings()
        self.world = World(settings, "boot", START, case_mapping(settings.casemapping))
        self.at = START
        """The wall clock."""
        self.clients: dict[int, Client] = {}
        self.effects: list[Effect] = []
        """What the last event led to."""
        self.reports: list[Report] = []
        """What the operator has been shown."""
        self._opened = 0
        if accounts is not None:
            self.happens(Restored(tuple(accounts), (), "", START))

    def happens(self, event: Event) -> None:
        """Let one event happen and carry out its effects as the hub would."""
        self.effects = step(self.world, event)
        for effect in self.effects:
            match effect:
                case Deliver():
                    self._deliver(effect)
                case Report():
                    self.reports.append(effect)
                case Retag():
                    effect.session.retag()
                case Close():
                    assert effect.session.id not in self.world.sessions
                    self._client(effect.session).closed = effect.reason
        check_world(self.world)
        if self.forgets:
            self._answer_replays()

    def _answer_replays(self) -> None:
        """Of what was said before a JOIN there is nothing: else every newcomer would wait."""
        effects = self.effects
        for effect in effects:
            if isinstance(effect, Ask):
                asked = effect.session.asked
                if asked is not None and asked.command == "JOIN":
                    self.happens(Answered(effect.session.id, Page(()), self.at))
        self.effects = effects

    def _deliver(self, effect: Deliver) -> None:
        variants = Variants(effect.message, self.world.now)
        for session in effect.audience:
            if not effect.reaches(session):
                continue
            line = variants.line(session.variant)
            assert line.endswith(b"\r\n")
            said = parse(line)
            assert said.command == effect.message.command
            # Only what stands last may be cut, never a name in the middle.
            assert len(said.params) == len(effect.message.params)
            assert said.params[:-1] == effect.message.params[:-1]
            assert effect.message.params[-1:] == () or effect.message.params[-1].startswith(
                said.params[-1]
            )
            client = self._client(session)
            assert not client.closed, "a message after the last one"
            client.lines.append(line)

    def _client(self, session: Session) -> Client:
        return self.clients.setdefault(session.id, Client(self, session))

    # -- people

    def open(
        self, address: str = HOST, fingerprint: str | None = None, hostname: str = ""
    ) -> Client:
        """Somebody connects; by TLS if there is a fingerprint, be it an empty one."""
        self._opened += 1
        self.happens(Opened(self._opened, address, self.at))
        if fingerprint is not None:
            self.happens(Secured(self._opened, fingerprint, self.at, hostname))
        if self._opened in self.clients:  # it has been sent away at once
            return self.clients[self._opened]
        return self._client(self.world.sessions[self._opened])

    def user(
        self, nick: str, *rooms: str, caps: str = "", address: str = HOST, account: str = ""
    ) -> Client:
        """Somebody connects, logs in, registers, joins rooms; what all heard of it is forgotten."""
        client = self.open(address)
        client.session.user.account = account
        if caps:
            client.sends(f"CAP REQ :{caps}")
        client.sends(f"NICK {nick}")
        client.sends(f"USER {nick} 0 * :Real {nick}")
        client.sends("CAP END")
        assert client.session.registered
        for room in rooms:
            client.sends(f"JOIN {room}")
        self.forget()
        return client

    def device(self, nick: str, *, caps: str = "", address: str = "192.0.2.7") -> Client:
        """One more client of a user's account; what it heard on coming is forgotten.

        Like most it says NICK before it logs in. Nobody may be called so any more.
        """
        user = self.world.find_user(nick)
        client = self.open(address)
        client.sends(f"CAP REQ :{caps}")
        client.sends(f"NICK {nick}")
        if user is not None and user.account:
            client.session.user.account = user.account
        client.sends(f"USER other 0 * :Other {nick}")
        client.sends("CAP END")
        client.lines.clear()
        return client

    def users(self, *nicks: str, room: str, caps: str = "") -> list[Client]:
        """Several people in one room, the first of them its operator."""
        return [self.user(nick, room, caps=caps) for nick in nicks]

    def forget(self) -> None:
        """Forget what was heard and shown so far."""
        for client in self.clients.values():
            client.lines.clear()
        self.reports.clear()

    # -- time

    def passes(self, seconds: float) -> None:
        """Let time pass, and tell the chat so."""
        self.at += seconds
        self.happens(Ticked(self.world.uptime + seconds, self.at))

    def stops(self, reason: str = "Server shutting down") -> None:
        """Take the server down."""
        self.happens(Stopped(reason, self.at))


def limited(**limits: float) -> Settings:
    """Settings with these limits."""
    return Settings(limits=Limits(**limits))  # type: ignore[arg-type]
