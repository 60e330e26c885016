"""A simulated chat: the server on a host of its own, a network with distances, users, and faults.

Laws:

* All that is in it runs in one trio run under one seed; nothing is left to the machine.
* What befalls it goes through the verbs here, whether a plan or a test by hand says so, and all of
  it can be undone (`undo_faults`).
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import trio
import trio.testing

from trio_chat.core.effects import Effect
from trio_chat.core.events import Event, Received
from trio_chat.core.state import World
from trio_chat.core.step import Broken
from trio_chat.net import hub
from trio_chat.store.damage import StoreError
from trio_chat.testing.complaints import text_of
from trio_chat.testing.crashes import InjectedCrash
from trio_chat.testing.disk import Disk
from trio_chat.testing.guests import Guests
from trio_chat.testing.invariants import Violated, check_backlogs, check_links, check_world
from trio_chat.testing.leftovers import names_of_tasks
from trio_chat.testing.network import Network
from trio_chat.testing.oracle.journal import Journal
from trio_chat.testing.runtime import Runtime
from trio_chat.testing.server_host import ServerHost, open_server_host
from trio_chat.testing.sim.knobs import Knobs
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.setting import PORT, SERVER, config_of, links_of
from trio_chat.testing.user import User

WATCH_SECONDS = 0.5
"""How often it is looked at the memory that clients take of the server."""


class Sim(Guests):
    """A running simulation; `open_sim` makes one."""

    def __init__(
        self,
        plan: Plan,
        runtime: Runtime,
        network: Network,
        disk: Disk | None,
        server: ServerHost,
        journal: Journal,
        programs: trio.Nursery,
    ) -> None:
        super().__init__(programs)
        self.plan = plan
        self.runtime = runtime
        self.network = network
        self.disk = disk
        """What the server's archive is on; None if it is in memory."""
        self.server = server
        """The server as a process, which is up when a simulation begins."""
        self.journal = journal
        """What all users have seen, and what befell them."""
        self.guests: list[User] = []
        """Those who came in by `newcomer` and its like."""
        self._users = 0
        self.was_killed = False
        self.lost_power = False
        """Whether the server was killed, or its machine without power, at any time."""
        self._programs_run: list[trio.CancelScope] = []
        self._starting = trio.Lock()
        self._crashes_next = False
        self._slowed: dict[str, None] = {}

        self.idle: Counter[str] = Counter()
        """The tasks of the server when nobody is there, by their names."""

    @property
    def keeps_its_word(self) -> bool:
        """Whether all that was acknowledged must be kept, by `[history] durability` and what has
        befallen the server."""
        match self.knobs.durability:
            case "disk":
                return self.disk is not None or not (self.was_killed or self.lost_power)
            case "os":
                return not self.lost_power
            case "memory":
                failures = self.disk.failures if self.disk is not None else 0
                return not (self.was_killed or self.lost_power or failures)

    @property
    def tasks(self) -> Counter[str]:
        """The tasks of the server, by their names."""
        lives = self.server._nursery.child_tasks
        inner = [nursery for life in lives for nursery in life.child_nurseries]
        return Counter(name for nursery in inner for name in names_of_tasks(nursery))

    @property
    def knobs(self) -> Knobs:
        return self.plan.knobs

    # -- users

    async def dial(self, host: str) -> trio.SocketStream:
        """A connection to the server from this host. Raises `OSError` if there is none."""
        with self.network.at(host):
            return await trio.open_tcp_stream(SERVER, PORT)

    async def newcomer(self) -> User:
        """Somebody who is connected and has said nothing yet, from a host of their own."""
        self._users += 1
        name = f"guest{self._users}"
        guest = User(await self.dial(name), self.programs, name, self.journal)
        self.guests.append(guest)
        return guest

    def run(
        self, main: Callable[..., Awaitable[Any]], *args: Any, host: str = "program"
    ) -> trio.CancelScope:
        """As in any chat, with a program that runs on this host."""
        with self.network.at(host):
            scope = super().run(main, *args)
        self._programs_run.append(scope)
        return scope

    def stop_programs(self) -> None:
        """End what was begun by `run`."""
        for scope in self._programs_run:
            scope.cancel()

    async def settle(self) -> None:
        """Wait until nobody has anything left to do at this time, then check the server.

        Raises `Violated` if it is not as a healthy one always is.
        """
        await trio.testing.wait_all_tasks_blocked()
        self.check_server()

    def check_server(self) -> None:
        """Raise `Violated` if the server has complained, or its state contradicts itself."""
        if self.server.complaints:
            texts = [text_of(record) for record in self.server.complaints]
            raise Violated("\n".join(["the server has logged errors:", *texts]))
        if self.server.is_up:
            check_world(self.server.world)
            check_links(self.server.world, self.knobs.sendq)

    async def watch(self) -> None:
        """Look again and again at what the server keeps for those who lag: when all has settled,
        nobody does any more. Raises `Violated`."""
        while True:
            await trio.sleep(WATCH_SECONDS)
            if self.server.is_up:
                check_backlogs(self.server.world, self.knobs.sendq)

    def _note(self, text: str) -> None:
        self.journal.fault(self.runtime.now(), text)

    # -- what befalls the network

    def cut(self, host: str, other: str = SERVER) -> None:
        """Nothing gets through between these hosts, until `heal`."""
        self._note(f"nothing gets through between {host} and {other}")
        self.network.cut(host, other)

    def heal(self, host: str, other: str = SERVER) -> None:
        """All gets through again, what was held included."""
        self._note(f"{host} and {other} reach each other again")
        self.network.heal(host, other)

    def slow(self, host: str, latency: float | None) -> None:
        """The way from this host to the server takes so many seconds; None is as usual."""
        self._note(f"from {host} to the server it takes {latency or 'as usual'}")
        self._slowed[host] = None
        self.network.link(host, SERVER).settings = links_of(self.knobs, latency=latency)

    def reset(self, host: str) -> None:
        """Reset the connections of this host."""
        self._note(f"the connections of {host} are reset")
        for connection in self.network.connections(host):
            connection.reset()

    def half_open(self, host: str) -> None:
        """Nothing more is heard on the connections of this host, in either direction, for ever."""
        self._note(f"nothing more is heard on the connections of {host}")
        for connection in self.network.connections(host):
            connection.half_open()

    # -- what befalls the server

    async def start_server(self) -> None:
        """Start the server, if it is down. With a disk that fails it may stay so.

        Raises `StoreError` if it does not start though its disk does not fail.
        """
        async with self._starting:
            if self.server.is_up:
                return
            failures = self.disk.failures if self.disk is not None else 0
            try:
                await self.server.start()
            except StoreError:
                if self.disk is None or self.disk.failures == failures:
                    raise
                self._note("the server could not start")
            else:
                self.journal.started(self.runtime.now())

    async def stop_server(self) -> None:
        """Have the server stop as it does when it is asked to, if it is up."""
        if self.server.is_up:
            self.journal.stopped(self.runtime.now(), "asked to stop")
            await self.server.stop()

    def kill_server(self) -> None:
        """Kill the server's process, if it is up."""
        if self.server.is_up:
            self.was_killed = True
            self.journal.stopped(self.runtime.now(), "killed")
            self.server.kill()

    def lose_power(self) -> None:
        """Take the power from the server's machine, if it is up."""
        if self.server.is_up:
            self.lost_power = True
            self.journal.stopped(self.runtime.now(), "without power")
            self.server.lose_power()

    def die_at_disk(self, operations: int, how: str) -> None:
        """Have the server "killed" or "without power" in the midst of what it does to its disk.

        That is at one of the next operations, the next one with 1. Without a disk it is at once.
        """
        by_power = how == "without power"
        if self.server.is_up:

            def told() -> None:
                self.was_killed, self.lost_power = True, self.lost_power or by_power
                self.journal.stopped(self.runtime.now(), f"{how}, as it used the disk")

            self.server.die_in(operations, by_power=by_power, told=told)

    def crash_handler(self) -> None:
        """Have the server fail at the next line that it takes from anybody."""
        self._note("the next line crashes its handler")
        self._crashes_next = True

    def crash_connection(self) -> None:
        """Have a task of the server that serves somebody fail, where it waits."""
        self._note("a connection crashes")
        self.server.crash_connection(self.runtime.streams.stream("crashes"))

    # -- what befalls the rest of its machine

    def jump_clock(self, seconds: float) -> None:
        """Set the wall clock forward, or back."""
        self.journal.jumped(self.runtime.now(), seconds)
        self.runtime.jump_clock(seconds)

    def fill_disk(self, is_full: bool = True) -> None:
        """Have no room left on the disk, if there is one; or some again."""
        if self.disk is not None:
            self._note("the disk is full" if is_full else "the disk has room")
            self.disk.is_full = is_full

    def fail_disk(self, chance: float) -> None:
        """Have the disk fail so often, from 0 to 1, at what is written and at what is synced."""
        if self.disk is not None:
            self._note(f"the disk fails at {chance:.0%} of all")
            self.disk.faults = replace(self.disk.faults, write=chance, sync=chance)

    def fail_disk_once(self, operations: int) -> None:
        """Have one of the next operations of the disk fail: the next one with 1."""
        if self.disk is not None:
            self._note("one operation of the disk is to fail")
            self.disk.fail_in(operations)

    def slow_disk(self, seconds: float | None) -> None:
        """Have a sync take so many seconds on the average; None is as usual."""
        if self.disk is not None:
            self._note(f"a sync takes {seconds or 'as long as usual'}")
            self.disk.seconds = self.knobs.disk_seconds if seconds is None else seconds

    def undo_faults(self) -> None:
        """Have all be as usual, but for the server, which may be down."""
        self.network.heal_all()
        self.network.defaults = links_of(self.knobs)
        for host in self._slowed:
            self.slow(host, None)
        self._crashes_next = False
        self.slow_disk(None)
        if self.disk is not None:
            self.disk.mend()

    @contextmanager
    def crashing(self) -> Iterator[None]:
        """Stand between the hub and the chat, for `crash_handler`."""
        step: Callable[[World, Event], list[Effect]] = vars(hub)["step"]

        def crash_or_step(world: World, event: Event) -> list[Effect]:
            if self._crashes_next and type(event) is Received:
                self._crashes_next = False
                raise Broken([]) from InjectedCrash()
            return step(world, event)

        setattr(hub, "step", crash_or_step)  # noqa: B010
        try:
            yield
        finally:
            setattr(hub, "step", step)  # noqa: B010


@asynccontextmanager
async def open_sim(
    plan: Plan, runtime: Runtime, journal: Journal, disk: Disk | None
) -> AsyncIterator[Sim]:
    """Run a server as a plan wants it for the length of an `async with`, in a run of `runtime`.

    `disk` is mounted all the time. Nothing is checked at the end: see `ending`.
    """
    knobs = plan.knobs
    network = Network(knobs.window, timers=runtime, random=runtime.streams.stream("network"))
    network.defaults = links_of(knobs)
    with network.in_use():
        async with (
            open_server_host(runtime, network, disk, config_of(knobs), SERVER) as server,
            trio.open_nursery() as programs,
        ):
            sim = Sim(plan, runtime, network, disk, server, journal, programs)
            with sim.crashing():
                await sim.start_server()
                await trio.testing.wait_all_tasks_blocked()
                sim.idle = sim.tasks
                programs.start_soon(sim.watch)
                yield sim
            programs.cancel_scope.cancel()


@contextmanager
def disk_of(knobs: Knobs, runtime: Runtime) -> Iterator[Disk | None]:
    """The disk that these knobs want, mounted, in a directory that is gone at the end of the block.

    To be called outside of the run, since the name of the directory is drawn.
    """
    if knobs.disk == "memory":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="trio-chat-sim-", dir=_FASTEST) as directory:
        disk = Disk(Path(directory), runtime.streams.stream("disk"))
        disk.seconds = knobs.disk_seconds
        with disk.mounted():
            yield disk


_FASTEST = next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)
"""Where files take least time, if there is such a place: what a power loss loses is simulated."""
