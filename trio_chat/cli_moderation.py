"""`trio-chat audit`, `bans` and `reports`: what moderation has left in a server's data, to read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from trio_chat.cli_archive import add_data_options, moment, opened
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from trio_chat.store.records import AuditRow, BanRow, ReportRow

LAST = 100
"""Entries shown unless more are asked for: a few screens."""

Lines = Callable[[argparse.Namespace], list[tuple[object, str]]]
"""Entries of the archive, each as it is kept and as a line to read."""


def add_moderation_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """`trio-chat audit`, `trio-chat bans` and `trio-chat reports`."""
    _add(commands, "audit", "show what operators did, and tried to", _audit)
    _add(commands, "bans", "show who is banned from the server", _bans)
    _add(commands, "reports", "show what users have reported", _reports)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, find: Lines
) -> None:
    parser = commands.add_parser(
        name, help=text, description=f"{text.capitalize()}; the server may be running."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--last", type=_count, default=LAST, metavar="N", help=f"how many (default: {LAST})"
    )
    add_data_options(parser)
    parser.set_defaults(run=lambda args: _run(args, find))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of entries (1 to 1000000)")
    return int(text)


def _run(args: argparse.Namespace, find: Lines) -> int:
    for entry, line in find(args):
        print(json.dumps(entry) if args.json else printable(line))  # noqa: T201
    return 0


def _audit(args: argparse.Namespace) -> list[tuple[object, str]]:
    from trio_chat.store import records

    def line(row: AuditRow) -> str:
        by = f" as {row.done_by}" if row.done_by else ""
        return f"{moment(row.at)}  {row.action}{by}: {row.text}"

    with opened(args) as archive, archive.store.reading() as db:
        return [(asdict(row), line(row)) for row in records.audit(db, args.last)]


def _bans(args: argparse.Namespace) -> list[tuple[object, str]]:
    from trio_chat.store import records

    def line(row: BanRow) -> str:
        until = "for ever" if row.expires is None else f"until {moment(row.expires)}"
        return f"{row.kind} {row.mask}  {until}, by {row.set_by}: {row.reason}"

    with opened(args) as archive, archive.store.reading() as db:
        return [(asdict(row), line(row)) for row in records.bans(db)[-args.last :]]


def _reports(args: argparse.Namespace) -> list[tuple[object, str]]:
    from trio_chat.store import records

    def line(row: ReportRow) -> str:
        about = f" (message {row.message})" if row.message else ""
        end = f"closed by {row.closed_by}, {moment(row.closed_at)}" if row.closed_by else "open"
        return (
            f"{moment(row.at)}  {row.id} by {row.made_by} of {row.target}{about}: {row.reason} "
            f"[{end}]"
        )

    with opened(args) as archive, archive.store.reading() as db:
        return [(asdict(row), line(row)) for row in records.reports(db, args.last)]
