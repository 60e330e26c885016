"""`trio-chat history`: what was said on a server, to search, to take out and to bring in.

Laws:

* What only reads does so beside a running server, and sees what that has written by then.
* What is brought in is brought in while no server runs: the order of a history is a server's to
  keep. A file with a mistake in it is not brought in at all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from trio_chat.cli import Complaint
from trio_chat.cli_archive import add_data_options, found, opened
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from trio_chat.archive.archive import SqliteArchive
    from trio_chat.archive.exporting import Shelf
    from trio_chat.archive.lines import Line

FOUND = 100
"""Messages shown unless more are asked for: a few screens."""

DAY = 86_400


def add_history_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`trio-chat history`."""
    parser = commands.add_parser(
        "history",
        help="search what was said, take it out, bring it in",
        description="Searches what was said on a server, takes it out and brings it in.",
    )
    its = parser.add_subparsers(metavar="ACTION", required=True)
    _add_search(its)
    _add_export(its)
    _add_import(its)


def _add_times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", type=_since, metavar="TIME", help="from this time or day on (UTC)"
    )
    parser.add_argument("--until", type=_until, metavar="TIME", help="to this time or day (UTC)")


def _since(text: str) -> float:
    from trio_chat.history_files import instant

    try:
        return instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _until(text: str) -> float:
    """A day is meant to its end."""
    is_day = len(text) == len("2024-05-01")
    return _since(text) + (DAY - 0.001 if is_day else 0)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of messages (1 to 1000000)")
    return int(text)


# -- search


def _add_search(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "search",
        help="show what has these words",
        description="Shows the latest messages that have all of these words, in all rooms unless "
        "some are named, and in no conversation unless it is; with --since, the first of them. The "
        "server may be running.",
        epilog="Words that stand together go into double quotes: trio-chat history search '\"green "
        "tea\"'. Of a word no part is found.",
    )
    parser.add_argument("words", nargs="*", metavar="WORDS", help="what they have")
    parser.add_argument("--room", action="append", metavar="NAME", help="in this room")
    parser.add_argument(
        "--private", nargs=2, metavar="ACCOUNT", help="in the conversation of these two"
    )
    parser.add_argument(
        "--from", dest="sender", default="", metavar="NICK", help="by a nick or an account"
    )
    _add_times(parser)
    parser.add_argument(
        "--limit", type=_count, default=FOUND, metavar="N", help=f"how many (default: {FOUND})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_data_options(parser)
    parser.set_defaults(run=_search)


def _search(args: argparse.Namespace) -> int:
    from trio_chat.archive.exporting import shelves, unfiled
    from trio_chat.archive.lines import Line, milliseconds
    from trio_chat.archive.searching import Searching
    from trio_chat.core.history import SearchHistory
    from trio_chat.history_files import to_json, to_log

    with opened(args) as archive:
        fresh = unfiled(archive.store)
        wanted = _wanted(archive, shelves(archive.store, fresh), args)
        if not args.room and not args.private:
            wanted = [each for each in wanted if isinstance(each.place, str)]
        by_place = {each.place: each for each in wanted if each.ended is None}
        talk = next((each for each in by_place if isinstance(each, tuple)), ("", ""))
        question = SearchHistory(
            tuple(each for each in by_place if isinstance(each, str)),
            talk[0],
            args.limit,
            other=talk[1],
            text=" ".join(args.words),
            sender=args.sender,
            after=args.since,
            before=args.until,
        )
        result = Searching(archive.store, fresh, archive.book.fold).search(question)
    for place, (message, at, _) in result.found:
        line = Line(
            0,
            milliseconds(at),
            place,
            message.source,
            message.command,
            message.params,
            message.tags,
        )
        shelf = by_place[place]
        if args.json:
            print(to_json(shelf, line))  # noqa: T201
        else:
            for text in to_log(line):
                print(f"{printable('/'.join(shelf.names))}  {text}")  # noqa: T201
    return 0


def _wanted(archive: SqliteArchive, known: list[Shelf], args: argparse.Namespace) -> list[Shelf]:
    """The histories that are named, or all. Raises `Complaint` if one is not there."""
    fold = archive.book.fold
    if not args.room and not args.private:
        return known
    chosen: list[Shelf] = []
    for name in args.room or ():
        named = [
            each
            for each in known
            if isinstance(each.place, str) and fold(each.names[0]) == fold(name)
        ]
        if not named:
            raise Complaint(f"there is no history of {printable(name)}")
        chosen += named
    if args.private:
        one, other = sorted(map(fold, args.private))
        talks = [each for each in known if each.place == (one, other)]
        if not talks:
            raise Complaint(
                "there is no history of {} and {}".format(*map(printable, args.private))
            )
        chosen += talks
    return chosen


# -- export


def _add_export(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "export",
        help="take out what was said",
        description="Takes out what was said and done in rooms or in a conversation, the oldest "
        "first. The server may be running.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--room", action="append", metavar="NAME", help="of this room")
    which.add_argument(
        "--private", nargs=2, metavar="ACCOUNT", help="of the conversation of these two"
    )
    which.add_argument("--all", action="store_true", help="of all rooms and conversations")
    parser.add_argument(
        "--ended",
        action="store_true",
        help="also of rooms whose history has ended: secret ones that everybody has left",
    )
    parser.add_argument(
        "--format",
        choices=("jsonl", "txt"),
        default="jsonl",
        help="one JSON object a line (the default), or a log to read",
    )
    _add_times(parser)
    parser.add_argument(
        "-o", dest="file", type=Path, metavar="FILE", help="write to this file, which must be new"
    )
    add_data_options(parser)
    parser.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    from trio_chat.archive.exporting import lines_of, shelves, unfiled
    from trio_chat.archive.lines import milliseconds
    from trio_chat.history_files import to_json, to_log

    after, before = (None if at is None else milliseconds(at) for at in (args.since, args.until))
    with opened(args) as archive:
        fresh = unfiled(archive.store)
        chosen = _wanted(archive, shelves(archive.store, fresh), args)
        if not args.ended:
            chosen = [each for each in chosen if each.ended is None]
        with _written(args.file) as out:
            for shelf in chosen:
                lines = lines_of(archive.store, shelf, fresh, after, before)
                if args.format == "jsonl":
                    out.writelines(f"{to_json(shelf, line)}\n" for line in lines)
                else:
                    out.write(f"--- {_title(shelf)}\n")
                    out.writelines(f"{text}\n" for line in lines for text in to_log(line))
    return 0


def _title(shelf: Shelf) -> str:
    from trio_chat.wire.variants import format_time

    ended = f", ended {format_time(shelf.ended)}" if shelf.ended is not None else ""
    return printable(" and ".join(shelf.names) + ended)


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO]:
    """What is written to: a new file, which is there when all is written, or the terminal."""
    from trio_chat.store.files import claiming, replacing

    if path is None:
        yield sys.stdout
        return
    try:
        with claiming(path), replacing(path) as part, part.open("w", encoding="utf-8") as out:
            yield out
    except FileExistsError as error:
        raise Complaint(f"{path} is there already; it was left as it is") from error
    except OSError as error:
        raise Complaint(f"cannot write {path}: {error.strerror}") from error


# -- import


def _add_import(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "import",
        help="bring in what was said elsewhere",
        description="Brings in messages from a file as `export` writes it (jsonl). They come "
        "before all that was said on this server; what is there already is left out, and what was "
        "said later than the first message that the room has of its own. No server may be running.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the file")
    parser.add_argument("--room", metavar="NAME", help="into this room, whatever the file says")
    add_data_options(parser)
    parser.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    from trio_chat.archive.importing import Importing
    from trio_chat.store.damage import StoreError
    from trio_chat.store.lock import locked
    from trio_chat.wire.grammar import is_room_name

    config, directory = found(args)
    if args.room is not None and not is_room_name(
        args.room, config.settings.limits.room_name_bytes
    ):
        raise Complaint(f"{printable(args.room)} cannot be the name of a room")
    try:
        with locked(directory), opened(args) as archive:
            read = partial(_lines, args.file, archive, args.room or "")
            for _ in read():  # all of it, before any of it is brought in
                pass
            while archive.file():
                pass
            importing = Importing(archive.store, archive.book.fold)
            importing.take(read())
    except StoreError as error:
        raise Complaint(f"a server must not be running meanwhile: {error}") from error
    counts = importing.counts
    left_out = (
        (counts.known, "are there already"),
        (counts.late, "are later than the first of their room's own"),
        (counts.done, "tell what was done and not said"),
        (counts.nobodys, "are between accounts that are not here"),
    )
    print(f"brought in {counts.taken} messages")  # noqa: T201
    for count, why in left_out:
        if count:
            print(f"left out {count} that {why}")  # noqa: T201
    return 0


def _lines(path: Path, archive: SqliteArchive, room: str) -> Iterator[Line]:
    from trio_chat.history_files import from_json

    now = time.time()
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    yield from_json(text, archive.book.fold, now, room)
                except ValueError as error:
                    raise Complaint(
                        f"{path}, line {number}: {error}; nothing was brought in"
                    ) from error
    except UnicodeDecodeError as error:
        raise Complaint(f"{path} is not UTF-8; nothing was brought in") from error
    except OSError as error:
        raise Complaint(f"cannot read {path}: {error.strerror}") from error
