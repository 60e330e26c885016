"""The table of commands: every one can be found, explained and completed."""

from __future__ import annotations

import pytest

from tests.client.commands.desk import Desk
from trio_chat.client.commands.command import Argument
from trio_chat.client.commands.habits import HABITS
from trio_chat.client.commands.table import COMMANDS, FAMILIES, first_words, named

LINE = 80 - len("12:00 -- ")
"""Columns of a line of the client's own on a terminal of 80."""


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_has_help_that_fits_a_screen(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help[-1] not in ".!"
    assert command.more == "" or command.more.endswith(".")
    assert command.example == "" or command.example.startswith(f"/{name}")
    first, second, *_ = await Desk().does(f"/help {name}")
    assert first == f"-- /{name} {command.usage}".rstrip()
    assert second == f"--   {command.help}"
    assert max(len(first), len(second)) - len("-- ") <= LINE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_usage_can_be_read(name: str) -> None:
    command = COMMANDS[name]
    for argument in command.arguments:
        assert argument.kinds or argument.words
    for argument in command.arguments[:-1]:
        # What takes the rest of the line is the last.
        assert "text" not in argument.kinds or argument.optional


def test_every_family_has_commands() -> None:
    assert {command.family for command in COMMANDS.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", HABITS)
def test_every_habit_stands_for_a_command(name: str) -> None:
    assert name not in COMMANDS
    command = named(name)
    assert command is COMMANDS[HABITS[name].command]
    assert command.arguments or not HABITS[name].words


async def test_help_lists_every_command() -> None:
    listed = "\n".join(await Desk().does("/help"))
    words = listed.split()
    assert all(f"/{name}" in words for name in COMMANDS)
    assert all(f"-- {family}:" in listed for family in FAMILIES)


async def test_help_tells_of_a_family_a_command_and_a_habit() -> None:
    desk = Desk()
    rooms = await desk.does("/help Rooms")
    assert [line.split()[1] for line in rooms] == [
        f"/{each.name}" for each in COMMANDS.values() if each.family == "Rooms"
    ]
    [first, *_, also] = await desk.does("/help /join")
    assert first == "-- /join ROOM [KEY]"
    assert also.startswith("--   also: /j")
    assert (await desk.does("/help J"))[0] == first
    assert "--   /ns stands for /msg NickServ" in await desk.does("/help ns")
    assert await desk.does("/help jion") == [
        "!! there is no command /jion: /help lists them, //jion says it as text"
    ]


def kinds(line: str) -> list[tuple[str, ...]]:
    """What may come at the end of a line, which has a command and whole words after it."""
    name, *words = line.split()
    command = named(name)
    assert command is not None
    words = [*first_words(name), *words]
    return [argument.kinds or argument.words for argument in command.expected(words)]


def test_what_may_come_next_is_known() -> None:
    assert kinds("/join") == [("room",)]
    assert kinds("/join #tea") == [("word",)]
    assert kinds("/join #tea sesame") == []
    assert kinds("/part") == [("room",), ("text",)]
    assert kinds("/part #tea so long") == [("text",)]
    assert kinds("/part so long") == [("text",)]
    assert kinds("/msg") == [("nick", "room")]
    assert kinds("/ns") == [("text",)]
    assert kinds("/op a b") == [("nick",)]
    assert kinds("/search in:#tea") == [("nick",), ("time",), ("time",), ("text",)]
    assert kinds("/reply 12") == [("text",)]
    assert kinds("/last") == [("number",)]
    assert kinds("/last five") == []
    assert kinds("/mode") == [("room", "nick"), ("word",), ("word",)]
    assert kinds("/msg bob one two") == [("text",)]


def test_arguments_are_read_from_the_usage() -> None:
    assert COMMANDS["join"].arguments == (
        Argument(("room",)),
        Argument(("word",), optional=True),
    )
    assert COMMANDS["who"].arguments == (Argument(("room", "nick", "mask"), optional=True),)
    assert COMMANDS["topic"].arguments == (
        Argument(("room",), optional=True),
        Argument(("text",), ("-delete",), optional=True),
    )
    assert COMMANDS["op"].arguments == (Argument(("nick",), repeats=True),)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_may_not_lack_is_counted_from_the_usage(name: str) -> None:
    command = COMMANDS[name]
    needed = ["x" for argument in command.arguments if not argument.optional]
    assert command.is_enough(" ".join(needed))
    assert not (needed and command.is_enough(" ".join(needed[1:])))


def test_a_word_ends_at_a_space_and_at_nothing_else() -> None:
    assert not COMMANDS["msg"].is_enough("bob\u3000hello")
    assert not COMMANDS["msg"].is_enough("  bob ")
    assert COMMANDS["msg"].is_enough("bob  hello")
