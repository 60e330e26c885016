"""What the person who starts the terminal client asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from trio_chat.client.login import Login
from trio_chat.client.pins import Pin
from trio_chat.client.setup.profiles import Kept
from trio_chat.client.setup.settings import Settings
from trio_chat.client.tls import TLS

Mode = Literal["inline", "full", "plain"]
"""How the chat is shown: at the end of the scrollback, on the whole screen, or as mere lines."""


@dataclass(frozen=True, slots=True)
class Options:
    """The server, who to be there, and where to go: `rooms` are names, or "name key".

    `pin` is what is known of a server that no authority vouches for. In the plain mode, `tail` are
    the rooms whose messages are printed while nothing is said, and `json` has each as an object.
    `kept` is where settings that are changed in the chat are to be kept.
    """

    host: str
    port: int
    nick: str
    rooms: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    login: Login | None = None
    tls: TLS | None = None
    pin: Pin | None = None
    mode: Mode = "inline"
    tail: tuple[str, ...] = ()
    json: bool = False
    realname: str = ""
    settings: Settings = field(default_factory=Settings)
    kept: Kept | None = None
    has_password_in_keyring: bool = False
    """Whether that is where the account's password is from."""
