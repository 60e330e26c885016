"""The commands about the client itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import trio

from trio_chat.client.commands.command import (
    COMMANDS,
    FAMILIES,
    LOCAL,
    Command,
    Need,
    Trouble,
    family,
    first_word,
    named,
    unknown,
)
from trio_chat.client.commands.habits import HABITS
from trio_chat.client.commands.ports import Clears, HasKeys
from trio_chat.client.setup.settings import SETTINGS, WrongSetting, setting_named, shown

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

command = family("The client")

USAGE_WIDTH = 24
"""Columns of the usage in a list of commands; a longer one pushes its help to the right."""


@command(
    "help",
    "[COMMAND|keys]",
    "list the commands, or tell about one, or about the keys",
    more="With the title of a family, such as rooms, it tells of each command there in a line.",
    example="/help reply",
    needs=LOCAL,
)
async def _help(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if not argument:
        for line in _overview():
            console.note(line)
        return
    if argument.lower() == "keys" and isinstance(console.screen, HasKeys):
        for names, does in console.screen.key_names():
            console.note(f"{names:{USAGE_WIDTH}} {does}")
        return
    wanted = named(argument)
    members = [each for each in COMMANDS.values() if each.family.lower() == argument.lower()]
    if wanted is None and not members:
        raise Trouble(unknown(argument.removeprefix("/")))
    for line in _told(wanted, argument) if wanted else map(_line, members):
        console.note(line)


def _overview() -> Iterable[str]:
    width = max(map(len, FAMILIES)) + 1
    for title in FAMILIES:
        names = [f"/{each.name}" for each in COMMANDS.values() if each.family == title]
        yield f"{f'{title}:':{width}} {' '.join(names)}"
    yield "/help COMMAND tells more; /help keys tells of the keys; Tab completes, Ctrl-D leaves"


def _line(each: Command) -> str:
    return f"{f'/{each.name} {each.usage}':{USAGE_WIDTH}} {each.help}"


def _told(wanted: Command, name: str) -> Iterable[str]:
    """All there is to know about a command."""
    yield f"/{wanted.name} {wanted.usage}".rstrip()
    yield f"  {wanted.help}"
    habit = HABITS.get(name.removeprefix("/").lower())
    if habit is not None and habit.words:
        yield f"  /{name.removeprefix('/')} stands for /{habit.stands_for}"
    if wanted.more:
        yield f"  {wanted.more}"
    if wanted.example:
        yield f"  for example: {wanted.example}"
    if Need.RANK in wanted.needs:
        yield "  The server lets those of a rank in the room do it."
    if wanted.aliases:
        yield f"  also: {' '.join(f'/{alias}' for alias in wanted.aliases)}"


@command(
    "set",
    "[SETTING] [VALUE]",
    "show the settings, or change one",
    more="What is changed holds at once, and from the next start on too. A list has commas between "
    "its parts, and `-` is the empty one.",
    example="/set time 12h",
    needs=LOCAL,
)
async def _set(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    name, value = first_word(argument)
    if not name:
        width = max(map(len, SETTINGS))
        for each in SETTINGS:
            console.note(f"{each:{width}}  {shown(console.settings, each)}")
        return
    try:
        setting = setting_named(name)
        if value:
            console.set(setting.name, value)
    except WrongSetting as wrong:
        raise Trouble(str(wrong)) from None
    console.note(f"{setting.name} is {shown(console.settings, setting.name)}")
    if not value:
        console.note(f"  {setting.help} It may be {setting.kind}.")


@command(
    "clear",
    "",
    "empty the screen",
    more="What was said stays where it is: going there again shows it.",
    needs=LOCAL,
)
async def _clear(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    if not isinstance(console.screen, Clears):
        raise Trouble("nothing can be emptied here: this screen shows what there is")
    console.screen.clear()


@command("quit", "[REASON]", "leave the chat; so does just: exit", needs=LOCAL)
async def _quit(console: Console, argument: str) -> None:
    await trio.lowlevel.checkpoint()
    console.leave(argument)
