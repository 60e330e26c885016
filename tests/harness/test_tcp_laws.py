"""What is true of a connection however slow and broken the link is, and whoever does what when."""

from __future__ import annotations

import contextlib
from random import Random

from trio_chat.testing.links import GIVING_UP, Link, LinkSettings, Ticks
from trio_chat.testing.tcp import connect_ends

from .timers import HandTimers

WINDOW = 400

RUNS = 250
STEPS = 40

ACTIONS = (*("send", "receive", "wait") * 4, *("cut", "heal") * 2, "shut", "close", "reset")
"""Those that end it are rarer, or most runs would be over before anything has happened."""


def draw_settings(random: Random) -> LinkSettings:
    return LinkSettings(
        latency=random.choice((0.0, 0.05)),
        quantum=random.choice((0.0, 0.02)),
        bandwidth=random.choice((0.0, 3000.0)),
        partial=random.choice((0.0, 0.5)),
    )


class Watched:
    """A connection of which each side knows what it has sent and received."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.timers = HandTimers()
        self.link = Link(draw_settings(random), Ticks(self.timers), random)
        self.ends = connect_ends(WINDOW, self.link.ways)
        self.sent = [b"", b""]
        self.received = [b"", b""]
        self.heard_eof = [False, False]
        self.is_orderly = True
        """Whether nothing has been done that may lose anything."""

    def act(self) -> None:
        """Do something, whatever it is."""
        side = self.random.randrange(2)
        end = self.ends[side]
        match self.random.choice(ACTIONS):
            case "send":
                data = self.random.randbytes(self.random.randint(1, 300))
                self.sent[side] += data[: end.send_nowait(data)]
            case "receive":
                self.receive(side, self.random.randint(1, 300))
            case "wait":
                self.timers.pass_by(self.random.choice((0.01, 0.05, 0.3, 5)))
            case "cut":
                self.link.cut()
            case "heal":
                self.link.heal()
            case "shut":
                end.shut()
            case "close":
                self.is_orderly = False  # the other may be about to say something
                end.close()
            case "reset":
                self.is_orderly = False
                end.reset()

    def receive(self, side: int, amount: int) -> None:
        data = self.ends[side].receive_nowait(amount)
        self.received[side] += data
        self.heard_eof[side] |= not data
        assert not (self.heard_eof[side] and data)

    def check(self) -> None:
        for side, end in enumerate(self.ends):
            other = self.ends[1 - side]
            assert self.sent[1 - side].startswith(self.received[side])
            assert end.unread <= WINDOW
            assert 0 <= end.in_flight <= WINDOW
            if not other.is_gone and not end.is_gone:
                assert end.in_flight >= len(self.sent[side]) - len(self.received[1 - side])

    def check_nothing_lost(self) -> None:
        for side, end in enumerate(self.ends):
            assert not end.is_gone
            assert self.received[side] == self.sent[1 - side]
            assert self.heard_eof[side] == self.ends[1 - side].is_shut

    def come_to_rest(self) -> None:
        self.link.heal()
        self.timers.pass_by(GIVING_UP / 2)
        for side in (0, 1):
            with contextlib.suppress(OSError):
                while not self.heard_eof[side]:
                    self.receive(side, WINDOW)
        self.timers.pass_by(GIVING_UP * 3)


def run(seed: int) -> None:
    watched = Watched(Random(seed))
    for _ in range(STEPS):
        with contextlib.suppress(OSError):
            watched.act()
        watched.check()
    watched.come_to_rest()
    watched.check()
    assert not watched.timers.due
    if watched.is_orderly:
        watched.check_nothing_lost()


def test_whatever_happens() -> None:
    for seed in range(RUNS):
        try:
            run(seed)
        except BaseException as error:
            error.add_note(f"in the run of seed {seed}")
            raise
