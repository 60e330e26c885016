"""The shapes of load, by name: how many clients each takes and what they do.

A shape is a function from a Stage to the rows it measured; a new one is a module and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import Figures
from benchmarks.shapes.doors import doors
from benchmarks.shapes.echo import echo
from benchmarks.shapes.history import history
from benchmarks.shapes.lobby import lobby
from benchmarks.shapes.logins import logins
from benchmarks.shapes.rooms import shout, tables
from benchmarks.shapes.slow import slow
from benchmarks.shapes.whisper import whisper
from benchmarks.stage import Stage


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: what it does in a line, its number of clients, and a small one for a smoke run."""

    about: str
    clients: int
    few: int
    run: Callable[[Stage], list[Figures]]
    messages: int = 0
    """Of the history our server begins with."""
    few_messages: int = 0
    """Of that for a smoke run."""


SHAPES: dict[str, Shape] = {
    "lobby": Shape("one room, one speaker, 20 messages/s", 1000, 30, lobby),
    "shout": Shape("one room, all speak, as fast as the server takes it", 500, 20, shout),
    "tables": Shape("rooms of 10, as fast as it takes it, then 500 messages/s", 1000, 30, tables),
    "whisper": Shape("pairs, private messages answered at once", 1000, 20, whisper),
    "doors": Shape("connect, register and join, in rooms of 50", 5000, 60, doors),
    "slow": Shape("one room, a tenth of the members never read", 500, 30, slow),
    "logins": Shape("the lobby while 20 clients log in at once, for ever", 1000, 30, logins),
    "echo": Shape("10 rooms, 10 to 1,000 messages/s, each awaits its echo", 100, 20, echo),
    "history": Shape(
        "the lobby while 200 ask for what was said, and search it",
        *(1000, 30, history),
        messages=10_000_000,
        few_messages=20_000,
    ),
}
