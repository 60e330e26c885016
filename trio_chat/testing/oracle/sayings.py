"""What was said by the clients of a journal: by it what others saw can be told apart.

Law: a text that was said once in a place is as good as an id. One that was said twice is none; nor
is one that nobody in the journal has said, for a bot under test may have.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass

from trio_chat.testing.oracle.journal import Journal, Kind
from trio_chat.wire.message import Message

SPOKEN = ("PRIVMSG", "NOTICE")

AMBIGUOUS = -1
"""In the place of a number: there are several."""

Fold = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a client has sent to one target."""

    number: int
    index: int
    """Where in the journal."""
    connection: int
    command: str
    target: str
    """A room or a nick, folded."""
    texts: tuple[str, ...]
    """Its lines: more than one if it was sent as draft/multiline."""
    label: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that a client has sent, whatever it is."""

    index: int
    connection: int
    message: Message


class Sayings:
    """All that was sent, by its command; and all that was said, in the order in which it was."""

    def __init__(self, journal: Journal, fold: Fold) -> None:
        self.said: list[Said] = []
        self.by_text: dict[tuple[str, str], int] = {}
        """The number of what was said, by target and line; `AMBIGUOUS` if it was said again."""
        self.by_label: dict[tuple[int, str], int] = {}
        """The same by connection and label."""
        self.sent: dict[str, list[Sent]] = {}
        self._fold = fold
        self._open: dict[int, _Several] = {}
        for index, event in enumerate(journal.events):
            if event.kind is Kind.SENT and event.message is not None:
                self._take(index, event.connection, event.message)
        self.connection_of_username = self._usernames()
        """Whose a username is, as the first parameter of USER; `AMBIGUOUS` if of several."""
        self.reasons = self._reasons()
        """How often each text was sent as a topic, or as the reason of a PART, KICK or QUIT."""
        self._deeds = self._find_deeds()

    def did_once(self, command: str, connection: int, what: tuple[str, ...]) -> bool:
        """Whether a client has sent JOIN or PART for a room, NICK for a nick, or MODE with these
        parameters, once and no more than once; names are folded."""
        return len(self._deeds.get((command, connection, what), ())) == 1

    def joins_before(self, said: Said) -> int:
        """How often whoever said something had sent JOIN for the room by then."""
        places = self._deeds.get(("JOIN", said.connection, (said.target,)), ())
        return bisect(places, said.index)

    def find(self, target: str, text: str) -> Said | None:
        """What was said once and only once, by the folded target and one line of its text."""
        number = self.by_text.get((target, text), AMBIGUOUS)
        return None if number == AMBIGUOUS else self.said[number]

    def of(self, command: str) -> list[Sent]:
        """All that was sent of one command."""
        return self.sent.get(command, [])

    def _take(self, index: int, connection: int, message: Message) -> None:
        command = message.command
        if command in SPOKEN:
            if len(message.params) < 2:
                return
            several = self._open.get(connection)
            if several is not None and message.tags.get("batch") == several.reference:
                several.command = command
                several.texts.append(message.params[1])
                return
            label = message.tags.get("label", "")
            for target in message.params[0].split(","):
                self._say(index, connection, command, target, (message.params[1],), label)
            return
        self.sent.setdefault(command, []).append(Sent(index, connection, message))
        if command == "BATCH":
            self._batch(index, connection, message)

    def _batch(self, index: int, connection: int, message: Message) -> None:
        reference = message.params[0][1:] if message.params else ""
        if message.params[1:2] == ("draft/multiline",) and len(message.params) > 2:
            label = message.tags.get("label", "")
            self._open[connection] = _Several(reference, message.params[2], label, [])
            return
        several = self._open.get(connection)
        if several is not None and reference == several.reference:
            del self._open[connection]
            if several.texts:
                texts = tuple(several.texts)
                self._say(index, connection, several.command, several.target, texts, several.label)

    def _say(
        self,
        index: int,
        connection: int,
        command: str,
        target: str,
        texts: tuple[str, ...],
        label: str,
    ) -> None:
        place = self._fold(target)
        number = len(self.said)
        self.said.append(Said(number, index, connection, command, place, texts, label))
        if label:
            its = (connection, label)
            self.by_label[its] = AMBIGUOUS if its in self.by_label else number
        for text in texts:
            key = (place, text)
            self.by_text[key] = AMBIGUOUS if key in self.by_text else number

    def _usernames(self) -> dict[str, int]:
        owners: dict[str, int] = {}
        for sent in self.of("USER"):
            if sent.message.params:
                name = sent.message.params[0]
                same = owners.get(name, sent.connection) == sent.connection
                owners[name] = sent.connection if same else AMBIGUOUS
        return owners

    def _find_deeds(self) -> dict[tuple[str, int, tuple[str, ...]], list[int]]:
        """Where in the journal each client has sent to do each thing."""
        deeds: dict[tuple[str, int, tuple[str, ...]], list[int]] = {}
        for command in ("JOIN", "PART", "NICK"):
            for sent in self.of(command):
                for name in sent.message.params[:1] and sent.message.params[0].split(","):
                    its = (self._fold(name),)
                    deeds.setdefault((command, sent.connection, its), []).append(sent.index)
        for sent in self.of("MODE"):
            modes = tuple(map(self._fold, sent.message.params))
            deeds.setdefault(("MODE", sent.connection, modes), []).append(sent.index)
        # A room may send on who may not come in (+f), and JOIN 0 leaves all rooms.
        forwards = any("f" in "".join(sent.message.params[1:2]) for sent in self.of("MODE"))
        if forwards or any(sent.message.params[:1] == ("0",) for sent in self.of("JOIN")):
            return {}
        return deeds

    def _reasons(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for command, words in (("PART", 1), ("TOPIC", 1), ("KICK", 2), ("QUIT", 0)):
            for sent in self.of(command):
                if len(sent.message.params) > words:
                    # For many rooms or people at once it is said as often.
                    times = 1 + sum(each.count(",") for each in sent.message.params[:words])
                    text = sent.message.params[words]
                    counts[text] = counts.get(text, 0) + times
        return counts


@dataclass(slots=True)
class _Several:
    """A message of several lines that is not complete yet."""

    reference: str
    target: str
    label: str
    texts: list[str]
    command: str = ""
