"""A chat client that is nothing but a socket, for what well-behaved clients never do."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from .waiting import PATIENCE


class Peer:
    """A raw connection to a server, and all that came over it."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.text = ""
        self._seen = 0

    async def send(self, *lines: str) -> None:
        await self.stream.send_all("".join(f"{line}\r\n" for line in lines).encode())

    async def wait_for(self, pattern: str) -> re.Match[str]:
        """The next line with a match; the lines before it are not looked at again."""
        with trio.move_on_after(PATIENCE):
            while True:
                found = re.compile(pattern).search(self.text, self._seen)
                if found:
                    self._seen = found.end()
                    return found
                self._seen = max(self._seen, self.text.rfind("\n") + 1)
                if not await self._receive():
                    break
        raise AssertionError(f"{pattern!r} never came; what did:\n{self.text[-3000:]}")

    async def wait_end(self) -> str:
        """Read until the server closes the connection; all that ever came."""
        with trio.fail_after(PATIENCE):
            while await self._receive():
                pass
        return self.text

    async def _receive(self) -> bool:
        try:
            data = await self.stream.receive_some()
        except trio.BrokenResourceError:
            return False
        # A character may be cut in two here; the patterns waited for are ASCII or whole lines.
        self.text += data.decode(errors="replace")
        return bool(data)

    async def join_as(self, nick: str, room: str = "#lobby", caps: str = "") -> None:
        if caps:
            await self.send(f"CAP REQ :{caps}", "CAP END")
        await self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {room}")
        await self.wait_for(f" 366 {nick} {re.escape(room)} ")


@asynccontextmanager
async def peer(
    port: int, nick: str = "", room: str = "#lobby", caps: str = ""
) -> AsyncIterator[Peer]:
    """A connection that is closed in the end; with a nick, one that has joined a room."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        made = Peer(stream)
        if nick:
            await made.join_as(nick, room, caps)
        yield made


async def chat_on(one: Peer, other: Peer, *, exchanges: int = 0) -> None:
    """Private words to and fro, each waited for; without a number of them, until cancelled.

    The two must have joined as `one` and `other`.
    """
    for number in itertools.count(1):
        await one.send(f"PRIVMSG other :word {number}")
        await other.wait_for(f"PRIVMSG other :word {number}\r\n")
        await other.send(f"PRIVMSG one :word {number}")
        await one.wait_for(f"PRIVMSG one :word {number}\r\n")
        if number == exchanges:
            return
        await trio.sleep(0.01)
