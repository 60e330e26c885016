"""The commands that go from one conversation to another: what others call windows or buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import LOCAL, Misuse, Trouble, family
from trio_chat.client.errors import Unsupported
from trio_chat.client.model.conversations import Conversation

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Conversations")


@command(
    "win",
    "[WINDOW|next|prev|last|unread|list|close]",
    "go to another conversation, or list them",
    more="By its number, its name or a part of that; `last` is where you were before, `unread` "
    "where somebody wants you.",
    example="/win 2",
    needs=LOCAL,
)
async def _win(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    # irssi says "goto 2", WeeChat "*2".
    word = argument.removeprefix("goto ").removeprefix("*").strip()
    model = console.model
    match word.lower():
        case "" | "list":
            _list(console)
        case "close":
            await _close(console, "")
        case "next" | "+1" | "+":
            _go(console, model.after(model.current), "there is no other conversation")
        case "prev" | "previous" | "-1" | "-":
            _go(console, model.before(model.current), "there is no other conversation")
        case "last":
            _go(console, model.previous, "you were nowhere else before")
        case "unread":
            _go(console, model.next_unread(), "nothing is unread")
        case _:
            console.switch(_found(console, word).name)


def _go(console: Console, name: str, otherwise: str) -> None:
    if not name:
        raise Trouble(otherwise)
    console.switch(name)


def _list(console: Console) -> None:
    conversations = list(console.model.conversations.values())
    if not conversations:
        console.note("there are no conversations: /join a room, or /query somebody")
    for each in conversations:
        here = "*" if each.name == console.model.current else " "
        mentions = f", {each.mentions} for you" if each.mentions else ""
        unread = f"  {each.unread} unread{mentions}" if each.unread else ""
        console.note(f"{here}{each.number:>3}  {each.name}{unread}")


def _found(console: Console, word: str) -> Conversation:
    """The conversation of a number, a name, or a part of one; raises `Trouble`."""
    model = console.model
    name = model.numbered(int(word)) if word.isascii() and word.isdigit() else ""
    for exact in (name, word, f"#{word}"):
        if exact and exact in model.conversations:
            return model.conversations[exact]
    part = word.lower()
    found = [each for each in model.conversations.values() if part in each.name.lower()]
    if not found:
        raise Trouble(f"there is no conversation {word}: /win lists them, /join opens a room")
    if len(found) > 1:
        raise Trouble(f"{word} may be {', '.join(each.name for each in found[:10])}")
    return found[0]


@command(
    "close",
    "[WINDOW]",
    "close this conversation, or another",
    more="A room is left thereby.",
    needs=LOCAL,
)
async def _close(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    model = console.model
    if not argument and not model.current:
        raise Trouble("there is nothing to close")
    name = _found(console, argument).name if argument else model.current
    if console.chat is not None and name in console.chat.rooms:
        await console.chat.part(name)
    console.close(name)


@command(
    "read",
    "[WINDOW]",
    "have everything count as read, or one conversation",
    more="Your other clients are told, where the server keeps how far you have read.",
    needs=LOCAL,
)
async def _read(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    model = console.model
    wanted = [_found(console, argument)] if argument else list(model.conversations.values())
    unread = [each for each in wanted if each.unread]
    for each in unread:
        each.read()
    console.screen.change()
    names = ", ".join(each.name for each in unread)
    console.note(f"read: {names}" if names else "nothing was unread")
    if console.chat is None or not console.settings.markers:
        return
    try:
        for each in unread:
            if each.last is not None:
                await console.chat.set_read(each.name, each.last.at)
    except Unsupported:
        return  # it is read here all the same


@command("unread", "", "go to where something is unread, mentions first", needs=LOCAL)
async def _unread(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if argument:
        raise Misuse
    _go(console, console.model.next_unread(), "nothing is unread")
