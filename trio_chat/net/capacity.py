"""How many clients there is room for, and how those are told for whom there is none.

Law: whoever is inside never suffers from those at the door: descriptors are kept back for the
database, the log and look-ups.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterator
from types import TracebackType

import trio

from trio_chat.net.transport import Bare, Listener, Transport

logger = logging.getLogger(__name__)

ACCEPT_PAUSE_SECONDS = 0.1
"""Pause after the machine had no room for another client: accept would fail again at once."""

_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

RESERVED = 64
"""Descriptors that are not for clients: database, listeners, files read at REHASH, look-ups."""

FULL = b"ERROR :Closing link: server is full, try again later\r\n"
"""What is said at the door, in plain text: a handshake for it would cost more than a client."""

LINGERING = 32
"""Clients that are told so with patience; further ones hear it only if they are lucky."""

LINGER_SECONDS = 0.5


def most_clients(wanted: int) -> int:
    """Clients that may be inside at a time: `wanted`, or as many as the system has room for."""
    if wanted:
        return wanted
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return 2**31
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 2**31
    return max(soft - RESERVED, soft // 2)


def tell_full(transport: Transport) -> None:
    """Say that there is no room, and that this was all."""
    with contextlib.suppress(OSError):
        transport.send_nowait(FULL)
    transport.send_eof()


async def turn_away(transport: Transport) -> None:
    """Tell a client that there is no room, and let it hear that.

    Closing at once with bytes of the client's unread would reset the connection, and what was said
    be lost (RFC 1122 section 4.2.2.13).
    """
    try:
        tell_full(transport)
        with trio.move_on_after(LINGER_SECONDS), contextlib.suppress(trio.BrokenResourceError):
            while await transport.receive_some(4096):
                pass
    finally:
        transport.close()


class SpareDescriptor:
    """One descriptor kept back for the moment when there is no other.

    Without it a client could not even be accepted to be told so, and would wait in the kernel for
    as long as it has patience.
    """

    def __init__(self) -> None:
        self._fd: int | None = None
        self._keep()

    def _keep(self) -> None:
        with contextlib.suppress(OSError):
            self._fd = os.open(os.devnull, os.O_RDONLY)

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Let it be used for something else, that is closed again before the end."""
        self.close()
        try:
            yield
        finally:
            self._keep()

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Entrance:
    """Where clients come in at one listener, as long as there is room; others are told so.

    `clients` is the nursery with a task for each who is inside.
    """

    def __init__(self, listener: Listener, clients: trio.Nursery) -> None:
        self._listener = listener
        self._clients = clients
        self._spare = SpareDescriptor()
        self._is_full = False

    def __enter__(self) -> Entrance:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._spare.close()

    async def wait_client(self, wanted: Callable[[], int]) -> Bare:
        """The next client for whom there is room; `wanted` tells how many there may be.

        Raises what `Listener.accept` raises, unless it is for want of room.
        """
        while True:
            try:
                transport = await self._listener.accept()
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._note(error)
                with self._spare.lent():
                    await self._turn_away_one()
                await trio.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            most = most_clients(wanted())
            inside = len(self._clients.child_tasks)
            if inside < most:
                self._is_full = False
                return transport
            self._note(f"{most} are here")
            if inside < most + LINGERING:
                self._clients.start_soon(turn_away, transport)
            else:
                tell_full(transport)
                transport.close()

    def _note(self, why: object) -> None:
        if not self._is_full:  # once, and not for every client until somebody leaves
            logger.warning("no room for another client: %s", why)
        self._is_full = True

    async def _turn_away_one(self) -> None:
        """Tell a client that waits, if there is one, that it waits in vain."""
        with trio.move_on_after(ACCEPT_PAUSE_SECONDS), contextlib.suppress(OSError):
            transport = await self._listener.accept()
            tell_full(transport)
            transport.close()
