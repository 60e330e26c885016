"""`trio-chat invite`: invitations to register, made, listed and revoked beside a running server."""

from __future__ import annotations

import argparse
import time

from trio_chat.cli import Complaint
from trio_chat.cli_archive import add_data_options, granted, moment, opened
from trio_chat.wire.printable import printable

ID_LENGTH = 10
"""Characters by which an invitation is told from others: its token is not kept."""

MADE_BY = "the command line"


def add_invite_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`trio-chat invite`."""
    parser = commands.add_parser(
        "invite",
        help="make an invitation to register an account",
        description="Make an invitation to register an account, for a server that wants one.",
    )
    parser.add_argument(
        "--uses", type=_count, default=1, metavar="N", help="for how many accounts (default: 1)"
    )
    parser.add_argument(
        "--days", type=_days, default=7.0, metavar="N", help="how long it is good (default: 7)"
    )
    parser.add_argument("--list", action="store_true", help="list those that are good")
    parser.add_argument("--revoke", metavar="ID", help="take one back; --list tells its ID")
    add_data_options(parser)
    parser.set_defaults(run=_run)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of accounts (1 to 1000000)")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= 3660:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days (up to 3660)")
    return days


def _run(args: argparse.Namespace) -> int:
    if args.list:
        return _list(args)
    if args.revoke is not None:
        return _revoke(args)
    from trio_chat.core.account_questions import Invite

    with opened(args) as archive:
        question = Invite(MADE_BY, args.uses, args.days * 86400)
        token = granted(archive.registration.invite(question), "invitations").text
    people = "one account" if args.uses == 1 else f"{args.uses} accounts"
    print(token)  # noqa: T201
    print(  # noqa: T201
        f"It is good for {people}, until {moment(time.time() + args.days * 86400)}. Whoever has it "
        "chooses a nick, and sends the server (in most clients with /quote before it):\n"
        f"REGISTER * * PASSWORD {token}\n"
        "with an e-mail address in the place of the second *, if the server wants one."
    )
    return 0


def _list(args: argparse.Namespace) -> int:
    from trio_chat.store import passes

    with opened(args) as archive, archive.store.reading() as db:
        for each in passes.invites(db):
            if each.uses > 0 and each.expires > time.time():
                print(  # noqa: T201
                    f"{each.hash.hex()[:ID_LENGTH]}  for {each.uses}, until "
                    f"{moment(each.expires)}, by {printable(each.made_by)}"
                )
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from trio_chat.store import passes

    with opened(args) as archive, archive.store.writing() as db:
        meant = [
            each.hash for each in passes.invites(db) if each.hash.hex()[:ID_LENGTH] == args.revoke
        ]
        if not meant:
            raise Complaint(f"there is no invitation {printable(args.revoke)}")
        for each in meant:
            passes.revoke_invite(db, each)
    print(f"revoked {printable(args.revoke)}")  # noqa: T201
    return 0
