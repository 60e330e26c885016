"""A sitting at one client: it starts, nothing happens, lines come in while keys are pressed, at
one rate after the other, and in the end more lines than anybody reads.

Laws: keys are pressed and lines said by the clock, whatever the client does; what was said within
a window is timed, and has to arrive, if only after it; the screen is looked at between the windows.
"""

from __future__ import annotations

import random
import select
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks.client.clients import CLIENTS, Client
from benchmarks.client.figures import Figures, Job
from benchmarks.client.host import Host, token
from benchmarks.client.screen import Eyes, Key
from benchmarks.client.terminal import COLUMNS, ROWS, Terminal
from benchmarks.crowd import Trouble
from benchmarks.histogram import Histogram
from benchmarks.readings import Meter, on_core
from benchmarks.stage import Pace

PATIENCE = 120.0
"""Seconds within which a client has to show what it was sent, on a busy machine too."""

SETTLE = 0.5
"""Seconds without a byte from a client after which it has shown all it has to show."""

FILL = 2 * ROWS
"""Lines said before anything is measured: the screen is full then, as it is nearly always."""

FULL = 30
"""Characters typed before they are taken back by Ctrl-U, and others follow."""

PAUSES = (0.02, 0.06)
"""Seconds between two keys: fast typing, and out of step with whatever the client does by time."""

# Two rounds never share a letter, and no prompt ends in one of these.
_ALPHABETS = ("ABCDEFGHIJKLM", "NOPQRSTUVWXYZ")
_KILL_LINE = b"\x15"

_QUERY = b"\x1b[6n"
"""DSR: the program asks where the cursor is, and may wait for the answer."""

_POUR = 200
"""Lines handed to the kernel at once in a flood."""


class Hands(Protocol):
    """Who presses keys."""

    due: float
    """When the next is, on the monotonic clock."""

    def press(self) -> tuple[bytes, str]:
        """The next key, and what stands before the cursor then; nothing if that cannot be told."""


class Typist:
    """Presses keys by the clock, from a seed; the line is never entered."""

    def __init__(self) -> None:
        self.due = time.monotonic()
        self._dice = random.Random("typist")
        self._typed = ""
        self._round = 0

    def press(self) -> tuple[bytes, str]:
        """The next key, and what is typed then."""
        self.due += self._dice.uniform(*PAUSES)
        if len(self._typed) == FULL:
            self._round += 1
            self._typed = ""
            return _KILL_LINE, ""
        letter = self._dice.choice(_ALPHABETS[self._round % 2].replace(self._typed[-1:] or " ", ""))
        self._typed += letter
        return letter.encode(), self._typed


class Sitting:
    """One client on a terminal, the server it is connected to, and who sits there."""

    def __init__(self, client: Client, home: Path, core: int | None = None) -> None:
        self.client = client
        self.host = Host()
        self.eyes = Eyes(COLUMNS, ROWS)
        self.said = 0
        """Lines said so far; the number of the next."""
        self.heard_at = 0.0
        """When the client last wrote something."""
        self.keys: list[Key] = []
        """All keys pressed in this phase whose echo can be told."""
        self._said_ns: dict[int, int] = {}
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self._peer: socket.socket | None = None
        self._outbox = bytearray()
        self._poll = select.epoll()
        self._poll.register(self._door.fileno(), select.EPOLLIN)
        command = client.command(self._door.getsockname()[1], home)
        self.started_ns = time.monotonic_ns()
        with on_core(core):
            self.terminal = Terminal(command, client.environment(home))
        self.meter = Meter(self.terminal.process.pid)
        self._poll.register(self.terminal.master, select.EPOLLIN)

    def close(self) -> None:
        """End the client and the connection."""
        self.terminal.close()
        self._door.close()
        if self._peer is not None:
            self._peer.close()
        self._poll.close()

    @property
    def has_ended(self) -> bool:
        """Whether the client has."""
        return self.terminal.process.poll() is not None

    def rows(self) -> str:
        """What is on the screen now."""
        self.eyes.look()
        screen = self.eyes.screen
        return "\n".join(screen.row(row).rstrip() for row in range(ROWS)).strip()

    # --- turns ---

    def turn(self, wait: float) -> None:
        """As `wait`. Raises Trouble when the client has ended."""
        self.wait(wait)
        if self.has_ended:
            raise Trouble(f"{self.client.name} has ended:\n{self.rows()}")

    def wait(self, wait: float) -> None:
        """Read and write what there is to be read and written, within so many seconds."""
        for fd, _ in self._poll.poll(max(0.0, wait)):
            if fd == self.terminal.master:
                self._read_terminal()
            elif fd == self._door.fileno():
                self._peer, _ = self._door.accept()
                self._peer.setblocking(False)
                self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._poll.register(self._peer.fileno(), select.EPOLLIN)
            else:
                self._serve()

    def _read_terminal(self) -> None:
        data = self.terminal.read()
        self.eyes.record(time.monotonic_ns(), data)
        self.heard_at = time.monotonic()
        if _QUERY in data:
            self.eyes.look()
            self.terminal.type(self.eyes.answers())

    def _serve(self) -> None:
        assert self._peer is not None
        try:
            data = self._peer.recv(65536)
        except BlockingIOError:
            return self._send()
        except ConnectionError:
            data = b""
        if not data:
            self._peer.close()  # and is polled no more
            self._peer = None
            return None
        self._outbox += self.host.hear(data)
        return self._send()

    def _send(self) -> None:
        if self._peer is None:
            self._outbox.clear()  # it has hung up, and is about to end
            return
        while self._outbox:
            try:
                del self._outbox[: self._peer.send(self._outbox)]
            except (BlockingIOError, ConnectionError):
                break
        wanted = select.EPOLLIN | (select.EPOLLOUT if self._outbox else 0)
        self._poll.modify(self._peer.fileno(), wanted)

    def say(self, count: int) -> None:
        """The room hears the next lines."""
        numbers = range(self.said, self.said + count)
        self.said += count
        data = self.host.say(numbers)
        now = time.monotonic_ns()
        self._said_ns.update(dict.fromkeys(numbers, now))
        self._outbox += data
        self._send()

    def press(self, hands: Hands) -> None:
        """The next key."""
        data, shows = hands.press()
        if shows:
            self.keys.append(Key(time.monotonic_ns(), shows))
            self.eyes.pressed.append(self.keys[-1])
        self.terminal.type(data)

    # --- phases ---

    def run(self, seconds: float, pace: Pace | None = None, hands: Hands | None = None) -> None:
        """Turns for so long, with lines and keys as they are due."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            if pace is not None and (count := pace.due()):
                self.say(count)
            if hands is not None and now >= hands.due:
                self.press(hands)
            now = time.monotonic()
            waits = [end - now]
            if pace is not None:
                waits.append(pace.wait())
            if hands is not None:
                waits.append(hands.due - now)
            self.turn(min(waits))

    def settle(self) -> None:
        """Wait until all that was said has been taken, and the client writes no more."""
        self.heard_at = time.monotonic()
        end = self.heard_at + PATIENCE
        while self._outbox or time.monotonic() < self.heard_at + SETTLE:
            if time.monotonic() > end:
                raise Trouble(f"{self.client.name} did not come to rest in {PATIENCE:.0f} s")
            self.turn(SETTLE / 5)

    def see(self, number: int, pause: float) -> None:
        """Look until a line is on the screen."""
        end = time.monotonic() + PATIENCE
        while number not in self.eyes.seen:
            if time.monotonic() > end:
                raise Trouble(f"{self.client.name} did not show {token(number)}")
            self.run(pause)
            self.eyes.look()

    def start(self) -> Figures:
        """Until the client is in the room and has shown a line of it."""
        end = time.monotonic() + PATIENCE
        while not self.host.is_in:
            if time.monotonic() > end:
                raise Trouble(f"{self.client.name} did not come in within {PATIENCE:.0f} s")
            self.turn(0.05)
        self.run(0.02)
        self.say(1)
        self.see(0, 0.02)
        self.run(1.0, Pace(FILL))
        self.settle()
        self.eyes.look()
        return Figures(
            "start",
            more={
                "prompt_ns": self.eyes.first_ns - self.started_ns,
                "entered_ns": self.eyes.seen[0] - self.started_ns,
                "resident_at_start": float(self.meter.resident() or 0),
            },
        )

    def idle(self, seconds: float) -> Figures:
        """Nothing happens."""
        before = self.meter.cpu_ns() or 0
        began = time.monotonic()
        self.run(seconds)
        spent = (self.meter.cpu_ns() or 0) - before
        return Figures("idle", cpu_share=spent / 1e9 / (time.monotonic() - began))

    def pour(self, rate: int, warmup: float, seconds: float) -> Figures:
        """Lines at an even rate while keys are pressed."""
        pace, typist = Pace(rate), Typist()
        self.run(warmup, pace, typist)
        first = self.said
        self.keys.clear()
        pace.restart()
        began, cpu, own = time.monotonic(), self.meter.cpu_ns() or 0, time.process_time()
        self.run(seconds, pace, typist)
        took = time.monotonic() - began
        share = ((self.meter.cpu_ns() or 0) - cpu) / 1e9 / took
        load = (time.process_time() - own) / took
        said = range(first, self.said)
        self.settle()
        spent = (self.meter.cpu_ns() or 0) - cpu
        self.terminal.type(_KILL_LINE)
        self.settle()
        self.eyes.look()
        self.eyes.pressed.clear()
        echo, line = Histogram(), Histogram()
        for key in self.keys:
            if key.echoed_ns:
                echo.record(key.echoed_ns - key.pressed_ns)
        for number in said:
            if number in self.eyes.seen:
                line.record(self.eyes.seen[number] - self._said_ns[number])
        faults = []
        if missing := len(self.keys) - echo.count:
            faults.append(f"{missing} of {len(self.keys)} keys had no echo")
        if said[-1] not in self.eyes.seen:
            faults.append("the last line was never shown")
        return Figures(
            f"{rate:,} lines/s",
            load_share=load,
            cpu_share=share,
            cpu_per_line_ns=spent / len(said),
            seen_share=line.count / len(said),
            echo=echo,
            line=line,
            more={"late_ns": pace.latest_ns},
            faults=tuple(faults),
        )

    def flood(self, count: int) -> Figures:
        """Lines as fast as the client takes them, and what it holds afterwards."""
        began, cpu, end = time.monotonic(), self.meter.cpu_ns() or 0, self.said + count
        while self.said < end:
            if not self._outbox:
                self.say(min(_POUR, end - self.said))
            self.turn(0.0 if not self._outbox else 0.1)
            self.eyes.forget()
        self.settle()
        seconds = self.heard_at - began
        spent = (self.meter.cpu_ns() or 0) - cpu
        return Figures(
            f"{count:,} lines",
            cpu_per_line_ns=spent / count,
            more={
                "lines_per_second": count / seconds,
                "resident": float(self.meter.resident() or 0),
            },
        )


def sit(job: Job, progress: Callable[[float, str], None]) -> list[Figures]:
    """All phases at one client. Raises Trouble when it does not start, or ends."""
    phases = len(job.rates) + 3
    with tempfile.TemporaryDirectory(prefix="bench-client-") as home:
        progress(0.0, "starting")
        sitting = Sitting(CLIENTS[job.client], Path(home), job.core)
        try:
            found = [sitting.start()]
            progress(1 / phases, "idle")
            found.append(sitting.idle(job.seconds))
            for rate in job.rates:
                progress(len(found) / phases, f"{rate} lines/s")
                found.append(sitting.pour(rate, job.warmup, job.seconds))
            progress(len(found) / phases, f"{job.lines} lines")
            found.append(sitting.flood(job.lines))
        finally:
            sitting.close()
    return found
