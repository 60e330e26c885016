"""The commands about rooms: going there and leaving, what they are about, who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import IN_ROOM, Misuse, Trouble, family, first_word
from trio_chat.client.commands.lists import in_a_line, show_list
from trio_chat.client.company import ListedRoom
from trio_chat.wire.grammar import matches

if TYPE_CHECKING:
    from trio_chat.client.chat import Chat
    from trio_chat.client.commands.console import Console

command = family("Rooms")


def room_named(chat: Chat, name: str) -> str:
    """A room's name: one without a sign of rooms gets "#"."""
    return name if chat.is_room(name) else f"#{name}"


def room_first(console: Console, argument: str) -> tuple[str, str]:
    """The room that an argument begins with, or the one we are in, and what follows.

    Raises `Trouble` if it is neither.
    """
    chat, current = console.connected(), console.model.current
    first, rest = first_word(argument)
    if chat.is_room(first):
        return first, rest
    if not chat.is_room(current):
        raise Trouble("this is not a room: name one, or go into one")
    return current, argument


@command(
    "join",
    "ROOM [KEY]",
    "go into a room, or back to one you are in",
    more="A name without a # gets one. Several rooms have commas between, and so have their keys.",
    example="/join #tea",
)
async def _join(console: Console, argument: str) -> None:
    names, keys = first_word(argument)
    if not names.strip(","):
        raise Misuse
    chat = console.connected()
    wanted = [room_named(chat, name) for name in names.split(",") if name]
    for name, key in zip(wanted, [*keys.split(","), *[""] * len(wanted)], strict=False):
        console.going_to = name
        try:
            room = await chat.join(name, key)
        finally:
            console.going_to = ""
        console.go_to(room.name)


@command(
    "part",
    "[ROOM] [REASON]",
    "leave this room, or another",
    more="In a private conversation it ends that.",
    example="/part #tea good night",
)
async def _part(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    model, chat = console.model, console.connected()
    first, rest = first_word(argument)
    name, reason = (first, rest) if chat.is_room(first) else (model.current, argument)
    if name in chat.rooms:
        await chat.part(name, reason)
    elif name in model.conversations:
        console.close(name)
    else:
        raise Trouble("there is no room to leave")


@command(
    "list",
    "[TEXT]",
    "list the rooms there are, the largest first",
    more="With a text, those that have it in their name or topic; * is any text within a name.",
    example="/list *tea*",
)
async def _list(console: Console, argument: str) -> None:
    listed = await console.connected().list_rooms()
    listed.sort(key=lambda room: -room.members)
    found = [room for room in listed if _is_about(room, argument.lower())]
    if not found:
        about = f" with {argument} in it" if argument else ""
        console.note(f"there is no room{about}, as far as the server tells")
    width = max((len(room.name) for room in found[:20]), default=0)
    lines = [f"{room.name:{width}}  {room.members:>4}  {room.topic}".rstrip() for room in found]
    show_list(console, lines, "/list TEXT")


def _is_about(room: ListedRoom, text: str) -> bool:
    name = room.name.lower()
    if "*" in text or "?" in text:
        return matches(text, name)
    return text in name or text in room.topic.lower()


@command(
    "topic",
    "[ROOM] [-delete|TEXT]",
    "show a room's topic, or change it",
    example="/topic Green tea only",
)
async def _topic(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    chat = console.connected()
    name, text = room_first(console, argument)
    if text:
        await chat.set_topic(name, "" if text == "-delete" else text)
        return
    room = chat.rooms.get(name)
    if room is None:
        raise Trouble(f"you are not in {name}: /list {name} tells its topic")
    console.note(f"topic of {room.name}: {room.topic or 'none'}")


@command("names", "[ROOM]", "list who is in a room")
async def _names(console: Console, argument: str) -> None:
    name, rest = room_first(console, argument)
    if rest:
        raise Misuse
    members = await console.connected().names(name)
    if not members:
        console.note(f"nobody to be seen in {name}")
        return
    signed = [member.signs[:1] + member.nick for member in members]
    console.note(f"{name} ({len(signed)}): {in_a_line(signed)}")


@command(
    "invite",
    "NICK [ROOM]",
    "ask somebody into this room, or another",
    example="/invite bob #tea",
)
async def _invite(console: Console, argument: str) -> None:
    nick, rest = first_word(argument)
    room, more = room_first(console, rest)
    if not nick or more:
        raise Misuse
    await console.connected().invite(nick, room)
    console.note(f"you invited {nick} to {room}")


@command("cycle", "", "leave this room and come back", needs=IN_ROOM)
async def _cycle(console: Console, argument: str) -> None:
    chat = console.connected()
    room = chat.rooms[console.model.current]
    await chat.part(room.name)
    console.going_to = room.name
    try:
        await chat.join(room.name, room.key)
    finally:
        console.going_to = ""
    console.go_to(room.name)
