"""The server: listeners, one task per client, the hub and the ticker, composed.

The nurseries::

    serve
     ├ recorder, hub          ended last
     ├ ticker, listeners      ended first
     └ clients ── connection × N ── drain (only while it lags)

Laws:

* `serve` returns only when nothing of it is left. However it is asked to stop, by `Server.stop` or
  by cancellation, it says ERROR to everyone, sends what is left for a bounded time, and goes.
* A connection that fails through a bug of ours is logged and takes nobody with it.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import trio

from trio_chat.blocklists import Blocklists
from trio_chat.config import Config, ConfigError, Listen, Source
from trio_chat.core.effects import Chronicle, Conclude, Effect, Report, ShutDown
from trio_chat.core.events import AccountsChanged, Event, Reread, Restored, Stopped, Ticked
from trio_chat.core.questions import (
    CheckPassword,
    LookUpBlocklists,
    Question,
    Reading,
    ReadSettings,
)
from trio_chat.core.records import Record
from trio_chat.core.state import World
from trio_chat.core.step import step
from trio_chat.doors import CannotListen, Door, Doors, LookedUp, look_up_all, open_doors
from trio_chat.names import case_mapping
from trio_chat.net.capacity import Entrance
from trio_chat.net.connection import Terms, serve_client
from trio_chat.net.errands import (
    Answerer,
    AsyncAnswerer,
    Errands,
    RunInThread,
    is_of_the_disk,
)
from trio_chat.net.hub import Hub
from trio_chat.net.link import Link
from trio_chat.net.recorder import Recorder
from trio_chat.net.tls_settings import CertificateError
from trio_chat.net.transport import Bare, Listener
from trio_chat.passwords import check_password

if TYPE_CHECKING:
    from trio_chat.net.tls import Tls

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often deadlines are looked at: the precision of the PING and registration timeouts."""

WATCH_SECONDS = 1.0
"""How often it is looked for accounts that were changed from the command line."""

STOP_SECONDS = 1.0
"""How long the last words to all clients may take when the server stops."""

_FIXED = ("data", "passwords", "tokens", "mail", "history")
"""Parts of the configuration that a running server keeps."""


class Archive(Protocol):
    """What outlives a server: accounts, and what the chat wants kept. All of it runs in threads."""

    answerers: Mapping[type[Question], Answerer]
    """Answer what the chat asks about accounts."""

    reading: Mapping[type[Question], Answerer]
    """Answer what the chat asks about history, when all that came before has been written."""

    waiting: frozenset[type[Question]]
    """Those questions whose answer waits for another machine."""

    def restore(self, at: float) -> Restored:
        """All that was kept from earlier runs."""
        ...

    def write(
        self, records: Sequence[Record], history: Sequence[Chronicle | Conclude] = ()
    ) -> None:
        """Keep all of these or, by raising an exception, none."""
        ...

    def file(self) -> int:
        """File some of what was written of history, for some ms; how many messages are left."""
        ...

    def changes(self, at: float) -> AccountsChanged | None:
        """What others have changed of the accounts since it was asked last; None for nothing."""
        ...


class Server:
    """A running server, as `nursery.start(serve, ...)` hands it over."""

    def __init__(
        self,
        config: Config,
        source: Source | None,
        world: World,
        observe: Callable[[Report], None] | None,
        clock: Callable[[], float],
        archive: Archive | None,
        run_in_thread: RunInThread,
        doors: Doors,
        reconfigured: Callable[[Config], None],
    ) -> None:
        self.config = config
        """What holds for connections to come."""
        self.tls = load_tls(config)
        """How TLS connections begin; None without certificates."""
        self.is_to_restart = False
        """Whether an operator wants it to be started anew after it has stopped."""
        self._source = source
        self._doors = doors
        self._reconfigured = reconfigured
        self._reading = threading.Lock()
        """Held while the configuration is read again: one at a time, for it opens doors."""
        self._stop = trio.Event()
        self._stop_reason = "Server shutting down"
        self._archive = archive
        self._run_in_thread = run_in_thread
        holds = config.history.durability != "memory"
        self._recorder = (
            Recorder(archive, run_in_thread, clock, holds) if archive is not None else None
        )
        self._hub = Hub(world, observe, clock, self._errands(), self._shut_down, self._recorder)

    def _errands(self) -> Errands:
        """What answers the questions of the chat."""
        answerers: dict[type[Question], Answerer] = {
            CheckPassword: check_password,
            ReadSettings: lambda _: self._read_again(),
        }
        awaited: dict[type[Question], AsyncAnswerer] = {LookUpBlocklists: Blocklists().look_up}
        threads, run_in_thread = self.config.passwords.threads, self._run_in_thread
        archive, recorder = self._archive, self._recorder
        if archive is None or recorder is None:
            return Errands(
                answerers,
                awaited=awaited,
                threads=threads,
                waiting={ReadSettings},
                run_in_thread=run_in_thread,
            )
        return Errands(
            {**answerers, **archive.answerers},
            awaited=awaited,
            threads=threads,
            waiting={ReadSettings, *archive.waiting},
            reading=archive.reading,
            wait_written=recorder.wait_written,
            run_in_thread=run_in_thread,
        )

    @property
    def world(self) -> World:
        """The state of the chat: to look at between two awaits, never to change."""
        return self._hub.world

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it listens, as `host:port`."""
        return self._doors.addresses

    def terms(self, listen: Listen) -> Terms:
        """What may be spoken by those who come in there from now on."""
        tls = self.tls if self.config.speaks_tls(listen) else None
        return Terms(listen.plain, tls, self.config.websocket.origins)

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

    async def wait_stopped(self) -> None:
        """Wait until the server has been asked to stop, by `stop` or by an operator."""
        await self._stop.wait()

    def _shut_down(self, effect: ShutDown) -> None:
        self.is_to_restart = effect.restart
        self.stop(effect.reason)

    async def rehash(self) -> None:
        """Take over what the configuration file says by now, as an operator's REHASH does.

        What comes of it is in the log: a file with a mistake changes nothing.
        """
        # As an errand: what fails in it is logged, and leaves the server running.
        reading = await self._hub.errands.answer(ReadSettings())
        if not isinstance(reading, Reading):
            return
        with contextlib.suppress(trio.ClosedResourceError):  # stopped meanwhile
            await self._hub.inbox.send((None, (Reread(reading, self._hub.clock()),)))

    def _read_again(self) -> Reading:
        """Read the file; new connections follow it at once, the chat when the hub is told.

        Runs in a thread of an errand.
        """
        if self._source is None:
            return Reading("", complaint="the server runs without a configuration file")
        name = self._source.name
        try:
            with self._reading:
                wanted = self._source.load()
                keys = (*_FIXED, "listen") if self._doors.are_fixed else _FIXED
                fixed = {key: getattr(self.config, key) for key in keys}
                config = replace(wanted, **fixed)
                config.check()
                tls = load_tls(config)
                found = look_up_all(self._doors.missing(config.listen))
                # Whoever asked may have left meanwhile: then nothing is to change.
                trio.from_thread.check_cancelled()
                trio.from_thread.run_sync(self._follow, config, tls, found)
        except (ConfigError, CannotListen) as error:
            return Reading(name, complaint=str(error))
        notes = tuple(
            f"a change of {key} takes a restart"
            for key in keys
            if getattr(wanted, key) != fixed[key]
        )
        return Reading(name, config.settings, notes=notes)

    def _follow(self, config: Config, tls: Tls | None, found: LookedUp) -> None:
        """Make a configuration true for connections to come. Raises `CannotListen`.

        Those who are connected keep what they began with.
        """
        self._doors.change(config.listen, found)
        self.config, self.tls = config, tls
        self._reconfigured(config)


async def serve(
    config: Config | None = None,
    *,
    source: Source | None = None,
    listeners: Iterable[Listener | Door] | None = None,
    observe: Callable[[Report], None] | None = None,
    clock: Callable[[], float] = time.time,
    archive: Archive | None = None,
    run_in_thread: RunInThread = trio.to_thread.run_sync,
    reconfigured: Callable[[Config], None] = lambda config: None,
    task_status: trio.TaskStatus[Server] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve chat until stopped or cancelled; `await nursery.start(serve)` gives a `Server`.

    `source` is where the config came from and can be read again. `listeners` take the place of the
    TCP addresses in the config, and stay; what may be spoken there is as at its first. A `Door` is
    one of those addresses, already open.
    `observe` is called with what happens in public. `clock` tells the Unix time. `archive` is what
    outlives the server; without one there are no accounts and no history. `run_in_thread` runs what
    may block, with the arguments of `trio.to_thread.run_sync`. `reconfigured` is called with what
    the file says when it was read again and has come true.
    Raises `OSError` if an address cannot be listened on.
    """
    config = config or Config()
    given = tuple(await open_listeners(config) if listeners is None else listeners)
    doors = Doors(
        (it if isinstance(it, Door) else Door(config.listen[0], [it]) for it in given),
        are_fixed=not all(isinstance(it, Door) for it in given),
    )
    world = World(
        config.settings,
        secrets.token_hex(4),
        clock(),
        case_mapping(config.settings.casemapping),
    )
    effects: list[Effect] = []
    if archive is not None:
        effects = step(world, await run_in_thread(archive.restore, clock()))
    server = Server(
        config, source, world, observe, clock, archive, run_in_thread, doors, reconfigured
    )
    server._hub.carry_out(effects)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_run, server, server._hub, doors)
        task_status.started(server)
        try:
            await server._stop.wait()
        finally:
            server._stop.set()  # cancelled: `_run` is shielded, and stops by this


async def open_listeners(config: Config) -> tuple[Door, ...]:
    """Listen on every address in the config.

    Raises `CannotListen` if one cannot be had, `ConfigError` if it should not be.
    """
    config.check()
    return await open_doors(config.listen)


async def _run(server: Server, hub: Hub, doors: Doors) -> None:
    """The life of the server, shielded: it ends by `server.stop`, then within a bounded time."""
    with trio.CancelScope(shield=True):
        async with _recording(server._recorder, hub), trio.open_nursery() as lasting, hub.inbox:
            lasting.start_soon(hub.run)
            async with trio.open_nursery() as clients:
                try:
                    async with trio.open_nursery() as open_for_business:
                        open_for_business.start_soon(_tick, hub)
                        if server._archive is not None:
                            open_for_business.start_soon(
                                _watch, server._archive, hub, server._run_in_thread
                            )
                        doors.open(open_for_business, partial(_accept, clients, hub, server))
                        await server._stop.wait()
                        open_for_business.cancel_scope.cancel()
                finally:
                    doors.close()
                await hub.inbox.send((None, (Stopped(server._stop_reason, hub.clock()),)))
                clients.cancel_scope.deadline = trio.current_time() + STOP_SECONDS


def load_tls(config: Config) -> Tls | None:
    """What the configuration says of TLS, its files read; None without certificates.

    Raises `ConfigError`, naming the file.
    """
    if not config.tls.certificates:
        return None
    from trio_chat.net.certificates import Certificates
    from trio_chat.net.tls import Tls

    try:
        return Tls(Certificates(config.tls.certificates), config.tls)
    except CertificateError as error:
        raise ConfigError(str(error)) from error


@asynccontextmanager
async def _recording(recorder: Recorder | None, hub: Hub) -> AsyncIterator[None]:
    """Have a recorder at work, until all that came before the end is written."""
    if recorder is None:
        yield
        return
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run, partial(_tell, hub))
        try:
            yield
        finally:
            recorder.close()


async def _tell(hub: Hub, link: Link | None, event: Event) -> None:
    """Let an event happen in the chat, unless it has ended."""
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await hub.inbox.send((link, (event,)))


async def _accept(
    clients: trio.Nursery, hub: Hub, server: Server, door: Door, listener: Listener
) -> None:
    """Take in clients as they come, each into a task of its own, until the listener is closed."""
    with Entrance(listener, clients) as entrance, contextlib.suppress(trio.ClosedResourceError):
        while True:
            transport = await entrance.wait_client(lambda: server.config.connection.max_clients)
            clients.start_soon(_serve_one, transport, hub, server.config, server.terms(door.listen))


async def _serve_one(transport: Bare, hub: Hub, config: Config, terms: Terms) -> None:
    try:
        await serve_client(transport, hub, config.connection, terms)
    except Exception:
        logger.exception("a connection failed")


async def _tick(hub: Hub) -> None:
    """Tell the chat, again and again, that time has passed."""
    start = trio.current_time()
    while True:
        await trio.sleep(TICK_SECONDS)
        await hub.inbox.send((None, (Ticked(trio.current_time() - start, hub.clock()),)))


async def _watch(archive: Archive, hub: Hub, run_in_thread: RunInThread) -> None:
    """Tell the chat, again and again, what others have changed of its accounts."""
    failing = False
    while True:
        await trio.sleep(WATCH_SECONDS)
        try:
            # Left behind when the server stops: on a disk that hangs, nobody would hear of the end.
            changed = await run_in_thread(archive.changes, hub.clock(), abandon_on_cancel=True)
        except Exception as error:
            if not failing:  # once, and not every second until the disk is back
                trace = None if is_of_the_disk(error) else error
                logger.error("cannot look for changed accounts: %s", error, exc_info=trace)
            failing = True
            continue
        failing = False
        if changed is not None:
            await hub.inbox.send((None, (changed,)))
