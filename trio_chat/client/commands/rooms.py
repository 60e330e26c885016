"""The commands about rooms: going there and leaving, what they are about, who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import Misuse, family, first_word

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Rooms")


@command("join", "ROOM [KEY]", "go into a room, or back to one you are in")
async def _join(console: Console, argument: str) -> None:
    name, key = first_word(argument)
    if not name:
        raise Misuse
    chat = console.connected()
    console.going_to = name if chat.is_room(name) else f"#{name}"
    try:
        room = await chat.join(console.going_to, key)
    finally:
        console.going_to = ""
    console.model.open(room.name)
    console.model.switch(room.name)


@command("part", "[ROOM] [REASON]", "leave this room, or another")
async def _part(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    model, chat = console.model, console.connected()
    first, rest = first_word(argument)
    name, reason = (first, rest) if chat.is_room(first) else (model.current, argument)
    if name in chat.rooms:
        await chat.part(name, reason)
    elif name in model.conversations:
        model.close(name)
    else:
        console.note("there is no room to leave", trouble=True)


@command("topic", "[TEXT]", "show this room's topic, or change it")
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


@command("names", "[ROOM]", "list who is in a room")
async def _names(console: Console, argument: str) -> None:
    name = argument or console.model.current
    if not name:
        raise Misuse
    members = await console.connected().names(name)
    if not members:
        console.note(f"nobody to be seen in {name}")
        return
    signed = [member.signs[:1] + member.nick for member in members]
    console.note(f"{name} ({len(signed)}): {', '.join(signed)}")
