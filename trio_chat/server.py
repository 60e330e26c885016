"""The server: listeners, one task per client, the hub and the ticker, composed.

The nurseries::

    serve
     ├ hub                    ended last
     ├ ticker, listeners      ended first
     └ clients ── connection × N ── drain (only while it lags)

Laws:

* `serve` returns only when nothing of it is left. However it is asked to stop, by `Server.stop` or
  by cancellation, it says ERROR to everyone, sends what is left for a bounded time, and goes.
* A connection that fails through a bug of ours is logged and takes nobody with it.
"""

from __future__ import annotations

import errno
import logging
import secrets
import time
from collections.abc import Callable, Iterable

import trio

from trio_chat.config import Config
from trio_chat.core.effects import Report
from trio_chat.core.events import Stopped, Ticked
from trio_chat.core.state import World
from trio_chat.net.connection import serve_client
from trio_chat.net.hub import Hub
from trio_chat.net.transport import Listener, Transport, open_tcp_listeners

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often deadlines are looked at: the precision of the PING and registration timeouts."""

ACCEPT_PAUSE_SECONDS = 0.1
"""Pause after the machine had no room for another client: accept would fail again at once."""

STOP_SECONDS = 1.0
"""How long the last words to all clients may take when the server stops."""

_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Server:
    """A running server, as `nursery.start(serve, ...)` hands it over."""

    def __init__(self, hub: Hub, addresses: tuple[str, ...]) -> None:
        self.addresses = addresses
        """Where it listens, as `host:port`."""
        self._hub = hub
        self._stop = trio.Event()
        self._stop_reason = "Server shutting down"

    @property
    def world(self) -> World:
        """The state of the chat: to look at between two awaits, never to change."""
        return self._hub.world

    @property
    def client_count(self) -> int:
        """Connections, registered or not."""
        return len(self._hub.world.sessions)

    @property
    def crashes(self) -> int:
        """Bugs met so far: commands that failed through no fault of their user."""
        return self._hub.crashes

    def stop(self, reason: str = "Server shutting down") -> None:
        """Ask the server to stop; `reason` is the last thing its clients read."""
        self._stop_reason = reason
        self._stop.set()


async def serve(
    config: Config | None = None,
    *,
    listeners: Iterable[Listener] | None = None,
    boot: str | None = None,
    observe: Callable[[Report], None] | None = None,
    clock: Callable[[], float] = time.time,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve chat until stopped or cancelled; `await nursery.start(serve)` gives a `Server`.

    `listeners` take the place of the TCP addresses in the config. `boot` makes message ids differ
    from those of other runs (random by default). `observe` is called with what happens in public.
    `clock` tells the Unix time. Raises `OSError` if an address cannot be listened on.
    """
    config = config or Config()
    opened = await open_listeners(config) if listeners is None else tuple(listeners)
    hub = Hub(World(config.chat, boot or secrets.token_hex(4), clock()), observe, clock)
    server = Server(hub, tuple(listener.address for listener in opened))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_run, config, server, hub, opened)
        task_status.started(server)
        try:
            await server._stop.wait()
        finally:
            server._stop.set()  # cancelled: `_run` is shielded, and stops by this


async def open_listeners(config: Config) -> tuple[Listener, ...]:
    """Listen on every address in the config. Raises `OSError` if one cannot be had."""
    opened: list[Listener] = []
    try:
        for each in config.listen:
            opened += await open_tcp_listeners(each.host, each.port)
    except BaseException:
        for listener in opened:
            listener.close()
        raise
    return tuple(opened)


async def _run(config: Config, server: Server, hub: Hub, listeners: tuple[Listener, ...]) -> None:
    """The life of the server, shielded: it ends by `server.stop`, then within a bounded time."""
    with trio.CancelScope(shield=True):
        async with trio.open_nursery() as lasting, hub.inbox:
            lasting.start_soon(hub.run)
            async with trio.open_nursery() as clients:
                try:
                    async with trio.open_nursery() as open_for_business:
                        open_for_business.start_soon(_tick, hub)
                        for listener in listeners:
                            open_for_business.start_soon(_accept, listener, clients, hub, config)
                        await server._stop.wait()
                        open_for_business.cancel_scope.cancel()
                finally:
                    for listener in listeners:
                        listener.close()
                await hub.inbox.send((None, (Stopped(server._stop_reason, hub.clock()),)))
                clients.cancel_scope.deadline = trio.current_time() + STOP_SECONDS


async def _accept(listener: Listener, clients: trio.Nursery, hub: Hub, config: Config) -> None:
    """Take in clients as they come, each into a task of its own."""
    full = False
    while True:
        try:
            transport = await listener.accept()
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            if not full:  # once, and not at every try until somebody leaves
                logger.warning("no room for another client: %s", error)
            full = True
            await trio.sleep(ACCEPT_PAUSE_SECONDS)
        else:
            full = False
            clients.start_soon(_serve_one, transport, hub, config)


async def _serve_one(transport: Transport, hub: Hub, config: Config) -> None:
    try:
        await serve_client(transport, hub, config.connection)
    except Exception:
        logger.exception("a connection failed")


async def _tick(hub: Hub) -> None:
    """Tell the chat, again and again, that time has passed."""
    start = trio.current_time()
    while True:
        await trio.sleep(TICK_SECONDS)
        await hub.inbox.send((None, (Ticked(trio.current_time() - start, hub.clock()),)))
