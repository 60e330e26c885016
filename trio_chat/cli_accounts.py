"""`trio-chat account`: the accounts of a server, looked at and changed, also while it runs."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from trio_chat.cli import Complaint, ask_password
from trio_chat.cli_archive import add_data_options, granted, moment, opened
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from trio_chat.archive.archive import SqliteArchive

Commands = argparse._SubParsersAction  # argparse names it nowhere else


def add_account_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """`trio-chat account` with its subcommands."""
    parser = commands.add_parser(
        "account",
        help="add, list and change the accounts of a server",
        description="Add, list and change the accounts of a server. What is changed here is true "
        "for a running server within about a second.",
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = _part(parts, "add", "make an account", _add)
    add.add_argument("--email", default="", metavar="ADDRESS", help="their e-mail address")
    _add_password_option(add)
    _add_password_option(_part(parts, "passwd", "give an account another password", _passwd))
    listing = parts.add_parser("list", help="list all accounts", description="List all accounts.")
    listing.add_argument("--json", action="store_true", help="as JSON, one account a line")
    add_data_options(listing)
    listing.set_defaults(run=_list)
    _part(parts, "disable", "let nobody log in to an account", _disable)
    _part(parts, "enable", "let its owner log in again", _enable)
    _part(parts, "delete", "delete an account and all that is kept of it", _delete)
    _part(parts, "export", "print all that is kept of an account, as JSON", _export)
    factor = _part(parts, "second-factor", "say whether an account has a second factor", _factor)
    factor.add_argument("--off", action="store_true", help="turn it off: they have lost it")
    always_on = _part(
        parts, "always-on", "say whether its user stays while no client is connected", _always_on
    )
    always_on.add_argument(
        "on",
        nargs="?",
        choices=("on", "off", "default"),
        help="whether it is to; `default` is what the server does with all who have not said",
    )
    cert = _part(parts, "cert", "the certificates that log in to an account", _cert)
    cert.add_argument("deed", choices=("add", "list", "delete"))
    cert.add_argument("fingerprint", nargs="?", help="the SHA-256 of the certificate, in hex")


def _part(
    parts: Commands[argparse.ArgumentParser], word: str, sentence: str, run: object
) -> argparse.ArgumentParser:
    """One subcommand about one account."""
    text = f"{sentence[0].upper()}{sentence[1:]}."
    parser = parts.add_parser(word, help=sentence, description=text)
    parser.add_argument("name", metavar="NAME", help="the account")
    add_data_options(parser)
    parser.set_defaults(run=run)
    return parser


def _add_password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )


def _say(text: str) -> None:
    print(text)  # noqa: T201


# -- passwords


def _add(args: argparse.Namespace) -> int:
    with opened(args) as archive:
        if not archive.book.is_name(args.name):
            raise Complaint(f"{printable(args.name)!r} is no name for an account")
        if archive.book.look_up(args.name) is not None:  # before a password is asked for
            raise Complaint(f"{printable(args.name)} is taken")
        password = ask_password(args.password_stdin)
        granted(archive.registration.add(args.name, password, args.email), args.name)
    _say(f"made the account {printable(args.name)}")
    return 0


def _passwd(args: argparse.Namespace) -> int:
    from trio_chat.core.account_questions import SetPassword

    with opened(args) as archive:
        _find(archive, args.name)
        password = ask_password(args.password_stdin)
        question = SetPassword(args.name, password)
        granted(archive.holdings.set_password(question), args.name)
    _say(f"changed the password of {printable(args.name)}")
    return 0


def _find(archive: SqliteArchive, name: str) -> None:
    """Raises `Complaint` if there is no such account."""
    if archive.book.look_up(name) is None:
        raise Complaint(f"there is no account {printable(name)}")


# -- looking


def _list(args: argparse.Namespace) -> int:
    with opened(args) as archive, archive.store.reading() as db:
        accounts = archive.book.all(db)
    for each in accounts:
        marks = [
            *(["disabled"] if each.disabled else []),
            *(["unverified"] if not each.verified else []),
            *(["second factor"] if each.has_second_factor else []),
            *([f"always-on {_ALWAYS_ON[each.always_on]}"] if each.always_on is not None else []),
        ]
        if args.json:
            _say(
                json.dumps(
                    {
                        "account": each.name,
                        "created": each.created,
                        "email": each.email,
                        "nicks": each.nicks,
                        "disabled": each.disabled,
                        "verified": each.verified,
                        "second_factor": each.has_second_factor,
                        "always_on": each.always_on,
                    }
                )
            )
        else:
            parts = [each.name, moment(each.created), *([each.email] if each.email else []), *marks]
            _say(printable("  ".join(parts)))
    return 0


def _export(args: argparse.Namespace) -> int:
    from trio_chat.core.account_questions import ExportAccount

    with opened(args) as archive:
        verdict = granted(archive.holdings.export(ExportAccount(args.name)), args.name)
    _say(json.dumps(json.loads(verdict.text), indent=2))
    return 0


# -- changing


def _disable(args: argparse.Namespace) -> int:
    return _set_disabled(args, True)


def _enable(args: argparse.Namespace) -> int:
    return _set_disabled(args, False)


def _set_disabled(args: argparse.Namespace, disabled: bool) -> int:
    from trio_chat.core.account_questions import DisableAccount

    with opened(args) as archive:
        granted(archive.holdings.disable(DisableAccount(args.name, disabled)), args.name)
    _say(f"{'disabled' if disabled else 'enabled'} {printable(args.name)}")
    return 0


def _delete(args: argparse.Namespace) -> int:
    from trio_chat.core.account_questions import EraseAccount

    with opened(args) as archive:
        granted(archive.holdings.erase(EraseAccount(args.name)), args.name)
    _say(f"deleted {printable(args.name)}")
    return 0


def _factor(args: argparse.Namespace) -> int:
    with opened(args) as archive:
        row = archive.book.look_up(args.name)
        if row is None:
            raise Complaint(f"there is no account {printable(args.name)}")
        if args.off:
            granted(archive.holdings.drop_second_factor(args.name), args.name)
            _say(f"turned off the second factor of {printable(args.name)}")
        else:
            _say("on" if row.factor_secret else "off")
    return 0


_ALWAYS_ON = {True: "on", False: "off", None: "default"}


def _always_on(args: argparse.Namespace) -> int:
    from trio_chat.core.account_questions import SetAlwaysOn

    with opened(args) as archive:
        row = archive.book.look_up(args.name)
        if row is None:
            raise Complaint(f"there is no account {printable(args.name)}")
        if args.on is None:
            _say(_ALWAYS_ON[row.always_on])
            return 0
        (on,) = (key for key, word in _ALWAYS_ON.items() if word == args.on)
        granted(archive.holdings.set_always_on(SetAlwaysOn(args.name, on)), args.name)
    _say(f"{printable(args.name)} is always-on: {args.on}")
    return 0


def _cert(args: argparse.Namespace) -> int:
    from trio_chat.core.account_questions import AddCertificate, ListCertificates, RemoveCertificate

    # As `openssl x509 -fingerprint` prints it: in capitals, with colons.
    fingerprint = (args.fingerprint or "").replace(":", "").lower()
    with opened(args) as archive:
        _find(archive, args.name)
        if args.deed == "list":
            for each in archive.holdings.list_certificates(ListCertificates(args.name)):
                _say(each)
            return 0
        if not fingerprint:
            raise Complaint("say which: the SHA-256 fingerprint of the certificate, in hex")
        if args.deed == "add":
            question = AddCertificate(args.name, fingerprint)
            granted(archive.holdings.add_certificate(question), "this certificate")
            _say(f"this certificate logs in to {printable(args.name)}")
        elif archive.holdings.remove_certificate(RemoveCertificate(args.name, fingerprint)).why:
            raise Complaint(f"this certificate did not log in to {printable(args.name)}")
        else:
            _say(f"this certificate logs in to {printable(args.name)} no longer")
    return 0
