"""The server as a process on a host: what outlives its deaths, and what does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import trio

from trio_chat.archive.settings import HistorySettings
from trio_chat.config import Config, Listen
from trio_chat.core.effects import Report
from trio_chat.core.settings import Settings
from trio_chat.doors import Doors
from trio_chat.store.damage import StoreError
from trio_chat.testing import User, joined, left, said
from trio_chat.testing.chat import CHEAP_PASSWORDS
from trio_chat.testing.disk import Disk, DiskFaults
from trio_chat.testing.invariants import Violated
from trio_chat.testing.network import Network
from trio_chat.testing.runtime import Runtime
from trio_chat.testing.server_host import ServerHost, open_server_host

CONFIG = Config(
    listen=(Listen("server", 6667),), chat=Settings(cloaking=False), passwords=CHEAP_PASSWORDS
)
CAPS = ("echo-message", "batch", "message-tags", "draft/chathistory", "server-time")


class Site:
    """A server host, with or without a disk, and users for it."""

    def __init__(
        self, runtime: Runtime, network: Network, disk: Disk | None, nursery: trio.Nursery
    ) -> None:
        self.runtime = runtime
        self.network = network
        self.nursery = nursery
        self.disk = disk
        self.server: ServerHost

    async def user(self, nick: str, room: str = "#tea") -> User:
        """Somebody who has come into a room."""
        with self.network.at(nick):
            stream = await trio.open_tcp_stream("server", 6667)
        user = User(stream, self.nursery)
        await user.register(nick, CAPS)
        await user.join(room)
        return user

    async def history(self, nick: str = "reader") -> list[str]:
        """The texts of a room, as somebody new is shown them."""
        reader = await self.user(nick)
        await reader.rest()
        await reader.send("CHATHISTORY LATEST #tea * 100")
        batch = await reader.expect("BATCH")
        assert batch.params[0].startswith("+")
        texts = []
        while (message := await reader.receive()).command != "BATCH":
            if message.command == "PRIVMSG":
                texts.append(message.params[1])
        await reader.vanish()
        return texts


def run(
    body: Callable[[Site], Awaitable[None]],
    directory: Path | None,
    seed: int = 1,
    config: Config = CONFIG,
    wanted: int = 0,
) -> None:
    """Run a test on a site of its own, with a disk in this directory or without one; as many
    complaints as are wanted must have come."""

    async def main() -> None:
        network = Network(timers=runtime, random=runtime.streams.stream("network"))
        async with opened_site(runtime, network, directory, config) as site:
            await body(site)
        assert len(site.server.complaints) == wanted, site.server.complaints

    runtime = Runtime(seed)
    runtime.run(main)


@asynccontextmanager
async def opened_site(
    runtime: Runtime, network: Network, directory: Path | None, config: Config
) -> AsyncIterator[Site]:
    disk = None if directory is None else Disk(directory, runtime.streams.stream("disk"))
    with network.in_use():
        async with trio.open_nursery() as nursery:
            site = Site(runtime, network, disk, nursery)
            with disk.mounted() if disk is not None else nullcontext():
                async with open_server_host(runtime, network, disk, config) as site.server:
                    await site.server.start()
                    yield site
            nursery.cancel_scope.cancel()


def test_it_serves_who_comes_to_its_name_and_stops_with_a_word(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        alice, bob = await site.user("alice"), await site.user("bob")
        await alice.say("#tea", "hello")
        await bob.expect(said("hello", by="alice"))
        assert sorted(site.server.world.users) == ["alice", "bob"]
        await site.server.stop("closing time")
        assert not site.server.is_up
        assert "closing time" in await alice.expect_end()

    run(body, tmp_path)


@pytest.mark.parametrize("death", ["kill", "lose_power", "stop"])
def test_what_was_acknowledged_outlives_it(tmp_path: Path, death: str) -> None:
    async def body(site: Site) -> None:
        alice = await site.user("alice")
        for number in range(3):
            await alice.say("#tea", f"{number}")
            await alice.expect(said(f"{number}", by="alice"))
        await end(site.server, death)
        await site.server.start()
        assert await site.history() == ["0", "1", "2"]
        assert site.server.lives == 2

    run(body, tmp_path)


async def end(server: ServerHost, death: str) -> None:
    ending: Any = getattr(server, death)()
    if ending is not None:
        await ending


def test_without_a_disk_nothing_outlives_it() -> None:
    async def body(site: Site) -> None:
        alice = await site.user("alice")
        await alice.say("#tea", "hello")
        await alice.expect(said("hello"))
        site.server.kill()
        await site.server.start()
        assert await site.history() == []

    run(body, None)


def test_who_is_killed_says_nothing_more(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        alice, bob = await site.user("alice"), await site.user("bob")
        await alice.expect(joined("bob"))
        await alice.send("PRIVMSG #tea :too late", "QUIT :gone")
        site.server.kill()
        assert await alice.expect_end() == ""
        assert await bob.expect_end() == ""
        assert not [it for it in bob.received if it.command in ("PRIVMSG", "QUIT", "ERROR")]

    run(body, tmp_path)


def test_a_machine_without_power_is_silent_and_then_knows_nobody(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        alice = await site.user("alice")
        site.server.lose_power()
        assert await alice.rest() == []
        await site.server.start()
        await alice.say("#tea", "anybody there?")
        await alice.expect_end()
        assert alice.ending == "reset"
        await site.user("alice")  # nobody has that name

    run(body, tmp_path)


@pytest.mark.parametrize("seed", range(2))
def test_it_dies_in_the_midst_of_writing_and_keeps_what_it_has_acknowledged(
    tmp_path: Path, seed: int
) -> None:
    async def body(site: Site) -> None:
        random = Random(seed)
        echoed: list[str] = []
        for life in range(3):
            alice = await site.user("alice")
            site.server.die_in(random.randint(1, 60), by_power=random.random() < 0.5)
            for number in range(40):
                if site.server.server is None:
                    break
                await alice.say("#tea", f"{life} {number}")
                await trio.sleep(1)
            echoed += [it.params[1] for it in alice.received if it.command == "PRIVMSG"]
            await alice.vanish()
            while not site.server.is_up:
                await site.server.start()
            kept = await site.history()
            assert [text for text in kept if text in echoed] == echoed
            assert len(kept) - len(echoed) <= 1 + life

    run(body, tmp_path, seed)


def test_it_cannot_start_on_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        assert site.disk is not None
        site.server.kill()
        site.disk.faults = DiskFaults(write=1.0)
        with pytest.raises(StoreError):
            await site.server.start()
        site.disk.faults = DiskFaults()
        await site.server.start()
        assert site.server.is_up

    run(body, tmp_path)


def test_a_complaint_of_a_disk_that_has_failed_is_excused(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        assert site.disk is not None
        alice = await site.user("alice")
        site.disk.faults = DiskFaults(sync=1.0)
        await alice.say("#tea", "lost")
        await alice.expect("FAIL")
        site.disk.faults = DiskFaults()
        assert site.server.excused

    run(body, tmp_path)


def test_other_complaints_are_not(tmp_path: Path) -> None:
    def crash(report: Report) -> None:
        raise ValueError("a bug")

    async def body(site: Site) -> None:
        alice = await site.user("alice")
        assert site.server.server is not None
        site.server.server._hub._observe = crash
        await alice.say("#tea", "hello")
        await alice.rest()
        assert len(site.server.complaints) == 1
        site.server.kill()  # what the ghost complains of does not count
        await trio.sleep(5)

    run(body, tmp_path, wanted=1)


def test_a_connection_that_crashes_takes_nobody_with_it(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        for seed in range(5):
            pair = [await site.user("alice"), await site.user("bob")]
            await pair[0].expect(joined("bob"))
            assert site.server.crash_connection(Random(seed))
            await trio.sleep(2)
            ((crashed,), (spared,)) = [
                [it for it in pair if (it.ending is None) is alive] for alive in (False, True)
            ]
            await spared.expect(left(crashed.nick))
            await spared.say("#tea", "still here")
            await spared.expect(said("still here"))
            await spared.vanish()
            await trio.sleep(1)
        assert site.server.excused

    run(body, tmp_path)


def test_the_ghost_of_a_server_is_gone_in_time(tmp_path: Path) -> None:
    async def body(site: Site) -> None:
        def count() -> int:
            return len(site.server._nursery.child_tasks)

        await site.user("alice")
        site.server.kill()
        await site.server.start()
        assert count() == 2
        await trio.sleep(5)
        assert count() == 1

    run(body, tmp_path)


def test_a_server_that_has_stopped_has_closed_its_doors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(site: Site) -> None:
        await site.server.stop()

    monkeypatch.setattr(Doors, "close", lambda self: None)
    with pytest.raises(ExceptionGroup) as raised:
        run(body, tmp_path)
    assert raised.group_contains(Violated, match="has stopped, and listens on 10.1.0.1:6667 yet")


def test_durability_memory_may_lose_what_was_echoed(tmp_path: Path) -> None:
    lost = []

    async def body(site: Site) -> None:
        alice = await site.user("alice")
        await alice.say("#tea", "hello")
        await alice.expect(said("hello"))
        site.server.lose_power()
        await site.server.start()
        lost.append(await site.history() == [])

    config = replace(CONFIG, history=HistorySettings(durability="memory"))
    for seed in range(2):
        (tmp_path / str(seed)).mkdir()
        run(body, tmp_path / str(seed), seed, config)
    assert True in lost
