"""The tables of docs/client.md, made from the tables of the code.

`python -m tests.client_page` writes them into the page; a test holds the page against them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from trio_chat.client.commands.habits import HABITS
from trio_chat.client.commands.table import COMMANDS, FAMILIES, Command
from trio_chat.client.screen.input_line import keys_about
from trio_chat.client.screen.key_table import ABOUT
from trio_chat.client.setup.arguments import add_arguments
from trio_chat.client.setup.profiles import KEYS
from trio_chat.client.setup.settings import SETTINGS, Settings, shown

from .tables import cell, filled, table

PAGE = Path(__file__).parent.parent / "docs" / "client.md"


def options() -> str:
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    return table(("option", "what it does"), _options(parser))


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        names = action.option_strings or [str(action.metavar)]
        takes = "" if action.nargs == 0 or not action.option_strings else _value(action)
        written = ", ".join(f"`{name}{takes}`" for name in names)
        yield written, cell(str(action.help))


def _value(action: argparse.Action) -> str:
    return f" {action.metavar or action.dest.upper()}"


def profile() -> str:
    return table(
        ("key", "value", "what it says"),
        ((f"`{name}`", cell(key.kind), cell(key.help)) for name, key in KEYS.items()),
    )


def settings() -> str:
    return table(
        ("setting", "default", "values", "what it does"),
        (
            (
                f"`{name}`",
                f"`{shown(Settings(), name)}`",
                cell(str(setting.kind)),
                cell(setting.help),
            )
            for name, setting in SETTINGS.items()
        ),
    )


def commands(family: str) -> str:
    return table(
        ("command", "what it does"),
        (
            (f"`{cell(f'/{each.name} {each.usage}'.strip())}`", cell(_told(each)))
            for each in COMMANDS.values()
            if each.family == family
        ),
    )


def _told(each: Command) -> str:
    """What `/help` tells of a command, in a cell."""
    example = f"Such as `{each.example}`." if each.example else ""
    first = f"{each.help[:1].upper()}{each.help[1:]}."
    return " ".join(filter(None, [first, each.more, example]))


def keys(about: str) -> str:
    return table(
        (f"keys: {about.lower()}", "what they do"),
        ((cell(each.names), cell(each.does)) for each in keys_about(about)),
    )


def habits() -> str:
    return table(
        ("typed", "stands for", "known from"),
        (
            (f"`/{name}`", f"`/{habit.stands_for}`", habit.known_from)
            for name, habit in HABITS.items()
        ),
    )


TABLES: Mapping[str, Callable[[], str]] = {
    "options": options,
    "profile": profile,
    "settings": settings,
    **{f"commands: {family}": partial(commands, family) for family in FAMILIES},
    **{f"keys: {about}": partial(keys, about) for about in ABOUT},
    "habits": habits,
}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), TABLES))
