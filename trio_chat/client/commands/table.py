"""The commands of the terminal client, in one table: `/help` and completion read it too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console


class _Misuse(Exception):
    """What a command needs is not given: its usage is shown."""


Action = Callable[["Console", str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what to type after its name, and what it does, in a line."""

    name: str
    usage: str
    help: str
    action: Action
    aliases: tuple[str, ...] = ()
    local: bool = False
    """Whether it does without a connection."""


COMMANDS: dict[str, Command] = {}
"""Every command by its name, in the order of `/help`."""

_BY_ANY_NAME: dict[str, Command] = {}


def _command(
    name: str, usage: str, help_text: str, *aliases: str, local: bool = False
) -> Callable[[Action], Action]:
    def add(action: Action) -> Action:
        command = Command(name, usage, help_text, action, aliases, local)
        COMMANDS[name] = command
        _BY_ANY_NAME.update(dict.fromkeys((name, *aliases), command))
        return action

    return add


def needs_connection(name: str) -> bool:
    """Whether a command of this name, if there is one, needs a connection."""
    command = _BY_ANY_NAME.get(name.lower())
    return command is not None and not command.local


def _say_unknown(console: Console, name: str) -> None:
    hint = f"there is no command /{name}: /help lists them, //{name} says it as text"
    console.note(hint, trouble=True)


async def run(console: Console, name: str, argument: str) -> None:
    """Run a command, or say that there is none of this name."""
    await trio.lowlevel.checkpoint()
    command = _BY_ANY_NAME.get(name.lower())
    if command is None:
        _say_unknown(console, name)
        return
    try:
        await command.action(console, argument)
    except _Misuse:
        console.note(f"usage: /{command.name} {command.usage}", trouble=True)


@_command("join", "ROOM [KEY]", "go into a room, or back to one you are in", "j")
async def _join(console: Console, argument: str) -> None:
    name, _, key = argument.partition(" ")
    if not name:
        raise _Misuse
    chat = console.connected()
    console.going_to = name if chat.is_room(name) else f"#{name}"
    try:
        room = await chat.join(console.going_to, key.strip())
    finally:
        console.going_to = ""
    console.model.open(room.name)
    console.model.switch(room.name)


@_command("part", "[ROOM] [REASON]", "leave this room, or another", "leave")
async def _part(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    model, chat = console.model, console.connected()
    first, _, rest = argument.partition(" ")
    name, reason = (first, rest.strip()) if chat.is_room(first) else (model.current, argument)
    if name in chat.rooms:
        await chat.part(name, reason)
    elif name in model.conversations:
        model.close(name)
    else:
        console.note("there is no room to leave", trouble=True)


@_command("msg", "NICK TEXT", "say something to one person alone", "m")
async def _msg(console: Console, argument: str) -> None:
    target, _, text = argument.partition(" ")
    if not text.strip():
        raise _Misuse
    await console.connected().say(target, text.strip())


@_command("query", "NICK", "talk to one person alone until you switch", "q", local=True)
async def _query(console: Console, argument: str) -> None:
    if not argument or " " in argument:
        raise _Misuse
    await trio.lowlevel.checkpoint()
    console.model.open(argument, private=argument not in console.model.rooms)
    console.model.switch(argument)


@_command("me", "TEXT", "say what you do: * you wave")
async def _me(console: Console, argument: str) -> None:
    if not argument or not console.model.current:
        raise _Misuse
    await console.connected().act(console.model.current, argument)


@_command("nick", "NICK", "be called something else")
async def _nick(console: Console, argument: str) -> None:
    if not argument:
        raise _Misuse
    await console.connected().set_nick(argument)
    console.wanted_nick = argument


@_command("topic", "[TEXT]", "show this room's topic, or change it")
async def _topic(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    chat = console.connected()
    room = chat.rooms.get(console.model.current)
    if room is None:
        console.note("only a room has a topic: /join one first", trouble=True)
    elif argument:
        await chat.set_topic(room.name, argument)
    else:
        console.note(f"topic of {room.name}: {room.topic or 'none'}")


@_command("names", "[ROOM]", "list who is in a room")
async def _names(console: Console, argument: str) -> None:
    name = argument or console.model.current
    if not name:
        raise _Misuse
    members = await console.connected().names(name)
    if not members:
        console.note(f"nobody to be seen in {name}")
        return
    signed = [member.signs[:1] + member.nick for member in members]
    console.note(f"{name} ({len(signed)}): {', '.join(signed)}")


@_command("who", "[ROOM or NICK]", "tell more about those in a room, or one person")
async def _who(console: Console, argument: str) -> None:
    mask = argument or console.model.current
    if not mask:
        raise _Misuse
    people = await console.connected().who(mask)
    for person in people:
        away = ", away" if person.away else ""
        console.note(f"{person.nick} ({person.user}@{person.host}) {person.realname}{away}")
    if not people:
        console.note(f"nobody to be seen by the name of {mask}")


@_command("help", "[COMMAND]", "list the commands, or tell about one", "h", local=True)
async def _help(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    name = argument.removeprefix("/").lower()
    wanted = _BY_ANY_NAME.get(name)
    if name and wanted is None:
        _say_unknown(console, name)
        return
    for command in [wanted] if wanted else COMMANDS.values():
        also = "".join(f" (/{alias})" for alias in command.aliases)
        console.note(f"{f'/{command.name} {command.usage}':22} {command.help}{also}")
    if wanted is None:
        console.note("Tab completes, Ctrl-C clears the line, Ctrl-D leaves, //text says /text")


@_command("quit", "[REASON]", "leave the chat; so does just: exit", "exit", local=True)
async def _quit(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    console.leave(argument)
