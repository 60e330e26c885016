"""The commands that say something, other than by just typing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import LOCAL, Misuse, family, first_word

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("Talking")


@command("msg", "NICK TEXT", "say something to one person alone")
async def _msg(console: Console, argument: str) -> None:
    target, text = first_word(argument)
    if not text:
        raise Misuse
    await console.connected().say(target, text)


@command("query", "NICK", "talk to one person alone until you switch", needs=LOCAL)
async def _query(console: Console, argument: str) -> None:
    if not argument or " " in argument:
        raise Misuse
    await trio.lowlevel.checkpoint()
    console.model.open(argument, private=argument not in console.model.rooms)
    console.model.switch(argument)


@command("me", "TEXT", "say what you do: * you wave")
async def _me(console: Console, argument: str) -> None:
    if not argument or not console.model.current:
        raise Misuse
    await console.connected().act(console.model.current, argument)
