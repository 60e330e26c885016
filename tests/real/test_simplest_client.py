"""ii, the client that is a directory of files: what it cannot read, many a simple bot cannot."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from .peers import peer
from .processes import ServerProcess
from .programs import needs
from .waiting import Looks

pytestmark = [pytest.mark.slow, needs("ii")]


async def wait_for(path: Path, pattern: str) -> None:
    """Wait until a file of it has a line like this."""
    looks = Looks()
    text = ""
    while await looks.again():
        if await trio.Path(path).exists():
            text = await trio.Path(path).read_text()
        if re.search(pattern, text, re.MULTILINE):
            return
    raise AssertionError(f"{pattern!r} never came; what did:\n{text}")


async def enter(path: Path, line: str) -> None:
    async with await trio.open_file(path, "w") as pipe:  # blocks until ii reads
        await pipe.write(f"{line}\n")


@asynccontextmanager
async def ii(port: int, home: Path) -> AsyncIterator[Path]:
    """The directory of an ii that has registered; it is ended in the end."""
    where = home / "127.0.0.1"
    command = ("ii", "-s", "127.0.0.1", "-p", str(port), "-n", "iiris", "-i", str(home))
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.run_process, command)
        await wait_for(where / "out", r"Welcome to the \S+ network, iiris!")
        yield where
        nursery.cancel_scope.cancel()


async def test_it_joins_hears_and_is_heard(server: ServerProcess, tmp_path: Path) -> None:
    async with ii(server.port, tmp_path / "ii") as home, peer(server.port, "bob", "#tea") as bob:
        await enter(home / "in", "/j #tea")
        await bob.wait_for(r":iiris!\S+ JOIN #tea\r\n")
        tea = home / "#tea"
        await wait_for(home / "out", "= #tea @bob iiris$")
        await enter(tea / "in", "kettle's on")
        await bob.wait_for(r":iiris!\S+ PRIVMSG #tea :kettle's on\r\n")
        await bob.send("PRIVMSG #tea :milk", "TOPIC #tea :biscuits", "PRIVMSG iiris psst")
        await wait_for(tea / "out", r"<bob> milk$")
        await wait_for(tea / "out", r"bob changed topic to \"biscuits\"$")
        await wait_for(home / "bob" / "out", r"<bob> psst$")
        await enter(home / "in", "/q")
        await bob.wait_for(r":iiris!\S+ QUIT ")
