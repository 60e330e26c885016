"""The tables of docs/client.md, made from the tables of the code.

`python -m tests.client_page` writes them into the page; a test holds the page against them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

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


TABLES = {"options": options, "profile": profile, "settings": settings}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), TABLES))
