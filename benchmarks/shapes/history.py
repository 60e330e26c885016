"""`history`: the lobby while others ask for what was said, then while they search it.

Ten million messages in 1,000 rooms lie in the server's history before it starts (`past`). 200
clients, each in five of these rooms, ask for the latest 100 messages of one of them
(`draft/chathistory`), 50 questions per second in all, whatever the answers do; and in a window of
its own they look for a word in one of them (`soju.im/search`), 10 per second, for a word
that was said there. An answer takes from the sending of its question to the end of its batch.

The lobby is played three times, alone and beside each of the two, in the same room: what it notices
is a ratio. Where there is no history (the floor) nobody asks, and the ratio is the machine's noise.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle

from benchmarks import past
from benchmarks.crowd import Member, Trouble
from benchmarks.figures import QUANTILES, Figures
from benchmarks.histogram import Histogram
from benchmarks.shapes.lobby import LOBBY, Lobby, compared
from benchmarks.stage import SETTLE, Pace, Stage, Window

_ASKERS = 5
"""The lobby has that many times as many members as there are askers."""

_ROOMS_EACH = 5

_PER_SECOND = 50
"""Questions for the latest messages, of all askers together."""

_SEARCHES_PER_SECOND = 10

_LINES = 100
"""Messages that are asked for."""

_CAPABILITIES = b"batch message-tags server-time draft/chathistory"
_SEARCH = b"soju.im/search"


class Answer:
    """What comes back to one question: a batch. Lines come without their end."""

    def __init__(self) -> None:
        self.lines = 0
        """Messages in it so far."""
        self._batch = b""

    def hear(self, line: bytes) -> bool:
        """Whether the answer ends with that line. Raises Trouble when it is a refusal."""
        if line.startswith(b"@"):
            line = line.partition(b" ")[2]
        if line.startswith(b":"):
            line = line.partition(b" ")[2]
        match line.split(b" ", 2):
            case [b"BATCH", reference, *_] if not self._batch and reference.startswith(b"+"):
                self._batch = reference[1:]
            case [b"BATCH", reference, *_] if reference == b"-" + self._batch:
                return True
            case [b"FAIL", *_]:
                raise Trouble(f"a question was refused: {line.decode(errors='replace')}")
            case [b"PRIVMSG", *_] if self._batch:
                self.lines += 1
        return False


class Asker:
    """One who asks about some rooms; the answers come in the order of the questions."""

    def __init__(self, stage: Stage, member: Member, rooms: Sequence[bytes]) -> None:
        self.rooms = rooms
        self.answers = Histogram()
        """From the question to the end of its answer."""
        self.lines = 0
        """Messages in all these answers."""
        self._stage = stage
        self._member = member
        self._asked: deque[int] = deque()
        self._answer = Answer()

    def enter(self) -> None:
        """Come into the rooms."""
        self._stage.crowd.say(self._member, b"JOIN %b\r\n" % b",".join(self.rooms))

    def ask(self, question: bytes) -> None:
        """Ask, whether or not the last answer is there."""
        self._asked.append(time.monotonic_ns())
        self._member.ear = self._hear
        self._stage.crowd.say(self._member, question + b"\r\n")

    @property
    def waiting(self) -> int:
        """Questions without an answer."""
        return len(self._asked)

    def _hear(self, member: Member, data: bytes, now: int) -> None:
        for line in data.splitlines():
            if self._stage.crowd.answer_ping(member, line) or not self._answer.hear(line):
                continue
            if not self._asked:
                raise Trouble("there was an answer nobody had asked for")
            self.answers.record(now - self._asked.popleft())
            self.lines += self._answer.lines
            self._answer = Answer()


class Askers:
    """All of them; they ask in turn, at an even pace."""

    def __init__(self, askers: Sequence[Asker], per_second: float) -> None:
        self.askers = askers
        self._pace = Pace(per_second)
        self._turns = cycle(askers)

    def turn(self, question: Callable[[Asker], bytes]) -> float:
        """Who is due asks; the seconds until more are due."""
        if not self.askers:
            return 1.0
        for _ in range(self._pace.due()):
            asker = next(self._turns)
            asker.ask(question(asker))
        return self._pace.wait()

    def restart(self) -> None:
        """Ask from now on, with nothing overdue."""
        self._pace.restart()

    def take(self) -> tuple[Histogram, int]:
        """How long the answers took since it was asked last, and the messages in them."""
        taken, lines = Histogram(), 0
        for asker in self.askers:
            taken.add(asker.answers)
            lines += asker.lines
            asker.answers, asker.lines = Histogram(), 0
        return taken, lines

    @property
    def waiting(self) -> int:
        """Questions without an answer."""
        return sum(asker.waiting for asker in self.askers)


def latest(asker: Asker, dice: random.Random) -> bytes:
    """What somebody asks who comes back."""
    return b"CHATHISTORY LATEST %b * %d" % (dice.choice(asker.rooms), _LINES)


def search(asker: Asker, dice: random.Random, words: Mapping[bytes, Sequence[str]]) -> bytes:
    """What somebody asks who looks for something; `words` have been said in the room."""
    room = dice.choice(asker.rooms)
    return b"SEARCH in=%b;text=%b;limit=%d" % (room, dice.choice(words[room]).encode(), _LINES)


def history(stage: Stage) -> list[Figures]:
    """A row for the questions and, where there is one, a row for the search."""
    members = stage.enter([LOBBY] * stage.job.clients)
    room = Lobby(stage, members)
    askers, can_search = _admit(stage, max(1, stage.job.clients // _ASKERS))
    stage.run(room.turn, stage.job.warmup, "warming up")
    room.pace.restart()
    alone = stage.measure(room.turn, "measuring without questions")
    stage.drain(lambda: stage.probes.missing)
    each, last = stage.probes.member, stage.probes.last

    dice = random.Random("questions")
    words = past.words_by_room()

    def row(name: str, per_second: float, question: Callable[[Asker], bytes]) -> Figures:
        figures, more = _beside(stage, room, Askers(askers, per_second), name, question, alone)
        more |= compared(figures, each, last, "questions")
        return replace(figures, clients=len(members), more=more)

    rows = [row("history", _PER_SECOND, lambda asker: latest(asker, dice))]
    if can_search:
        rows.append(row("search", _SEARCHES_PER_SECOND, lambda asker: search(asker, dice, words)))
    return rows


def _admit(stage: Stage, count: int) -> tuple[list[Asker], bool]:
    """Those who can ask, each in rooms of its own, and whether they can search; none where there is
    no history."""
    members = stage.entrance.admit([b""] * count)
    stage.entrance.finish()
    if not stage.negotiate(members, _CAPABILITIES):
        return [], False
    can_search = stage.negotiate(members, _SEARCH)
    askers = []
    for number, member in enumerate(members):
        first = number * _ROOMS_EACH
        rooms = [b"#room%d" % (n % past.ROOMS) for n in range(first, first + _ROOMS_EACH)]
        askers.append(Asker(stage, member, rooms))
        askers[-1].enter()
        stage.crowd.pump(0)
    stage.crowd.quiet(SETTLE)
    stage.crowd.reset()
    return askers, can_search


def _beside(
    stage: Stage,
    room: Lobby,
    askers: Askers,
    name: str,
    question: Callable[[Asker], bytes],
    alone: Window,
) -> tuple[Figures, dict[str, float]]:
    """The lobby beside those who ask."""

    def turn() -> float:
        return min(askers.turn(question), room.turn())

    stage.faults.clear()
    askers.restart()
    room.pace.restart()
    stage.run(turn, stage.job.warmup, f"warming up, {name}")
    askers.take()
    room.pace.restart()
    window = stage.measure(turn, f"measuring, {name}")
    stage.drain(lambda: stage.probes.missing + askers.waiting)
    taken, lines = askers.take()
    figures = stage.figures(name, window, window.probes_sent, window.arrivals, room.pace.latest_ns)
    more = {"answers_per_second": taken.count / window.seconds}
    if taken.count:
        more["lines_per_answer"] = lines / taken.count
        for label, share in QUANTILES[:2]:
            more[f"answer_{label}_ns"] = float(taken.quantile(share) or 0)
        if window.server_cpu_ns is not None and alone.server_cpu_ns is not None:
            lobby = alone.server_cpu_ns / alone.seconds * window.seconds
            more["cpu_per_answer_ns"] = (window.server_cpu_ns - lobby) / taken.count
    return figures, more
