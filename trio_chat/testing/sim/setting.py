"""What the knobs of a run come to: the server's configuration, the links, the patience."""

from __future__ import annotations

from trio_chat.archive.settings import HistorySettings
from trio_chat.config import Config, Listen
from trio_chat.core.settings import Limits, Settings
from trio_chat.net.connection import ConnectionLimits
from trio_chat.testing.chat import CHEAP_PASSWORDS
from trio_chat.testing.links import LinkSettings
from trio_chat.testing.sim.knobs import Knobs

SERVER = "server"
"""The host the server is on, and the name by which it is found."""

PORT = 6667

UNREGISTERED_SENDQ = 16 * 1024

LONGEST_FLOOD = 120
"""Lines that a user sends at once, at most."""

STRAY_SECONDS = 5.0
"""What a run waits beyond the server's own timeouts: ticks, and the way there and back."""


def config_of(knobs: Knobs) -> Config:
    """The server's configuration under these knobs."""
    limits = Limits(
        ping_after_seconds=knobs.ping_after,
        ping_timeout_seconds=knobs.ping_timeout,
        registration_seconds=knobs.registration,
        burst=knobs.burst,
        lines_per_second=knobs.lines_per_second,
        sessions_per_user=knobs.sessions_per_user,
        recent_messages=knobs.recent_messages,
    )
    return Config(
        listen=(Listen(SERVER, PORT),),
        insecure=True,
        chat=Settings(cloaking=False, limits=limits),
        connection=ConnectionLimits(
            sendq=knobs.sendq,
            recvq=knobs.recvq,
            unregistered_sendq=min(knobs.sendq, UNREGISTERED_SENDQ),
            unregistered_recvq=min(knobs.recvq, 4 * 1024),
        ),
        passwords=CHEAP_PASSWORDS,
        history=HistorySettings(durability=knobs.durability),
    )


def links_of(knobs: Knobs, *, latency: float | None = None) -> LinkSettings:
    """The network's links under these knobs, or with another latency."""
    return LinkSettings(
        latency=knobs.latency if latency is None else latency,
        quantum=knobs.quantum,
        bandwidth=knobs.bandwidth,
        partial=knobs.partial,
    )


def longest_silence(knobs: Knobs) -> float:
    """Seconds within which the server notices that somebody is gone, however they went."""
    silent = max(knobs.ping_after + knobs.ping_timeout, knobs.registration)
    # Of who sends too fast the server takes one line after the other, and while it does they are
    # no less alive to it for having gone.
    slowed = max(0, LONGEST_FLOOD - knobs.burst) / knobs.lines_per_second
    return silent + slowed + 2 * knobs.latency + STRAY_SECONDS
