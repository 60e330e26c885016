"""What the person who starts the terminal client asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """The server, who to be there, and where to go: `rooms` are names, or "name key"."""

    host: str
    port: int
    nick: str
    rooms: tuple[str, ...] = ()
    password: str | None = None
    tls: bool = False
