"""`trio-chat client`: the terminal client, from its arguments to its exit code.

Law: however it ends, the terminal is as it was: what goes wrong leaves its traceback in a log file
and one line on the screen.
"""

from __future__ import annotations

import argparse
import getpass
import re
import socket
import ssl
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from trio_chat.client.errors import Refused, in_words
from trio_chat.client.options import Options
from trio_chat.client.text import clean
from trio_chat.wire import grammar

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
DEFAULT_ROOM = "#lobby"
LONGEST_NICK = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `trio-chat client`."""
    parser.add_argument(
        "address",
        metavar="HOST[:PORT]",
        nargs="?",
        type=parse_address,
        default=(DEFAULT_HOST, DEFAULT_PORT),
        help=f"the server (default: {DEFAULT_HOST}:{DEFAULT_PORT}; IPv6 as [::1]:8080)",
    )
    parser.add_argument("--nick", help="your nick (default: asks, and suggests the login name)")
    parser.add_argument(
        "--room",
        action="append",
        metavar="ROOM",
        help=f'a room to join, "ROOM KEY" if it has a key; repeatable (default: {DEFAULT_ROOM})',
    )
    parser.add_argument("--tls", action="store_true", help="connect with TLS, verified")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--password-file", type=Path, metavar="FILE", help="read the server's password from FILE"
    )
    secret.add_argument("--ask-password", action="store_true", help="ask for the server's password")


def parse_address(text: str) -> tuple[str, int]:
    """Host and port in `host`, `host:port`, `[::1]`, `[::1]:port` or a bare `::1`."""
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif text.count(":") > 1 and "[" not in text:
        host, port = text, None
    else:
        host, colon, port = text.partition(":")
        port = port if colon else None
    number = DEFAULT_PORT if port is None else int(port) if re.fullmatch(r"\d{1,5}", port) else 0
    if not host or not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"not HOST[:PORT]: {text!r}")
    return host, number


def nick_from(name: str) -> str:
    """A valid nick as near to a login name as there is."""
    kept = re.sub(r"[^A-Za-z0-9\[\]\\`_^{|}\-]", "", name)[:LONGEST_NICK]
    kept = kept if grammar.is_nick(kept, LONGEST_NICK) else f"_{kept}"[:LONGEST_NICK]
    return kept if len(kept) > 1 or kept.isalpha() else "guest"


def run(args: argparse.Namespace) -> int:
    """Run the client; its exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _complain("the client needs a terminal for its input and output")
    try:
        options = _options(args)
    except (KeyboardInterrupt, EOFError):
        return 130
    except (OSError, ValueError) as error:
        return _complain(str(error))
    try:
        return _chat(options)
    except KeyboardInterrupt:  # in raw mode Ctrl-C is a key; this is one while we say goodbye
        return 130
    except Exception as error:
        return _crashed(error)


def _options(args: argparse.Namespace) -> Options:
    host, port = args.address
    nick = args.nick or _ask_nick()
    if not grammar.is_nick(nick, LONGEST_NICK):
        raise ValueError(_no_nick(nick))
    password = None
    if args.password_file:
        password = args.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    elif args.ask_password:
        password = getpass.getpass("Password: ")
    rooms = tuple(args.room or [DEFAULT_ROOM])
    return Options(host, port, nick, rooms, password, args.tls)


def _ask_nick() -> str:
    try:
        suggestion = nick_from(getpass.getuser())
    except (KeyError, OSError):  # an id without a name in the user database
        suggestion = "guest"
    while True:
        nick = input(f"Nick [{suggestion}]: ").strip() or suggestion
        if grammar.is_nick(nick, LONGEST_NICK):
            return nick
        sys.stdout.write(f"{clean(_no_nick(nick))}\n")


def _no_nick(nick: str) -> str:
    if len(nick) > LONGEST_NICK:
        return f"a nick has at most {LONGEST_NICK} characters: {nick!r} has {len(nick)}"
    return f"{nick!r} is no nick: letters, digits and -_[]{{}}\\|^`, no digit first"


def _chat(options: Options) -> int:
    # Here and not above: `trio-chat server` need not pay for a user interface.
    from trio_chat.client.inline_client import InlineClient

    return InlineClient(options).run()


def _complain(error: str) -> int:
    sys.stderr.write(f"trio-chat client: {clean(error)}\n")
    return 1


def _crashed(error: Exception) -> int:
    """Say in one line what happened; the traceback goes to the log file."""
    lone = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    if isinstance(lone, Refused):
        return _complain(f"the server does not want us: {lone}")
    if isinstance(lone, socket.gaierror):
        return _complain(in_words(lone))
    if isinstance(lone, ssl.SSLCertVerificationError):
        return _complain(f"this may not be the server it says it is: {in_words(lone)}")
    path = platformdirs.user_log_path("trio-chat", appauthor=False) / "client.log"
    what = f"{type(lone).__name__}: {lone}" if str(lone) else type(lone).__name__
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")
            # An error may quote what came from outside: no raw control characters in the log.
            for line in "".join(traceback.format_exception(error)).splitlines():
                log.write(f"{clean(line)}\n")
    except OSError as no_log:
        return _complain(f"crashed by {what} (and the log cannot be written: {no_log})")
    return _complain(f"crashed by {what} (the traceback is in {path})")
