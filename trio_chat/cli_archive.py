"""What the commands on a server's data share: its options, and opening it beside a running server.

Laws:

* The database must be there: a mistyped `--data` makes no new one.
* Names are found as the server that keeps them finds them, whatever a configuration says by now.
* Nothing that was stored reaches the terminal but through `printable`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trio_chat.cli import Complaint, data_directory
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from trio_chat.archive.archive import SqliteArchive
    from trio_chat.config import Config
    from trio_chat.core.account_questions import Verdict


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """The options by which a server's data is found."""
    parser.add_argument("--data", metavar="DIR", help="where the server keeps its data")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the server's configuration file"
    )


def found(args: argparse.Namespace) -> tuple[Config, Path]:
    """The configuration and the data directory that the options name.

    Raises `Complaint` for a mistake in the one, and if there is no database in the other.
    """
    from trio_chat.config import Config, ConfigError, load
    from trio_chat.store.database import FILE_NAME

    try:
        config = load(args.config) if args.config else Config()
    except ConfigError as error:
        raise Complaint(*error.mistakes) from error
    directory = data_directory(replace(config, data=args.data or config.data))
    if not (directory / FILE_NAME).exists():
        raise Complaint(
            f"there is no {FILE_NAME} in {directory}: start the server once, or say where it keeps "
            "its data with --data or --config"
        )
    return config, directory


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[SqliteArchive]:
    """The archive that the options name. Raises `Complaint` for all that goes wrong with it."""
    import sqlite3

    from trio_chat.names import case_mapping
    from trio_chat.opening import open_archive
    from trio_chat.store import facts
    from trio_chat.store.damage import StoreError, told
    from trio_chat.store.database import FILE_NAME, Store

    config, directory = found(args)
    try:
        with Store(directory) as store:
            with store.reading() as db:
                known = facts.find(db, "casemapping")
            names = case_mapping(known or config.settings.casemapping)
            yield open_archive(config, store, names=names)
    except StoreError as error:
        raise Complaint(str(error)) from error
    except sqlite3.Error as error:
        raise Complaint(str(told(directory / FILE_NAME, error))) from error


_WHY = {
    "wrong": "there is no account {name}",
    "taken": "{name} is taken",
    "full": "there are too many already",
}


def granted(verdict: Verdict, name: str) -> Verdict:
    """A verdict that is none against it. Raises `Complaint` with the reason of another."""
    if not verdict.why:
        return verdict
    text = _WHY.get(verdict.why, verdict.why).format(name=printable(name))
    if verdict.text:
        text = f"{printable(name)}: {printable(verdict.text)}"
    raise Complaint(text)


def moment(at: float) -> str:
    """A Unix time to read."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
