"""Bringing the crowd in: connect, register, join, a bounded number of members at a time.

Laws: never more at the door than the listen backlog of any server holds (a dropped SYN is sent
again only after a second, and that second would be taken for the server's); whoever is refused
ends the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.crowd import Crowd, Member, Trouble
from benchmarks.histogram import Histogram

AT_ONCE = 100
"""Members between connect and the end of their entry; listen backlogs are 128 and more."""

_PATIENCE = 30.0
"""Seconds without any member's entry after which the server has stopped letting them in."""

_TELL = 0.5
"""Seconds between two reports of progress."""

_NO_ENTRY = (b"ERROR", b"432", b"433", b"464", b"465", b"471", b"473", b"474", b"475", b"405")


class Entrance:
    """Admits members, and measures what they saw of it."""

    def __init__(self, crowd: Crowd, progress: Callable[[float, str], None]) -> None:
        self.crowd = crowd
        self.entry = Histogram()
        """From the connect to the end of the names list (or of the welcome, without a room)."""
        self.joins = Histogram()
        """From the JOIN sent to each member that saw it, the joining one included."""
        self.last_joins = Histogram()
        """From the JOIN sent to the last member that saw it."""
        self.joins_seen = 0
        self._progress = progress
        self._began: dict[int, int] = {}
        self._joined: dict[bytes, int] = {}
        self._last_seen: dict[bytes, int] = {}
        self._inside = 0

    def admit(self, rooms: Sequence[bytes], receive_buffer: int | None = None) -> list[Member]:
        """One member per entry of `rooms`, each in its room (b"": in none); back when all are in.

        Raises Trouble when one is refused or the server stalls.
        """
        first = len(self.crowd.members)
        admitted: list[Member] = []
        target = self._inside + len(rooms)
        marked, at = self._inside, time.monotonic()
        told = at
        while self._inside < target:
            waiting = first + len(admitted) - self._inside
            while waiting < AT_ONCE and len(admitted) < len(rooms):
                admitted.append(
                    self._open(first + len(admitted), rooms[len(admitted)], receive_buffer)
                )
                waiting += 1
            self.crowd.pump(1.0)
            now = time.monotonic()
            if self._inside != marked:
                marked, at = self._inside, now
                if now - told > _TELL:
                    told = now
                    share = 1 - (target - self._inside) / len(rooms)
                    self._progress(share, f"{self._inside} members in")
            elif now - at > _PATIENCE:
                raise Trouble(f"after {self._inside} members the server let no more in")
        return admitted

    def finish(self) -> None:
        """Everyone has seen everyone: fold the last arrivals, and listen to joins no longer."""
        for nick, seen in self._last_seen.items():
            self.last_joins.record(seen - self._joined[nick])
        self._last_seen.clear()
        for member in self.crowd.members.values():
            member.ear = None

    def _open(self, index: int, room: bytes, receive_buffer: int | None) -> Member:
        began = time.monotonic_ns()
        member = self.crowd.open(index, room, receive_buffer)
        self._began[index] = began
        member.ear = self._ear
        self.crowd.say(member, b"NICK %b\r\nUSER %b 0 * :load\r\n" % (member.nick, member.nick))
        return member

    def _ear(self, member: Member, data: bytes, now: int) -> None:
        for line in data.splitlines():
            if self.crowd.answer_ping(member, line):
                continue
            words = line.split(b" ", 2)
            command = words[1] if line.startswith(b":") and len(words) > 1 else words[0]
            if command == b"JOIN":
                self._saw_join(words[0][1:].partition(b"!")[0], now)
            elif command == b"001":
                self._welcomed(member, now)
            elif command == b"366":
                self._entered(member, now)
            elif command in _NO_ENTRY:
                raise Trouble(
                    f"{member.nick.decode()} was refused: {line.decode(errors='replace')}"
                )

    def _welcomed(self, member: Member, now: int) -> None:
        if not member.room:
            self._entered(member, now)
            return
        self._joined[member.nick] = time.monotonic_ns()
        self.crowd.say(member, b"JOIN %b\r\n" % member.room)

    def _entered(self, member: Member, now: int) -> None:
        began = self._began.pop(member.index, None)
        if began is not None:  # Else it is in already, and this is a further room.
            self.entry.record(now - began)
            self._inside += 1

    def _saw_join(self, nick: bytes, now: int) -> None:
        began = self._joined.get(nick)
        if began is None:
            return  # Somebody else's, on a server that is not ours alone.
        self.joins_seen += 1
        self.joins.record(now - began)
        self._last_seen[nick] = now
