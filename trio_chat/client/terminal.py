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
import subprocess
import sys
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import platformdirs
import trio

from trio_chat.client.errors import (
    ConnectionLost,
    LoginFailed,
    NoTLS,
    Refused,
    WrongCertificate,
    in_words,
)
from trio_chat.client.login import Login
from trio_chat.client.pins import Pin, Pins
from trio_chat.client.setup.options import Options
from trio_chat.client.text import clean
from trio_chat.client.tls import TLS
from trio_chat.client.trust import ChangedCertificate, get_to_know
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
    parser.add_argument(
        "--login",
        metavar="ACCOUNT",
        help="log in to this account: by its password, which is asked for, or else by --cert",
    )
    parser.add_argument(
        "--password-command",
        metavar="COMMAND",
        help="a command of the shell that prints the account's password",
    )
    _add_tls(parser)
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--password-file", type=Path, metavar="FILE", help="read the server's password from FILE"
    )
    secret.add_argument("--ask-password", action="store_true", help="ask for the server's password")


def _add_tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tls",
        action="store_true",
        help="connect with TLS; a server that no authority vouches for is asked about once",
    )
    parser.add_argument(
        "--fingerprint",
        metavar="SHA256",
        help="connect with TLS, to a server whose certificate has this fingerprint",
    )
    parser.add_argument(
        "--cert", metavar="FILE", help="connect with TLS, and show the server this certificate"
    )
    parser.add_argument("--key", metavar="FILE", help="its key, if that is not in the same file")


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
    tls = _tls(args)
    login = _login(args)
    known = tls is not None and tls.fingerprint is None
    pin = Pins().find(host, port) if known else None
    return Options(host, port, nick, rooms, password, login, tls, pin)


def _login(args: argparse.Namespace) -> Login | None:
    if args.login is None:
        if args.password_command is not None:
            raise ValueError("--password-command is for --login")
        return None
    if args.password_command is not None:
        # What it asks and complains of, the person sees.
        done = subprocess.run(args.password_command, shell=True, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise ValueError(f"the command for the password failed with {done.returncode}")
        return Login(args.login, done.stdout.partition("\n")[0].rstrip("\r"))
    if args.cert is not None:
        return Login(args.login)
    return Login(args.login, getpass.getpass(f"Password of the account {args.login}: "))


def _tls(args: argparse.Namespace) -> TLS | None:
    # An empty fingerprint (of a variable that is not set, say) must not mean: without TLS.
    if not args.tls and (args.fingerprint, args.cert, args.key) == (None, None, None):
        return None
    # Asked for at most once: here, where the terminal is still its own.
    key_password = cache(partial(getpass.getpass, f"Password of {args.key or args.cert}: "))
    return TLS(
        fingerprint=args.fingerprint, cert=args.cert, key=args.key, key_password=key_password
    )


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
    from trio_chat.client.screen.inline_client import InlineClient

    client = InlineClient(options)
    try:
        return client.run()
    except ExceptionGroup as group:
        unknown = _lone(group)
        # One that was vouched for a moment ago is not the one to trust now.
        if not isinstance(unknown, ssl.SSLCertVerificationError) or client.console.was_connected:
            raise
    pin = _get_to_know(options, unknown)
    return 1 if pin is None else InlineClient(replace(options, pin=pin)).run()


def _get_to_know(options: Options, unknown: ssl.SSLCertVerificationError) -> Pin | None:
    """Ask whether to trust a server; its pin if so, else what there is to be said is said."""
    why = in_words(unknown)
    try:
        pin = trio.run(get_to_know, options.host, options.port, why, Pins(), _ask)
    except (OSError, ValueError, ConnectionLost) as error:
        _complain(str(error) if getattr(error, "filename", None) else in_words(error))
        return None
    if pin is None:
        _complain(f"not connected: {why} (--fingerprint SHA256 trusts a certificate unasked)")
    return pin


def _ask(question: str) -> str:
    for line in question.splitlines()[:-1]:
        sys.stdout.write(f"{clean(line)}\n")
    try:
        return input(question.splitlines()[-1])
    except EOFError:
        sys.stdout.write("\n")
        return ""


def _complain(error: str) -> int:
    for line in f"trio-chat client: {error}".splitlines():
        sys.stderr.write(f"{clean(line)}\n")
    return 1


def _lone(error: Exception) -> Exception:
    """What went wrong in the one task that failed, or the first of several."""
    return error.exceptions[0] if isinstance(error, ExceptionGroup) else error


def _crashed(error: Exception) -> int:
    """Say in one line what happened; the traceback goes to the log file."""
    lone = _lone(error)
    if isinstance(lone, Refused):
        return _complain(f"the server does not want us: {lone}")
    if isinstance(lone, socket.gaierror):
        return _complain(in_words(lone))
    if isinstance(lone, NoTLS):
        return _complain(f"{lone}: connect without --tls, or to another port")
    if isinstance(lone, LoginFailed):
        return _complain(f"not logged in: {lone}")
    if isinstance(lone, ChangedCertificate):
        return _complain(str(lone))
    if isinstance(lone, (WrongCertificate, ssl.SSLCertVerificationError)):
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
