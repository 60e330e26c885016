"""The server as a process on a host: started, stopped, killed, without power, started again.

Laws:

* The server is the one that is run in earnest, unmodified, on the archive that it opens as in
  earnest: on the disk, or without one in memory, which ends with the process.
* Who is killed ends at once: at that moment the host and the disk are taken from it. Its tasks live
  in the same Python as all others, and are cancelled then; what they still do reaches nobody, and
  what they complain of is nobody's concern. Only that they end is, within `GHOST_SECONDS`.
* A complaint is a record of level ERROR of a process that lives. Those that an injected fault
  explains are kept apart: a disk that fails is to be complained of.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from random import Random
from typing import Protocol

import trio

from trio_chat.archive.archive import SqliteArchive
from trio_chat.config import Config
from trio_chat.core.effects import Report
from trio_chat.core.state import World
from trio_chat.doors import Door
from trio_chat.net.errands import RunInThread
from trio_chat.opening import archive_of_server, open_archive
from trio_chat.server import Server, serve
from trio_chat.store.database import FILE_NAME, Store
from trio_chat.testing.complaints import complaints_to, text_of
from trio_chat.testing.crashes import CrashingListener, is_injected
from trio_chat.testing.disk import Disk
from trio_chat.testing.invariants import Violated
from trio_chat.testing.network import Network

GHOST_SECONDS = 60.0
"""How long what is left of a killed server may take to end: it stops as it always does, which says
goodbye for a second, and waits for what it has in threads."""

_OF_THE_DISK = (
    "disk I/O error",
    "database or disk is full",
    "unable to open database file",
    "Input/output error",
    "there is no room left on its disk",
    "a disk error has left a log that others are reading",
    "a history that has ended is there yet",
)
"""What is in the text of a complaint of a disk that has failed."""


class Machine(Protocol):
    """What the server's host is a part of; a `Runtime` is one."""

    thread_cost: Callable[[], float] | None

    def wall(self) -> float:
        """The Unix time."""
        ...


@dataclass(slots=True, eq=False)
class _Life:
    """A process from its start to its end, and its ghost after that."""

    host: ServerHost
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    begun: trio.Event = field(default_factory=trio.Event)
    """It serves, or has ended before it could."""
    ended: trio.Event = field(default_factory=trio.Event)
    """Nothing is left of it."""
    server: Server | None = None
    archive: SqliteArchive | None = None
    failure: Exception | None = None
    """What has kept it from starting."""
    killed_at: float | None = None
    listeners: list[CrashingListener] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.killed_at is not None or self.ended.is_set()


_LIFE: ContextVar[_Life | None] = ContextVar("_LIFE", default=None)
"""Of which process the running code is a part."""


class ServerHost:
    """A host called `name` on the network, with a server that is down at first.

    `open_server_host` makes one.
    """

    _nursery: trio.Nursery

    def __init__(
        self,
        machine: Machine,
        network: Network,
        disk: Disk | None,
        config: Config,
        name: str,
        run_in_thread: RunInThread,
        observe: Callable[[Report], None] | None,
    ) -> None:
        self.config = config
        """What holds from the next start on."""
        self.name = name
        self.disk = disk
        self.complaints: list[logging.LogRecord] = []
        """What its processes have logged as an error while they lived."""
        self.excused: list[logging.LogRecord] = []
        """The same, where the disk has failed or a crash was injected."""
        self.lives = 0
        """How often it was started."""
        self._machine = machine
        self._network = network
        self._run_in_thread = run_in_thread
        self._observe = observe
        self._life: _Life | None = None

    # -- to look at

    @property
    def is_up(self) -> bool:
        """Whether it serves, be it that it is just stopping."""
        return self._life is not None and self._life.server is not None and not self._life.is_over

    @property
    def server(self) -> Server | None:
        """The server, while it is up."""
        return self._life.server if self._life is not None and self.is_up else None

    @property
    def world(self) -> World:
        """The state of the chat. Raises `RuntimeError` if the server is down."""
        if self.server is None:
            raise RuntimeError(f"{self.name} is down")
        return self.server.world

    @property
    def archive(self) -> SqliteArchive:
        """What the server keeps. Raises `RuntimeError` if it is down."""
        if self._life is None or self._life.archive is None or not self.is_up:
            raise RuntimeError(f"{self.name} is down")
        return self._life.archive

    # -- lives

    async def start(self) -> None:
        """Start the server; it is up then, unless it was killed meanwhile.

        Raises what keeps it from starting, such as `StoreError`, and `RuntimeError` if it runs.
        """
        if self._life is not None and not self._life.is_over:
            raise RuntimeError(f"{self.name} is up")
        host = self._network.host(self.name)
        if not host.is_on:
            host.power_on()
        self.lives += 1
        life = self._life = _Life(self)
        self._nursery.start_soon(self._live, life, name=f"{self.name}, life {self.lives}")
        await life.begun.wait()
        if life.failure is not None:
            raise life.failure

    async def stop(self, reason: str = "Server shutting down") -> None:
        """Have it stop as it does when it is asked to, and wait until nothing is left of it."""
        life = self._life
        if life is None or life.server is None:
            return
        life.server.stop(reason)
        await life.ended.wait()

    async def restart(self) -> None:
        """Stop it, and start it again."""
        await self.stop("Server restarting")
        await self.start()

    def kill(self) -> None:
        """Kill the process: the kernel closes its connections, and the disk has what it wrote."""
        self._end()
        self._network.host(self.name).die()
        if self.disk is not None:
            self.disk.kill()

    def lose_power(self) -> None:
        """Stop the machine: nobody is told, and what the disk was to sync yet may be lost."""
        self._end()
        self._network.host(self.name).lose_power()
        if self.disk is not None:
            self.disk.lose_power()

    def die_in(
        self,
        operations: int,
        *,
        by_power: bool = False,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        """Kill it, or stop the machine, in the midst of what it does to the disk.

        That is at one of the next operations: the next one with 1. Without a disk it is killed now.
        `told` is called before, at that moment.
        """

        def death() -> None:
            told()
            (self.lose_power if by_power else self.kill)()

        if self.disk is None:
            death()
        else:
            self.disk.die_in(operations, partial(_call_in_trio, death))

    def crash_connection(self, random: Random) -> bool:
        """Have one of its connections fail, by an exception or a cancellation where it waits.

        False if there is none.
        """
        listeners = self._life.listeners if self._life is not None and self.is_up else []
        transports = [it for listener in listeners for it in listener.transports]
        return bool(transports) and random.choice(transports).crash(random)

    # -- inside

    def _end(self) -> None:
        """Have the present process be a ghost."""
        life, self._life = self._life, None
        if life is not None and not life.is_over:
            life.killed_at = trio.current_time()
            life.begun.set()
            life.scope.cancel()

    async def _live(self, life: _Life) -> None:
        _LIFE.set(life)
        try:
            with life.scope, self._network.at(self.name), self._opened() as archive:
                life.archive = archive
                if self.disk is not None:
                    await trio.sleep(self.disk.owed())
                doors = [self._door(life, number) for number in range(len(self.config.listen))]
                await serve(
                    self.config,
                    listeners=doors,
                    observe=self._observe,
                    clock=self._machine.wall,
                    archive=archive,
                    run_in_thread=self._run_in_thread,
                    task_status=_Started(life),
                )
                self._check_doors(life)
        except Exception as error:
            if life.killed_at is None:
                if life.server is not None:
                    raise
                life.failure = error
        finally:
            for listener in life.listeners:  # else a server that could not start has them yet
                listener.close()
            life.ended.set()
            life.begun.set()
        if life.killed_at is not None and trio.current_time() - life.killed_at > GHOST_SECONDS:
            raise Violated(f"what was left of {self.name} has taken too long to end")

    def _check_doors(self, life: _Life) -> None:
        """Raise `Violated` if a process that has stopped has not closed its doors."""
        if life.killed_at is None and (left := self._network.listeners(self.name)):
            where = " and ".join(each.address for each in left)
            raise Violated(f"{self.name} has stopped, and listens on {where} yet")

    @contextmanager
    def _opened(self) -> Iterator[SqliteArchive]:
        clock = self._machine.wall
        if self.disk is None:
            with Store(None) as store:
                yield open_archive(self.config, store, clock=clock)
        else:
            directory = self.disk.directory
            if not (directory / FILE_NAME).exists():
                self.disk.put(FILE_NAME, empty_archive())
            with archive_of_server(self.config, directory, clock=clock) as archive:
                yield archive

    def _door(self, life: _Life, number: int) -> Door:
        listen = self.config.listen[number]
        listener = CrashingListener(self._network.listen(listen.host, listen.port))
        life.listeners.append(listener)
        return Door(listen, [listener])

    def _take(self, record: logging.LogRecord) -> None:
        life = _LIFE.get()
        if life is None or life.host is not self or life.killed_at is not None:
            return
        (self.excused if self._is_explained(record) else self.complaints).append(record)

    def _is_explained(self, record: logging.LogRecord) -> bool:
        if record.exc_info is not None and is_injected(record.exc_info[1]):
            return True
        if self.disk is None or not self.disk.failures:
            return False
        text = text_of(record)
        return any(words in text for words in _OF_THE_DISK)


@asynccontextmanager
async def open_server_host(
    machine: Machine,
    network: Network,
    disk: Disk | None,
    config: Config,
    name: str = "server",
    *,
    run_in_thread: RunInThread = trio.to_thread.run_sync,
    observe: Callable[[Report], None] | None = None,
) -> AsyncIterator[ServerHost]:
    """A host with a server that is down, for the length of an `async with`.

    `disk` should be mounted all the time; without one what the server keeps ends with its process.
    `machine` tells the time. `run_in_thread` runs what may block, and `observe` is called with what
    the operator's console shows. A server that is up at the end is killed.
    """
    if disk is not None:
        machine.thread_cost = disk.owed
    host = ServerHost(machine, network, disk, config, name, run_in_thread, observe)
    # A ghost may outlive the block, and is not to complain to anybody else.
    with complaints_to(host._take):
        async with trio.open_nursery() as host._nursery:
            try:
                yield host
            finally:
                if host._life is not None:
                    host.kill()


@cache
def empty_archive() -> bytes:
    """The file that a server makes at its first start, before it writes anything to it.

    To make it takes half of the 12 ms of such a start, and is the same in every run: nothing in it
    is drawn or has a time.
    """
    with Store(None) as store, store.reading() as db:
        return db.serialize()


class _Started:
    """Hears that a process serves."""

    def __init__(self, life: _Life) -> None:
        self._life = life

    def started(self, value: Server | None = None) -> None:
        self._life.server = value
        self._life.begun.set()


def _call_in_trio(call: Callable[[], None]) -> None:
    """Call where the tasks run, and wait for it: the disk may be used in a thread of theirs."""
    if trio.lowlevel.in_trio_run():
        call()
    else:
        trio.from_thread.run_sync(call)
