"""The commands about the connection and the server."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import LOCAL, Trouble, family, first_word
from trio_chat.version import __version__
from trio_chat.wire.message import Message, parse

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("The server")


@command(
    "connect",
    "",
    "connect now, rather than after the pause",
    more="It ends a /disconnect. For another server start another client.",
    needs=LOCAL,
)
async def _connect(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if argument:
        raise Trouble(
            f"one client is for one server: trio-chat client {argument} in another window"
        )
    if console.chat is not None:
        raise Trouble("you are connected: /reconnect does it anew")
    console.model.connection = "connecting"
    console.screen.change()
    console.redial.now()


@command("disconnect", "[REASON]", "leave the server, and stay here", needs=LOCAL)
async def _disconnect(console: Console, argument: str) -> None:
    chat = console.chat
    console.redial.hold()
    if chat is not None:
        await chat.quit(argument)
    await trio.lowlevel.checkpoint()
    console.model.connection = "disconnected"
    console.note("disconnected: /connect comes back, /quit leaves")
    console.screen.change()


@command("reconnect", "[REASON]", "leave the server, and come back at once", needs=LOCAL)
async def _reconnect(console: Console, argument: str) -> None:
    if console.chat is None:
        await _connect(console, "")
        return
    console.redial.now()  # the pause after the loss that follows is cut short
    await console.chat.send(Message("QUIT", (argument or "reconnecting",)))


@command("motd", "", "show the server's message of the day")
async def _motd(console: Console, argument: str) -> None:
    await console.connected().send(Message("MOTD"))


@command(
    "version",
    "[NICK]",
    "tell what this client is, and the server, or what somebody uses",
)
async def _version(console: Console, argument: str) -> None:
    nick, _ = first_word(argument)
    if nick:
        await console.connected().send(Message("PRIVMSG", (nick, "\x01VERSION\x01")))
        return
    python = f"{platform.python_implementation()} {platform.python_version()}"
    console.note(f"trio-chat {__version__}, {python}, {platform.system()}")
    await console.connected().send(Message("VERSION"))


@command("lag", "", "measure how long the server takes to answer")
async def _lag(console: Console, argument: str) -> None:
    chat = console.connected()
    before = trio.current_time()
    await chat.modes(chat.nick)  # answered at once by every server, and by nobody else
    console.note(f"the server answers after {(trio.current_time() - before) * 1000:.0f} ms")


@command(
    "raw",
    "LINE",
    "send the server a line of IRC as it stands",
    more="What comes of it is shown as it comes.",
    example="/raw STATS u",
)
async def _raw(console: Console, argument: str) -> None:
    try:
        message = parse(argument.encode())
    except ValueError as error:
        raise Trouble(f"that is no line of IRC: {error}") from None
    await console.connected().send(message)
