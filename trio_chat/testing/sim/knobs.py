"""Knobs: how one run is set up, its network, its server and the habits of its users.

Each seed draws its own ("swarm testing", Groce et al. 2012): most are ordinary, any may be extreme,
and some kinds of deeds and faults are left out altogether, for what all runs have alike hides what
only the others would show.

Laws:

* Knobs are plain data and depend on nothing but the random they are drawn from.
* What they change of the server is what an operator could set, or a constant by its name in
  `CONSTANTS`; when the run is over every constant is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib import import_module
from random import Random
from typing import Any, Literal

CONSTANTS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "BATCH_WORK": ("trio_chat.net.hub", (1, 10, 100)),
    "INBOX_SIZE": ("trio_chat.net.hub", (0, 1, 4)),
    "FLUSH_SLICE": ("trio_chat.net.hub", (1, 2, 5)),
    "ITEM_LINES": ("trio_chat.net.connection", (1, 2, 100)),
    "SLICE_BYTES": ("trio_chat.net.connection", (64,)),
    "RETRY_SECONDS": ("trio_chat.net.recorder", (0.1, 1.0, 15.0)),
    "GATHER_SECONDS": ("trio_chat.net.recorder", (0.0, 0.3)),
    "BURST": ("trio_chat.net.recorder", (1,)),
    "LARGE": ("trio_chat.net.recorder", (1, 4)),
    "LARGE_SECONDS": ("trio_chat.net.recorder", (0.0, 0.5)),
    "BEHIND": ("trio_chat.net.recorder", (0, 2, 20)),
    "FILE_SECONDS": ("trio_chat.net.recorder", (0.05, 10.0)),
    "CALM": ("trio_chat.net.recorder", (0, 5)),
    "UNFILED": ("trio_chat.net.recorder", (1, 20)),
    "LINES_PER_ROW": ("trio_chat.archive.history", (1, 3, 20)),
    "FILED_BYTES": ("trio_chat.archive.history", (1, 500)),
    "ROWS_PER_STEP": ("trio_chat.archive.upkeep", (1, 10)),
    "READERS": ("trio_chat.net.errands", (1,)),
    "WAITING_ERRANDS": ("trio_chat.net.errands", (1, 3)),
    "WAITING_LINES": ("trio_chat.core.step", (8,)),
}
"""Constants of the server that a run may have otherwise: the module each is looked up in, and the
values at which its code takes the way that it seldom takes."""

FIXED: Mapping[str, tuple[str, Any]] = {"HAS_NICE_THREADS": ("trio_chat.archive.aside", False)}
"""Constants that are otherwise in every run: a thread of the machine's own is a matter of its
kernel, and what is done in one takes no virtual time."""

POLICIES = ("random", "fifo", "pct")

Caps = Literal["all", "mixed", "none"]
Disk = Literal["memory", "disk"]
Durability = Literal["disk", "os", "memory"]

DEEDS_LEFT_OUT = 0.15
FAULTS_KEPT = 0.2
"""How likely a kind of deed is left out of a run, and a kind of fault is in it."""

FAULTS_OF_A_DISK = (
    *("stop", "kill", "power", "death at the disk"),
    *("full disk", "failing disk", "one failure", "slow disk"),
)
"""Kinds of faults for which there must be a disk: what is in memory ends with the server."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """How a run is set up. Times are in seconds, sizes in bytes; the defaults are ordinary."""

    users: int = 8
    seconds: float = 30.0
    """How long they chat; what a run takes to end comes after."""
    pause: float = 1.5
    """The mean between two deeds of one user."""
    rooms: int = 3
    accounts: int = 3
    """Accounts that the users share: several clients of one, when these are few."""
    caps: Caps = "mixed"
    """Which capabilities they ask for: all, each their own draw, or none."""
    policy: str = "random"
    """In which order tasks run that could run at the same time."""
    latency: float = 0.03
    quantum: float = 0.0
    """What arrives does so at multiples of it: 0 is whenever it does. With one, much arrives at the
    same time, and that is when tasks race."""
    bandwidth: float = 0.0
    """Bytes each second, in each direction of a connection; 0 for no bound."""
    window: int = 64 * 1024
    partial: float = 0.1
    """How likely a read or a write takes only a part."""
    sendq: int = 1024 * 1024
    recvq: int = 16 * 1024
    ping_after: float = 20.0
    ping_timeout: float = 10.0
    registration: float = 15.0
    burst: int = 100
    lines_per_second: float = 5.0
    sessions_per_user: int = 20
    recent_messages: int = 200
    durability: Durability = "disk"
    disk: Disk = "memory"
    """Whether the archive is in memory or on a simulated disk, which alone can fail."""
    disk_seconds: float = 0.003
    """The mean of what one wait for that disk takes."""
    deeds: tuple[str, ...] = ()
    """Kinds of deeds that nobody does."""
    faults: tuple[str, ...] = ()
    """Kinds of faults that happen."""
    constants: dict[str, float] = field(default_factory=dict)
    """Constants of the server, by their names in `CONSTANTS`."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a constant that is not in `CONSTANTS`."""
        for name in self.constants:
            if name not in CONSTANTS:
                raise ValueError(f"no such constant to change: {name}")

    def __str__(self) -> str:
        """What is not as it usually is."""
        usual = Knobs()
        told = [
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)
            if getattr(self, each.name) != getattr(usual, each.name)
        ]
        return " ".join(told) or "all as usual"

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have the server's constants be these while the block runs."""
        before: list[tuple[Any, str, Any]] = []
        try:
            wanted = {name: (CONSTANTS[name][0], value) for name, value in self.constants.items()}
            for name, (where, value) in {**FIXED, **wanted}.items():
                module = import_module(where)
                before.append((module, name, getattr(module, name)))
                setattr(module, name, value)
            yield
        finally:
            for module, name, value in before:
                setattr(module, name, value)

    @classmethod
    def draw(cls, random: Random, deeds: tuple[str, ...], faults: tuple[str, ...]) -> Knobs:
        """Knobs of one run, out of these kinds of deeds and faults."""
        # In this order for ever: another draw in between gives every seed another run.
        pick = random.choice
        disk: Disk = pick(("memory", "memory", "disk"))
        befalling = tuple(kind for kind in faults if random.random() < FAULTS_KEPT)
        if any(kind in FAULTS_OF_A_DISK for kind in befalling):
            disk = "disk"
        return cls(
            users=pick((2, 3, 5, 8, 8, 8, 12)),
            pause=pick((0.3, 1.0, 1.5, 1.5, 3.0)),
            rooms=pick((1, 2, 3, 4)),
            accounts=pick((1, 2, 3, 4)),
            caps=pick(("all", "all", "mixed", "mixed", "none")),
            policy=pick(("random", "random", "random", "pct", "fifo")),
            latency=pick((0.0005, 0.03, 0.03, 0.3)),
            quantum=pick((0.0, 0.0, 0.01, 0.1)),
            bandwidth=pick((0.0, 0.0, 0.0, 20_000.0)),
            window=pick((2048, 16 * 1024, 64 * 1024, 64 * 1024)),
            partial=pick((0.0, 0.1, 0.1, 0.5)),
            sendq=pick((9 * 1024, 32 * 1024, 1024 * 1024, 1024 * 1024)),
            recvq=pick((64, 1024, 16 * 1024, 16 * 1024)),
            ping_after=pick((4.0, 10.0, 20.0)),
            ping_timeout=pick((2.0, 10.0)),
            registration=pick((5.0, 15.0)),
            burst=pick((10, 100, 100)),
            lines_per_second=pick((2.0, 5.0, 5.0, 50.0)),
            sessions_per_user=pick((1, 2, 20, 20)),
            recent_messages=pick((2, 20, 200)),
            durability=pick(("disk", "disk", "disk", "os", "memory")),
            disk=disk,
            disk_seconds=pick((0.0005, 0.003, 0.003, 0.1)),
            deeds=tuple(kind for kind in deeds if random.random() < DEEDS_LEFT_OUT),
            faults=befalling,
            constants={
                name: pick(values)
                for name, (_, values) in CONSTANTS.items()
                if random.random() < 0.2
            },
        )
