"""The real server on a network in memory, and users for it: a whole chat in one test.

Laws:

* The server is the one that is run in earnest, unmodified; only its listeners, its clock and an
  archive in memory are given to it, whose passwords cost nothing.
* What runs in threads elsewhere runs in the one thread of the test: to a clock that jumps, a task
  that waits for a thread is idle, and minutes would pass while a password is looked at.
* When the chat ends, its state and links are checked, everybody leaves, and nothing may be left:
  no session, no room, no task, no connection, and no bug in the log; only who is always-on stays.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import trio
import trio.testing

from trio_chat.archive.archive import SqliteArchive
from trio_chat.archive.settings import PasswordSettings
from trio_chat.config import Config
from trio_chat.core.account_questions import Verdict
from trio_chat.core.accounts import Account
from trio_chat.core.effects import Report
from trio_chat.core.events import AccountsChanged
from trio_chat.core.settings import Settings
from trio_chat.core.state import World
from trio_chat.doors import Door
from trio_chat.opening import open_archive
from trio_chat.server import Server, serve
from trio_chat.store.database import Store
from trio_chat.testing.complaints import complaints_to, text_of
from trio_chat.testing.guests import Guests
from trio_chat.testing.invariants import Violated, check_links, check_world
from trio_chat.testing.leftovers import LONGEST_LAG, check_nothing_left, names_of_tasks
from trio_chat.testing.network import Network
from trio_chat.testing.tcp import WINDOW
from trio_chat.testing.user import User

EPOCH = 1_893_456_000.0
"""The wall clock when a chat begins: 2030-01-01T00:00:00Z."""

CHEAP_PASSWORDS = PasswordSettings(memory_kib=8, passes=1, scram_iterations=4096, minimum_length=1)
"""As little work as argon2 and SCRAM can do, and any password will do."""

CONFIG = Config(chat=Settings(cloaking=False))
"""The server's unless the test has one of its own: nobody's address is cloaked, so that the test
can name it."""


class VirtualChat(Guests):
    """A running server and what is around it; `open_chat` makes one."""

    def __init__(
        self,
        config: Config,
        network: Network,
        server: Server,
        programs: trio.Nursery,
        reports: list[Report],
        complaints: list[logging.LogRecord],
        archive: SqliteArchive,
    ) -> None:
        super().__init__(programs)
        self.config = config
        self.network = network
        self.server = server
        self.reports = reports
        """What the operator's console has shown."""
        self.complaints = complaints
        """What the server has logged as an error, which fails the test; a test that provokes one
        clears the list."""
        self.archive = archive
        """What the server keeps, as it does on disk."""
        self._users = 0

    @property
    def world(self) -> World:
        """The state of the chat, to look at."""
        return self.server.world

    # -- accounts

    async def account(self, name: str, password: str = "secret", *, email: str = "") -> Account:
        """Make an account, as who runs the server does; the chat knows of it.

        Raises `ValueError` with the reason if it cannot be made.
        """
        verdict: Verdict = self.archive.registration.add(name, password, email)
        if verdict.account is None:
            raise ValueError(f"no account {name}: {verdict.why} {verdict.text}".rstrip())
        change = AccountsChanged((verdict.account,), (), self.server._hub.clock())
        await self.server._hub.inbox.send((None, (change,)))
        await trio.testing.wait_all_tasks_blocked()
        return verdict.account

    # -- users

    async def newcomer(self) -> User:
        """Somebody who is connected and has said nothing yet, from an address of their own."""
        self._users += 1
        high, low = divmod(self._users, 250)
        stream = await self.open_stream(source=f"10.0.{high}.{low + 1}")
        return User(stream, self.programs)

    async def open_stream(self, *, source: str = "127.0.0.1") -> trio.SocketStream:
        """A connection to the server's first address, for a client of any kind."""
        first = self.config.listen[0]
        return await self.network.open_stream(first.host, first.port, source=source)

    async def settle(self) -> None:
        """Wait until nobody in this run has anything left to do at this time, then check it all.

        Raises `Violated` if the chat is not as a healthy one always is.
        """
        await trio.testing.wait_all_tasks_blocked()
        check_world(self.world)
        check_links(self.world, self.config.connection.sendq)
        if self.complaints:
            texts = map(text_of, self.complaints)
            raise Violated("\n".join(["the server has logged errors:", *texts]))


@asynccontextmanager
async def open_chat(
    config: Config | None = None, *, window: int = WINDOW, data: Path | None = None
) -> AsyncIterator[VirtualChat]:
    """Run the server on a network of its own for the length of an `async with`.

    Meant for a `trio.run` with `trio.testing.MockClock(autojump_threshold=0)`, where minutes pass
    in no time. `config` is the server's; it listens where that says, but on this network. `window`
    is how many bytes a connection holds in each direction, unread. `data` is the directory of the
    server's archive, for another chat to go on with; without one it is in memory. At the end
    everything is checked; raises `Violated`, an `AssertionError`, if something is wrong.
    """
    config = config or CONFIG
    network = Network(window)
    reports: list[Report] = []
    start = trio.current_time()

    def clock() -> float:
        return EPOCH + trio.current_time() - start

    archive = open_archive(replace(config, passwords=CHEAP_PASSWORDS), Store(data), clock=clock)
    complaints: list[logging.LogRecord] = []
    with network.in_use(), complaints_to(complaints.append), archive.store:
        async with trio.open_nursery() as nursery:
            server: Server = await nursery.start(
                partial(
                    serve,
                    config,
                    listeners=[
                        Door(each, [network.listen(each.host, each.port)]) for each in config.listen
                    ],
                    observe=reports.append,
                    clock=clock,
                    archive=archive,
                    run_in_thread=_run_at_once,
                )
            )
            await trio.testing.wait_all_tasks_blocked()
            idle = Counter(names_of_tasks(nursery))
            async with trio.open_nursery() as programs:
                chat = VirtualChat(config, network, server, programs, reports, complaints, archive)
                yield chat
                await chat.settle()
                programs.cancel_scope.cancel()
            network.reset_clients()
            await chat.settle()
            with trio.move_on_after(LONGEST_LAG):
                # Of those who were too fast there may be lines left to read.
                while network.half_closed:  # noqa: ASYNC110 - a socket tells nobody that it closes
                    await trio.sleep(1)
            await chat.settle()
            tasks = Counter(names_of_tasks(nursery)) - idle
            check_nothing_left(chat.world, network, tasks)
            server.stop()


async def _run_at_once(work: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Stands for `trio.to_thread.run_sync`, in this thread."""
    await trio.lowlevel.checkpoint()
    return work(*args)
