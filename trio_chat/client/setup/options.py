"""What the person who starts the terminal client asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from trio_chat.client.login import Login
from trio_chat.client.pins import Pin
from trio_chat.client.tls import TLS


@dataclass(frozen=True, slots=True)
class Options:
    """The server, who to be there, and where to go: `rooms` are names, or "name key".

    `pin` is what is known of a server that no authority vouches for.
    """

    host: str
    port: int
    nick: str
    rooms: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    login: Login | None = None
    tls: TLS | None = None
    pin: Pin | None = None
