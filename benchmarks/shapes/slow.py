"""`slow`: a tenth of the members never read: what the readers notice, and what memory does.

First the readers alone, then, in the same room, with members that never read a byte. What the
kernel would hold for those, and three quarters of the server's queue, is poured out to them
beforehand, in a room of their own: so in the measured window the server itself must hold what they
do not read, and its queue runs over within it. Without that, the kernel's megabytes would hide the
server's, and a load that fills both in seconds would leave the floor no time to spare.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from benchmarks.crowd import Member, Trouble
from benchmarks.figures import Figures
from benchmarks.stage import SETTLE, Pace, Stage, Window

_PER_SECOND = 40
_BURST = 4
"""Lines said at once, 40 times per second: 73 kB per second to each member."""

_SIZE = 420
"""Bytes of text of each line."""

_WIRE = _SIZE + 36
"""Bytes of such a line as delivered, about."""

_POURED = 0.75
"""Share of the server's queue that is filled before the window."""

_RECEIVE_BUFFER = 1
"""Asked of the kernel for the slow ones; it gives its least."""

_UNDER_WAY = 64
"""Lines of the pouring under way at any time."""

_ROOM = b"#slow"
_POUR_ROOM = b"#pour"
_PATIENCE = 5.0
"""Seconds without a byte after which the pouring is given up."""

_GLANCE = 0.1
"""Seconds between two looks at the server's memory."""


class Flood:
    """One reader speaks, long lines, evenly; the server's memory is looked at as it goes."""

    def __init__(self, stage: Stage, speaker: Member, readers: int) -> None:
        self.stage = stage
        self.speaker = speaker
        self.readers = readers
        self.pace = Pace(_PER_SECOND)
        self.peak = 0
        self._glance = 0.0

    def turn(self) -> float:
        """A burst when it is due."""
        for _ in range(self.pace.due()):
            for _ in range(_BURST):
                self.stage.speak(self.speaker, b"PRIVMSG #slow :", self.readers - 1, _SIZE)
        now = time.monotonic()
        if now > self._glance:
            self._glance = now + _GLANCE
            self.peak = max(self.peak, self.stage.meter.resident_at_a_glance() or 0)
        return self.pace.wait()

    def measure(self, note: str) -> Window:
        """One measured window, everything delivered to every reader afterwards."""
        self.pace.restart()
        window = self.stage.measure(self.turn, note)
        self.stage.drain(lambda: self.stage.probes.missing)
        return window


def slow(stage: Stage) -> list[Figures]:
    """The row is the window with the slow members; `more` compares it to the one without."""
    slow_ones = max(1, stage.job.clients // 10)
    readers = stage.enter([_ROOM] * (stage.job.clients - slow_ones))
    flood = Flood(stage, readers[0], len(readers))
    stage.run(flood.turn, stage.job.warmup, "warming up")
    flood.measure("measuring without the slow ones")
    alone = stage.probes.member.quantile(0.99) or 1
    alone_last = stage.probes.last.quantile(0.99) or 1
    before = stage.meter.resident_at_a_glance()
    _admit_slow(stage, slow_ones, readers[:2])
    closed: set[bytes] = set()
    stage.crowd.on_rest = _quits(closed)
    flood.peak = 0
    window = flood.measure("measuring with the slow ones")
    figures = stage.figures(
        "slow", window, window.probes_sent, window.arrivals, flood.pace.latest_ns
    )
    more = {
        "alone_p99_ns": float(alone),
        "p99_to_alone": (figures.member.quantile(0.99) or 0) / alone,
        "last_p99_to_alone": (figures.last.quantile(0.99) or 0) / alone_last,
        "slow_closed": float(len(closed)),
        "slow_members": float(slow_ones),
    }
    if before is not None:
        growth = max(0, flood.peak - before)
        more["peak_growth"] = float(growth)
        more["peak_growth_to_sendq"] = growth / (slow_ones * stage.job.sendq)
    return [replace(figures, more=more)]


def _admit_slow(stage: Stage, count: int, pourers: Sequence[Member]) -> None:
    """Bring them in, stop reading, and fill what the kernel holds for them.

    The first of the two `pourers` speaks, the second hears, and so tells how far the server is.
    """
    stage.crowd.may_lose = True
    strays = stage.probes.strays
    members = stage.entrance.admit([_ROOM] * count, _RECEIVE_BUFFER)
    for member in (*members, *pourers):
        stage.crowd.say(member, b"JOIN %b\r\n" % _POUR_ROOM)
    stage.crowd.quiet(SETTLE)
    stage.entrance.finish()
    stage.probes.strays = strays  # a server may show those who come what was said before
    for member in members:
        stage.crowd.stop_reading(member)
    lines = int(kernel_holds(_RECEIVE_BUFFER) + _POURED * stage.job.sendq) // _WIRE
    while lines > 0 or stage.probes.missing:
        while lines > 0 and stage.probes.missing < _UNDER_WAY:
            stage.speak(pourers[0], b"PRIVMSG %b :" % _POUR_ROOM, 1, _SIZE)
            lines -= 1
        before = stage.crowd.octets
        stage.crowd.pump(_PATIENCE)
        if stage.crowd.octets == before:
            raise Trouble("the server fell silent while the slow ones were filled up")


def kernel_holds(receive_buffer: int) -> int:
    """Bytes this kernel takes for a loopback connection whose other end never reads: tried out."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket() as reader,
    ):
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        reader.connect(listener.getsockname())
        writer, _ = listener.accept()
        with writer:
            writer.setblocking(False)
            taken = 0
            with suppress(BlockingIOError):
                while True:
                    taken += writer.send(bytes(_SIZE))
    return taken


def _quits(closed: set[bytes]) -> Callable[[bytes], None]:
    """Collects who was closed, from the QUIT lines the readers get.

    The slow ones themselves do not see it: the end of their stream waits behind what they never
    read.
    """

    def note(line: bytes) -> None:
        source, _, rest = line.partition(b" ")
        if rest.startswith(b"QUIT"):
            closed.add(source)

    return note
