"""All commands of the terminal client: `/help`, completion and the page read them from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

# Imported for the commands they put into the table.
from trio_chat.client.commands import (  # noqa: F401
    account,
    client,
    history,
    messages,
    network,
    operators,
    people,
    rooms,
    speech,
    windows,
)
from trio_chat.client.commands.command import (
    COMMANDS,
    FAMILIES,
    Command,
    Misuse,
    Need,
    Trouble,
    first_words,
    named,
    unknown,
)

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

__all__ = ["COMMANDS", "FAMILIES", "Command", "first_words", "named", "needs_connection", "run"]


def needs_connection(name: str) -> bool:
    """Whether a command of this name, if there is one, needs a connection."""
    command = named(name)
    return command is not None and not command.local


def is_about_messages(name: str) -> bool:
    """Whether a command of this name does something to a message, by its number or the last."""
    command = named(name)
    return command is not None and command.family == "Messages"


async def run(console: Console, name: str, argument: str) -> None:
    """Run a command, or say that there is none of this name."""
    await trio.lowlevel.checkpoint()
    command = named(name)
    if command is None:
        console.note(unknown(name), trouble=True)
        return
    argument = " ".join([*first_words(name), argument]).strip()
    try:
        _check(console, command)
        if not command.is_enough(argument):
            raise Misuse
        await command.action(console, argument)
    except Misuse:
        console.note(f"usage: /{command.name} {command.usage}".rstrip(), trouble=True)


def _check(console: Console, command: Command) -> None:
    """Raise `Trouble`, or `ConnectionLost`, if what a command needs is not there."""
    model, needs = console.model, command.needs
    if Need.CONNECTION in needs:
        chat = console.connected()
        if Need.ACCOUNT in needs and not chat.account:
            raise Trouble("you are not logged in: /login first")
    if Need.CONVERSATION in needs and not model.current:
        raise Trouble("there is no conversation here: /join a room first")
    if Need.ROOM in needs and model.current not in model.rooms:
        raise Trouble("this is not a room: /join one first")
