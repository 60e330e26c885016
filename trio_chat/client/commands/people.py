"""The commands about people: others, and oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trio_chat.client.commands.command import Misuse, family

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("People")


@command("nick", "NICK", "be called something else")
async def _nick(console: Console, argument: str) -> None:
    if not argument:
        raise Misuse
    await console.connected().set_nick(argument)
    console.wanted_nick = argument


@command("who", "[ROOM|NICK]", "tell more about those in a room, or one person")
async def _who(console: Console, argument: str) -> None:
    mask = argument or console.model.current
    if not mask:
        raise Misuse
    people = await console.connected().who(mask)
    for person in people:
        away = ", away" if person.away else ""
        console.note(f"{person.nick} ({person.user}@{person.host}) {person.realname}{away}")
    if not people:
        console.note(f"nobody to be seen by the name of {mask}")
