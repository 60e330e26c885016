"""The shapes of load, by name: how many clients each takes and what they do.

A shape is a function from a Stage to the rows it measured; a new one is a module and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import Figures
from benchmarks.shapes.doors import doors
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


SHAPES: dict[str, Shape] = {
    "lobby": Shape("one room, one speaker, 20 messages/s", 1000, 30, lobby),
    "shout": Shape("one room, all speak, as fast as the server takes it", 500, 20, shout),
    "tables": Shape("rooms of 10, as fast as it takes it, then 500 messages/s", 1000, 30, tables),
    "whisper": Shape("pairs, private messages answered at once", 1000, 20, whisper),
    "doors": Shape("connect, register and join, in rooms of 50", 5000, 60, doors),
    "slow": Shape("one room, a tenth of the members never read", 500, 30, slow),
    "logins": Shape("the lobby while 20 clients log in at once, for ever", 1000, 30, logins),
}
