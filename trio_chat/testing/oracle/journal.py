"""The journal: what became of every connection to a chat, as seen from outside, in order of time.

Laws:

* It is append-only, and everything in it is plain data: what is judged by it can be judged of any
  server, in the same process or at the other end of the world.
* It has what a client saw, in the order in which the client saw it. When something stands between
  two connections' lines says in which order their clients came to see them, and no more: how long
  each was under way nobody knows.
* What was sent stands before whatever it was answered with; that it has arrived is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from trio_chat.wire.message import Message, escape_tag_value

SHOWN_EVENTS = 60
"""Lines that `last_lines` returns unless told otherwise: what a failure can be read from."""


class Kind(Enum):
    """What an entry of the journal tells of."""

    BEGAN = "began"
    SENT = "sent"
    RECEIVED = "received"
    ENDED = "ended"
    PAUSED = "stopped reading"
    RESUMED = "reads on"
    RESIDENT = "stays"
    FAULT = "fault"
    JUMPED = "clock jumped"
    STARTED = "server started"
    STOPPED = "server stopped"
    SETTLED = "settled"


NOBODY = -1
"""The connection of what was no connection's."""


class Event(NamedTuple):
    """One entry: `at` is in seconds since the journal began; `message` is what was sent or
    received; `text` says more of all else."""

    at: float
    kind: Kind
    connection: int = NOBODY
    message: Message | None = None
    text: str = ""


def _at_no_time() -> float:
    return 0.0


class Journal:
    """What all connections saw. `clock` tells the time to those who write, in seconds.

    Times should not go back; only how findings are told goes by them, never what is found.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.events: list[Event] = []
        self.now: Callable[[], float] = clock or _at_no_time
        self.names: list[str] = []
        """What each connection is called in a report, by its number."""
        self._times: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    # -- of connections

    def began(self, at: float, name: str = "") -> int:
        """Somebody has connected; returns the number of the connection.

        `name` is for reports alone, where the second connection of that name has `/2` behind it:
        who it is to the server, it says itself.
        """
        connection = len(self.names)
        times = self._times[name] = self._times.get(name, 0) + 1
        name = name or "somebody"
        self.names.append(name if times == 1 else f"{name}/{times}")
        self.events.append(Event(at, Kind.BEGAN, connection, None, self.names[connection]))
        return connection

    def sent(self, at: float, connection: int, message: Message) -> None:
        """A client is about to send this."""
        self.events.append(Event(at, Kind.SENT, connection, message))

    def received(self, at: float, connection: int, message: Message) -> None:
        """A client has received this."""
        self.events.append(Event(at, Kind.RECEIVED, connection, message))

    def paused(self, at: float, connection: int) -> None:
        """A client reads nothing any more, until it has `resumed`."""
        self.events.append(Event(at, Kind.PAUSED, connection))

    def resumed(self, at: float, connection: int) -> None:
        """A client reads on."""
        self.events.append(Event(at, Kind.RESUMED, connection))

    def ended(self, at: float, connection: int, how: str) -> None:
        """A client has nothing more to do with its connection, whoever ended it and `how`."""
        self.events.append(Event(at, Kind.ENDED, connection, None, how))

    # -- of all else

    def resident(self, at: float, nick: str) -> None:
        """From now on somebody may be in rooms under this nick without being connected."""
        self.events.append(Event(at, Kind.RESIDENT, NOBODY, None, nick))

    def fault(self, at: float, text: str) -> None:
        """Something was done to the network, the disk or the server."""
        self.events.append(Event(at, Kind.FAULT, NOBODY, None, text))

    def jumped(self, at: float, seconds: float) -> None:
        """The server's wall clock was set forward, or back."""
        self.events.append(Event(at, Kind.JUMPED, NOBODY, None, f"{seconds:+g} s"))

    def started(self, at: float, text: str = "") -> None:
        """The server has started, once more or for the first time."""
        self.events.append(Event(at, Kind.STARTED, NOBODY, None, text))

    def stopped(self, at: float, text: str = "") -> None:
        """The server has stopped, was killed or has lost its power: the `text` says which."""
        self.events.append(Event(at, Kind.STOPPED, NOBODY, None, text))

    def settled(self, at: float) -> None:
        """All faults are mended, and everybody had the time to send and receive all there is.

        Whoever is connected now and reads should have seen everything, and have every answer.
        """
        self.events.append(Event(at, Kind.SETTLED))

    # -- to read

    def lines(self, events: Iterable[Event] | None = None) -> Iterator[str]:
        """The journal, or some of it, as text: one line for each entry."""
        for event in self.events if events is None else events:
            yield self.line(event)

    def last_lines(self, count: int = SHOWN_EVENTS) -> list[str]:
        """The end of the journal as text."""
        return list(self.lines(self.events[-count:] if count else ()))

    def line(self, event: Event) -> str:
        """One entry as text."""
        what = event.text or event.kind.value
        if event.message is not None:
            sign = ">" if event.kind is Kind.SENT else "<"
            what = f"{sign} {written(event.message)}"
        elif event.text and event.kind is not Kind.FAULT:
            what = f"{event.kind.value}: {event.text}"
        who = self.names[event.connection] if event.connection != NOBODY else "--"
        return f"{event.at:10.4f} {who}: {what}"


def written(message: Message) -> str:
    """A message as one line of text, also if no server could send it; control characters and all
    that is not ASCII in the form that Python writes them."""
    words = []
    if message.tags:
        tags = (f"{key}={escape_tag_value(value)}" for key, value in message.tags.items())
        words.append("@" + ";".join(tags))
    if message.source:
        words.append(":" + message.source)
    words.append(message.command)
    words += message.params[:-1]
    if message.params:
        last = message.params[-1]
        words.append(f":{last}" if not last or " " in last or last[0] == ":" else last)
    line = " ".join(words)
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
