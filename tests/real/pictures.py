"""The pictures of docs/client.md: real clients, in xterm on a screen that nobody looks at.

    python -m tests.real.pictures [DIRECTORY]

wants Xvfb, xterm, xdotool and ImageMagick. The pictures are as good as the chat in `CHAT`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import trio

import trio_chat

from .processes import ENVIRONMENT, TRIO_CHAT, running_server

DISPLAY = ":87"
SCREEN = (1140, 640)
SETTLES = 1.5
"""Seconds after which a client has drawn what it has been told."""

PICTURES: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "inline": ("104x30", (), ("/react 6 :tada:", "/join #garden", "/join #lobby")),
    "full": ("118x32", ("--full",), ("/join #garden", "/join #lobby")),
}
"""Each with the size of its terminal, the arguments of the client, and what is typed into it."""

ROOMS = ("#lobby", "#garden")
NICKS = ("ada", "ben", "chloe")
CHAT: Sequence[tuple[str, str, str]] = (
    ("ada", "#lobby", "morning all ☀️"),
    ("ben", "#lobby", "morning! the build is \x0303green\x03 again"),
    ("chloe", "#lobby", "finally 🎉 was it the \x02clock\x02, or the cache?"),
    ("ben", "#lobby", "the clock. write-up: https://example.org/notes/2026/monotonic-clocks"),
    ("ada", "#lobby", "you: can you read it before noon? 漢字 and all"),
    ("chloe", "#lobby", "I'll bring biscuits 🍪👩‍👩‍👧"),
    ("ada", "#garden", "the beans are up"),
    ("ben", "#garden", "water them in the evening, not now"),
)


@asynccontextmanager
async def display() -> AsyncIterator[None]:
    """An X server without a screen, at `DISPLAY`."""
    width, height = SCREEN
    command = ["Xvfb", DISPLAY, "-screen", "0", f"{width}x{height}x24"]
    async with trio.open_nursery() as nursery:
        run = await nursery.start(_process, command)
        await trio.sleep(SETTLES)
        yield
        run.terminate()


async def _process(
    command: Sequence[str], task_status: trio.TaskStatus[trio.Process] = trio.TASK_STATUS_IGNORED
) -> None:
    environment = {**ENVIRONMENT, "DISPLAY": DISPLAY}
    process = await trio.lowlevel.open_process(
        list(command), env=environment, stderr=subprocess.DEVNULL
    )
    task_status.started(process)
    await process.wait()


async def xdotool(*arguments: str) -> None:
    """Do something at the keyboard."""
    environment = {**os.environ, "DISPLAY": DISPLAY}
    await trio.run_process(["xdotool", *arguments], env=environment)


async def take(name: str, port: int, say: trio_chat.Chat, directory: Path) -> None:
    """One picture: start the client, chat, type, look."""
    size, arguments, typed = PICTURES[name]
    client = [*TRIO_CHAT, "client", f"127.0.0.1:{port}", "--nick", "you", "--room", "#lobby"]
    terminal = [
        *("xterm", "-geometry", f"{size}+0+0", "-fa", "DejaVu Sans Mono", "-fs", "11"),
        *("-bg", "#1c1f26", "-fg", "#d6d9e0", "-bw", "8", "-e", shlex.join([*client, *arguments])),
    ]
    async with trio.open_nursery() as nursery:
        process = await nursery.start(_process, terminal)
        await trio.sleep(SETTLES * 2)
        for line in typed:
            await xdotool("type", "--delay", "8", f"{line}\n")
            await trio.sleep(SETTLES / 3)
        await say.say("#garden", "and shade for the lettuce, you")
        await xdotool("type", "--delay", "8", "half a thought, while the others go on")
        await trio.sleep(SETTLES)
        picture = str(directory / f"client-{name}.png")
        await trio.run_process(
            ["import", "-window", "root", "-trim", picture],
            env={**os.environ, "DISPLAY": DISPLAY},
        )
        process.terminate()


async def main(directory: Path) -> None:
    """Take all pictures."""
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await stack.enter_async_context(running_server(data))
        chats = {
            nick: await stack.enter_async_context(
                trio_chat.connect(port=server.port, nick=nick, rooms=ROOMS)
            )
            for nick in NICKS
        }
        await chats["ada"].set_topic("#lobby", "Everything that has no room of its own")
        await chats["ada"].set_topic("#garden", "Beans, mostly")
        for nick, room, text in CHAT:
            await chats[nick].say(room, text)
        await stack.enter_async_context(display())
        for name in PICTURES:
            await take(name, server.port, chats["ben"], directory)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
