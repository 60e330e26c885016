"""A disk that fails under a running server: the chat goes on, and nobody is told what is not so."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
import trio

from trio_chat.net.recorder import BEHIND

from ..operating import write as write_config
from ..peers import Peer, chat_on, peer
from ..processes import ServerProcess, run_server_that_fails, running_server
from ..programs import needs
from ..waiting import PATIENCE, Looks
from .disk import Disk
from .history import check_kept, kept_in
from .talking import Ears, conversation

pytestmark = [pytest.mark.slow, needs("gcc")]

FAULTS = {
    "full": ("grow_error", errno.ENOSPC),
    "broken": ("write_error", errno.EIO),
    "read-only": ("write_error", errno.EROFS),
    "failing to sync": ("sync_error", errno.EIO),
}
"""What a disk may be, with the switch that makes it so."""


@contextmanager
def failing(disk: Disk, how: str) -> Iterator[None]:
    switch, number = FAULTS[how]
    setattr(disk, switch, number)
    yield
    setattr(disk, switch, 0)


@asynccontextmanager
async def server_on(disk: Disk, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    config = tmp_path / "chat.toml"
    write_config(config, "[passwords]\nmemory_kib = 8\npasses = 1\nscram_iterations = 4096\n")
    async with running_server(
        disk.root / "data",
        *("--quiet", "--config", str(config)),
        environment=disk.environment,
        console=tmp_path / "console",
    ) as server:
        yield server


@asynccontextmanager
async def operator(server: ServerProcess) -> AsyncIterator[Peer]:
    async with peer(server.port, "boss", "#office") as boss:
        await boss.send("OPER root secret")
        await boss.wait_for(" 381 boss ")
        yield boss


async def wait_for_more(kept: Collection[object], number: int) -> None:
    """Wait until there are so many more of something."""
    wanted = len(kept) + number
    looks = Looks()
    while await looks.again():
        if len(kept) >= wanted:
            return
    raise AssertionError(f"there were only {len(kept)} of {wanted}")


# -- while it runs


@pytest.mark.parametrize("how", FAULTS)
async def test_on_a_disk_that_fails_the_chat_goes_on_and_keeping_comes_back_by_itself(
    disk: Disk, tmp_path: Path, how: str
) -> None:
    ears = Ears()
    async with server_on(disk, tmp_path) as server, operator(server) as boss:
        async with conversation(server.port, ears, "word"):
            for _ in range(2):
                await wait_for_more(ears.acknowledged, 200)
                with failing(disk, how):
                    await boss.wait_for(r"NOTICE \* :Nothing can be kept: .*; what is said reaches")
                    await wait_for_more(ears.refused, 200)
                await boss.wait_for(r"NOTICE \* :What is said is kept again")
            await wait_for_more(ears.acknowledged, 200)
        assert "Traceback" not in server.console
        assert server.console.count("cannot keep what should outlive the server") == 2
        assert await server.stop() == 0
    assert check_kept(disk.root / "data", ears) >= 600
    kept = {text for room in kept_in(disk.root / "data").values() for _, text in room}
    assert not kept & ears.refused
    assert ears.refused <= ears.texts  # whoever was in the room has heard them


@pytest.mark.parametrize("how", ["full", "failing to sync"])
async def test_power_lost_on_a_disk_that_fails_takes_nothing_acknowledged(
    disk: Disk, tmp_path: Path, how: str
) -> None:
    ears = Ears()
    async with server_on(disk, tmp_path) as server, conversation(server.port, ears, "word"):
        await wait_for_more(ears.acknowledged, 200)
        with failing(disk, how):
            await wait_for_more(ears.refused, 200)
        await wait_for_more(ears.acknowledged, 200)
        with failing(disk, how):
            await wait_for_more(ears.refused, 100)
            server.process.kill()
            await server.process.wait()
    disk.lose_power(1)
    check_kept(disk.root / "data", ears)


async def test_what_wants_to_be_kept_and_cannot_is_refused_and_can_be_done_later(
    disk: Disk, tmp_path: Path
) -> None:
    async with server_on(disk, tmp_path) as server, peer(server.port, "alice") as alice:
        register = "REGISTER * * open-sesame"
        with failing(disk, "full"):
            await alice.send(register)
            await alice.wait_for("FAIL REGISTER TEMPORARILY_UNAVAILABLE ")
            await alice.send("TOPIC #lobby :tea", "PRIVMSG NickServ :HELP", "PING :here")
            await alice.wait_for("PONG .*here")
        assert "Traceback" not in server.console
        await alice.send(register)
        await alice.wait_for("REGISTER SUCCESS alice ")
        assert await server.stop() == 0


async def test_while_a_disk_hangs_only_those_wait_who_want_to_know_what_is_kept(
    disk: Disk, tmp_path: Path
) -> None:
    ears = Ears()
    async with (
        server_on(disk, tmp_path) as server,
        peer(server.port, "one", "#tea") as one,
        peer(server.port, "other", "#tea") as other,
    ):
        async with conversation(server.port, ears, "word"):
            await wait_for_more(ears.acknowledged, 100)
            disk.hangs = 1
            await one.send("PRIVMSG #tea :does it hang?")
            await other.wait_for("does it hang")
            looks = Looks()
            while await looks.again() and not disk.hanging:
                pass
            known = len(ears.acknowledged)
            for number in range(50):
                await one.send(f"PRIVMSG #tea :still {number}")
                await other.wait_for(f"still {number}\r\n")
            await chat_on(one, other, exchanges=5)
            async with peer(server.port, "late", "#tea") as late:
                await one.send("PRIVMSG #tea :welcome")
                await late.wait_for("welcome")
            # One batch may have been under way; those who wait get no echo after that.
            assert len(ears.acknowledged) <= known + 20
            disk.hangs = 0
            await wait_for_more(ears.acknowledged, 100)
        assert await server.stop() == 0
    check_kept(disk.root / "data", ears)
    texts = [text for _, text in kept_in(disk.root / "data")["#tea"]]
    assert [text for text in texts if text.startswith("still")] == [f"still {n}" for n in range(50)]


FLOOD = 8_000


async def test_while_a_disk_hangs_whoever_talks_too_much_is_not_listened_to(
    disk: Disk, tmp_path: Path
) -> None:
    async with (
        server_on(disk, tmp_path) as server,
        peer(server.port, "flood", "#tea") as flood,
        peer(server.port, "hearer", "#tea") as hearer,
        peer(server.port, "one", "#quiet") as one,
        peer(server.port, "other", "#quiet") as other,
    ):
        disk.hangs = 1
        async with trio.open_nursery() as nursery:
            lines = "".join(f"PRIVMSG #tea :buy {number}\r\n" for number in range(FLOOD))
            nursery.start_soon(flood.stream.send_all, lines.encode())
            await hearer.wait_for(f"buy {BEHIND - 100}\r\n")
            await chat_on(one, other, exchanges=20)
            with trio.move_on_after(0.5):
                await hearer.wait_for(f"buy {BEHIND + 1000}\r\n")
                raise AssertionError("too much waits for the disk")
            assert disk.hanging
            disk.hangs = 0
            await hearer.wait_for(f"buy {FLOOD - 1}\r\n")
        assert await server.stop() == 0
    texts = [text for _, text in kept_in(disk.root / "data")["#tea"]]
    assert texts == [f"buy {number}" for number in range(FLOOD)]


async def test_a_server_that_is_told_to_stop_waits_for_a_disk_that_hangs(
    disk: Disk, tmp_path: Path
) -> None:
    async with server_on(disk, tmp_path) as server, peer(server.port, "one", "#tea") as one:
        disk.hangs = 1
        await one.send("PRIVMSG #tea :last words", "PING :said")
        await one.wait_for("PONG .*said")
        server.process.terminate()
        await one.wait_end()
        with trio.move_on_after(2):
            await server.process.wait()
        assert server.process.returncode is None
        disk.hangs = 0
        with trio.fail_after(PATIENCE):
            assert await server.process.wait() == 0
    assert [text for _, text in kept_in(disk.root / "data")["#tea"]] == ["last words"]


# -- at the start


def files_in(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.iterdir() if path.suffix != ".lock"}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("full", "there is no room left on its disk"),
        ("read-only", "the server must be able to write to it"),
        ("broken", r"disk I/O error|Input/output error|unable to open database file"),
    ],
)
@pytest.mark.parametrize("was", ["nothing", "a killed server"])
async def test_a_server_does_not_start_on_a_disk_that_fails_and_says_why(
    disk: Disk, tmp_path: Path, how: str, why: str, was: str
) -> None:
    data = disk.root / "data"
    if was != "nothing":
        async with server_on(disk, tmp_path) as server, peer(server.port, "one", "#tea") as one:
            await one.send("CAP REQ :echo-message", "PRIVMSG #tea :remember")
            await one.wait_for("PRIVMSG #tea :remember")
        before = files_in(data)
    with failing(disk, how):
        failed = await run_server_that_fails(
            "--port", "0", "--data", str(data), environment=disk.environment
        )
    said = failed.stderr.decode()
    assert failed.returncode == 1
    assert said.startswith(f"trio-chat: cannot use {data}")
    assert said.count("\n") == 1
    assert re.search(why, said), said
    if was != "nothing":
        after = files_in(data)
        for name, content in before.items():
            if not name.endswith("-shm"):
                assert after[name] == content, name
    async with server_on(disk, tmp_path) as server:
        assert await server.stop() == 0
    if was != "nothing":
        assert [text for _, text in kept_in(data)["#tea"]] == ["remember"]


@needs("mount")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
async def test_a_small_disk_that_fills_up_is_met_as_the_tests_above_have_it(tmp_path: Path) -> None:
    """The same without anything between the server and its files, where a disk can be had."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = await trio.run_process(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_stderr=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount: {mounted.stderr.decode().strip()}")
    try:
        await _fill_up(disk, tmp_path)
    finally:
        with trio.move_on_after(10, shield=True):
            await trio.run_process(["umount", str(disk)])


async def _fill_up(disk: Path, tmp_path: Path) -> None:
    ears, data, ballast = Ears(), disk / "data", disk / "ballast"
    async with running_server(data, "--quiet", console=tmp_path / "console") as server:
        async with conversation(server.port, ears, "word"):
            await wait_for_more(ears.acknowledged, 100)
            _fill(ballast)
            await wait_for_more(ears.refused, 100)
            ballast.unlink()
            await wait_for_more(ears.acknowledged, 100)
        assert await server.stop() == 0
    shutil.copytree(data, tmp_path / "copy")
    check_kept(tmp_path / "copy", ears)


def _fill(path: Path) -> None:
    """Take all room there is on a disk."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
