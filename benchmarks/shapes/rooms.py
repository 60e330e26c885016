"""`shout` and `tables`: rooms in which everyone speaks, as fast as the server takes it, or paced.

As fast as the server takes it is a closed loop: each member keeps a window of messages under way
and sends the next when one has come round through another member. So the server is never short of
work, and what waits anywhere stays bounded; a load that just poured would measure its buffers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from benchmarks.accounts import Tally, plain_text, probe_text
from benchmarks.crowd import Member
from benchmarks.figures import Figures
from benchmarks.stage import SETTLE, TEXT, Pace, Stage

_WINDOW = 1
"""Messages each member keeps under way: with all members speaking that already fills every batch.

Larger windows were tried (docs/benchmarks.md): a room of 500 gained nothing and waited longer.
"""

_TABLE = 10
"""Members of one small room."""

_TABLES_PER_SECOND = 500
"""Messages per second of all small rooms together, when paced."""

_PROBED = 25_000
"""Deliveries of probes per second the generator can afford to parse beside counting the rest."""


class Chorus:
    """Rooms whose members all speak in a closed loop.

    The first member of a room parses all it hears and so tells each other member that its message
    came round; the second only counts the first one's messages.
    """

    def __init__(self, stage: Stage, rooms: Sequence[Sequence[Member]]) -> None:
        self.stage = stage
        self.rooms = rooms
        self.members = [member for room in rooms for member in room]
        self.tally = Tally(
            {member.index: number for number, room in enumerate(rooms) for member in room}
        )
        self.hearers = {member.index: len(room) - 1 for room in rooms for member in room}
        self.by_nick = {member.nick: member for member in self.members}
        self.probed = 1.0
        self._credit: dict[Member, int] = dict.fromkeys(self.members, _WINDOW)
        self._plain = plain_text(TEXT) + b"\r\n"
        for room in rooms:
            room[0].ear = self._hear_all
            room[1].ear = partial(self._hear_one, b":" + room[0].nick + b"!", room[0])

    def turn(self) -> float:
        """Everyone whose message has come round says the next."""
        credit, self._credit = self._credit, {}
        say = self.stage.crowd.say
        for member, count in credit.items():
            say(member, b"".join([self._line(member) for _ in range(count)]))
            self.tally.said(member.index, count)
        return 1.0

    def sample(self, deliveries_per_second: float) -> None:
        """From now on probe as large a share of the messages as the generator can afford."""
        self.probed = min(1.0, _PROBED / max(1.0, deliveries_per_second))

    def missing(self) -> int:
        """Lines said that have not yet reached everyone."""
        return self.tally.deliveries - self.stage.crowd.lines

    def check(self) -> None:
        """Every member, one by one, got exactly the lines of its room that were not its own."""
        wrong = [m for m in self.members if m.lines != self.tally.due(m.index)]
        if wrong:
            self.stage.faults.append(f"{len(wrong)} members got too few or too many lines")

    def rest(self) -> None:
        """Stop listening for what comes round."""
        for room in self.rooms:
            room[0].ear = room[1].ear = None

    def _line(self, member: Member) -> bytes:
        start = b"PRIVMSG %b :" % member.room
        stage = self.stage
        if self.probed < 1.0 and stage.random.random() >= self.probed:
            return start + self._plain
        number = stage.probes.send(self.hearers[member.index])
        return start + probe_text(number, time.monotonic_ns(), TEXT) + b"\r\n"

    def _hear_all(self, member: Member, data: bytes, now: int) -> None:
        credit = self._credit
        by_nick = self.by_nick
        for line in data.splitlines():
            speaker = by_nick.get(line[1 : line.find(b"!")])
            if speaker is not None:
                credit[speaker] = credit.get(speaker, 0) + 1

    def _hear_one(
        self, source: bytes, speaker: Member, member: Member, data: bytes, now: int
    ) -> None:
        if heard := data.count(source):
            self._credit[speaker] = self._credit.get(speaker, 0) + heard


def saturate(stage: Stage, rooms: Sequence[Sequence[Member]], row: str) -> Figures:
    """Rooms that speak as fast as the server takes it; a row of figures."""
    stage.crowd.parse_rest = False
    chorus = Chorus(stage, rooms)
    stage.run(chorus.turn, stage.job.warmup / 2, "warming up")
    before, start = stage.crowd.lines, time.monotonic()
    stage.run(chorus.turn, stage.job.warmup / 2, "warming up")
    chorus.sample((stage.crowd.lines - before) / (time.monotonic() - start))
    said = chorus.tally.messages
    seen = stage.measure(chorus.turn, "measuring")
    said = chorus.tally.messages - said
    stage.drain(chorus.missing)
    chorus.check()
    chorus.rest()
    stage.crowd.parse_rest = True
    return stage.figures(row, seen, said, seen.lines)


def shout(stage: Stage) -> list[Figures]:
    """One room, all speak."""
    members = stage.enter([b"#shout"] * stage.job.clients)
    return [saturate(stage, [members], "shout")]


def tables(stage: Stage) -> list[Figures]:
    """Rooms of 10: saturated, then, in the same rooms, at a calm even pace."""
    count = max(1, stage.job.clients // _TABLE)
    members = stage.enter([b"#table%d" % (n % count) for n in range(count * _TABLE)])
    rooms = [members[number::count] for number in range(count)]
    fast = saturate(stage, rooms, "tables")
    stage.crowd.quiet(SETTLE)
    stage.crowd.reset()
    return [fast, _paced(stage, members)]


def _paced(stage: Stage, members: Sequence[Member]) -> Figures:
    pace = Pace(_TABLES_PER_SECOND)

    def turn() -> float:
        for _ in range(pace.due()):
            speaker = stage.random.choice(members)
            stage.speak(speaker, b"PRIVMSG %b :" % speaker.room, _TABLE - 1)
        return pace.wait()

    stage.faults.clear()
    stage.run(turn, stage.job.warmup, "warming up")
    pace.restart()
    window = stage.measure(turn, "measuring, paced")
    stage.drain(lambda: stage.probes.missing)
    row = f"tables@{_TABLES_PER_SECOND}"
    return stage.figures(row, window, window.probes_sent, window.arrivals, pace.latest_ns)
