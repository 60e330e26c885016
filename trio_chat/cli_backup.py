"""`trio-chat backup`: a copy of all that a server keeps, made while it runs.

Laws:

* Nothing is overwritten, and nothing is left of a backup that has failed.
* A backup is on the disk, and closed to others, when the command says that it is made.
"""

from __future__ import annotations

import argparse
import shutil
from contextlib import ExitStack
from pathlib import Path

from trio_chat.cli import Complaint
from trio_chat.cli_archive import add_data_options, found


def add_backup_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`trio-chat backup`."""
    parser = commands.add_parser(
        "backup",
        help="copy all that a server keeps, while it runs",
        description="Copy the database of a server, as it is at one moment, also while the server "
        "runs; and the certificate that the server has made for itself, if there is one, to a file "
        "beside it. What is there already is not overwritten.",
        epilog="To go back to a backup: stop the server, move the files of its data directory "
        "away, put FILE there as trio-chat.sqlite3, and FILE.pem as self-made.pem.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the copy is to be")
    add_data_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    import sqlite3

    from trio_chat.own_certificate import FILE as CERTIFICATE_NAME
    from trio_chat.store.damage import StoreError
    from trio_chat.store.database import FILE_NAME
    from trio_chat.store.files import claiming, copy_database, replacing

    _, directory = found(args)
    target: Path = args.file
    certificate = directory / CERTIFICATE_NAME
    beside = target.with_name(f"{target.name}.pem")
    has_certificate = certificate.exists()
    try:
        with ExitStack() as together:
            together.enter_context(claiming(target))
            if has_certificate:
                together.enter_context(claiming(beside))
                with replacing(beside) as part:
                    shutil.copyfile(certificate, part)
            copy_database(directory / FILE_NAME, target)
    except FileExistsError as error:
        raise Complaint(f"{error.filename} is there already; it was left as it is") from error
    except StoreError as error:
        raise Complaint(str(error)) from error
    except OSError as error:
        raise Complaint(f"cannot write {target}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise Complaint(f"cannot write {target}: {error}") from error
    megabytes = target.stat().st_size / 1e6
    also = f", and the server's own certificate to {beside}" if has_certificate else ""
    print(f"copied {FILE_NAME} ({megabytes:.1f} MB) to {target}{also}")  # noqa: T201
    return 0
