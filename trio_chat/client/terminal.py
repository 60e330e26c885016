"""`trio-chat client`: the terminal client, from its arguments to its exit code.

Law: however it ends, the terminal is as it was: what goes wrong leaves its traceback in a log file
and one line on the screen.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import ssl
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

import trio

from trio_chat.client.errors import (
    Banned,
    ConnectionLost,
    LoginFailed,
    NoTLS,
    Refused,
    WrongCertificate,
    in_words,
)
from trio_chat.client.pins import Pin, Pins, server_name
from trio_chat.client.setup.address import PROFILE_NAME
from trio_chat.client.setup.arguments import choose
from trio_chat.client.setup.crash_log import log_crash
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.passwords import forget
from trio_chat.client.setup.profiles import ProfileFile
from trio_chat.client.setup.questions import has_terminal
from trio_chat.client.text import clean
from trio_chat.client.trust import ChangedCertificate, get_to_know

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

LONGEST_COMPLAINT = 500
"""Characters of an error on the screen: it may quote what a server has sent."""


def run(args: argparse.Namespace) -> int:
    """Run the client; its exit code."""
    try:
        return _run(args)
    finally:
        for file in (sys.stdout, sys.stderr):
            _let_go_if_broken(file)


def _run(args: argparse.Namespace) -> int:
    try:
        if args.list:
            return _list(ProfileFile())
        options = choose(args)
    except (KeyboardInterrupt, EOFError):
        sys.stdout.write("\n")  # the question stands there still
        return 130
    except (OSError, ValueError) as error:
        return _complain(str(error))
    except Exception as error:
        return _crashed(error, None)
    try:
        return _chat(options)
    except KeyboardInterrupt:  # in raw mode Ctrl-C is a key; this is one while we say goodbye
        return 130
    except Exception as error:
        return _crashed(error, options)


def _let_go_if_broken(file: TextIO) -> None:
    """Have a file lead nowhere if nobody takes what is written to it.

    What it holds still, Python writes at its end, and if that fails the exit code is 120 instead of
    ours (signal, "Note on SIGPIPE"). It is not tried here: where nobody reads, a thread may be
    writing yet, and a flush would wait for it.
    """
    with suppress(OSError, ValueError):  # no file of the system's, or a closed one
        if not hasattr(select, "poll"):  # Windows
            return
        poll = select.poll()
        poll.register(file.fileno(), 0)
        # What is told unasked; a third, POLLNVAL, is what macOS says of any terminal.
        if any(news & (select.POLLERR | select.POLLHUP) for _, news in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)


def _list(file: ProfileFile) -> int:
    """Print the profiles: name, server, nick."""
    profiles = file.read().profiles
    if not profiles:
        sys.stdout.write(f"no profiles in {clean(str(file.path))}: --save NAME makes one\n")
    width = max(map(len, profiles), default=0)
    for name, each in profiles.items():
        where = each.host if each.port is None else server_name(each.host, each.port)
        sys.stdout.write(clean(f"{name:{width}}  {where}  {each.nick}").rstrip() + "\n")
    return 0


class _Client(Protocol):
    """One run of the client, in any of its modes."""

    console: Console

    def run(self) -> int: ...


def _client(options: Options) -> _Client:
    # Here and not above: `trio-chat server` need not pay for a user interface.
    if options.mode == "plain":
        from trio_chat.client.screen.plain import PlainClient

        return PlainClient(options)
    from trio_chat.client.screen.entered import Entered, entered_path

    entered = Entered(entered_path())
    if options.mode == "full":
        from trio_chat.client.screen.full_client import FullClient

        return FullClient(options, entered=entered)
    from trio_chat.client.screen.inline_client import InlineClient

    return InlineClient(options, entered=entered)


def _chat(options: Options) -> int:
    client = _client(options)
    try:
        return client.run()
    except ExceptionGroup as group:
        unknown = _lone(group)
        # One that was vouched for a moment ago is not the one to trust now.
        if not isinstance(unknown, ssl.SSLCertVerificationError) or client.console.was_connected:
            raise
    pin = _get_to_know(options, unknown)
    return 1 if pin is None else _client(replace(options, pin=pin)).run()


def _get_to_know(options: Options, unknown: ssl.SSLCertVerificationError) -> Pin | None:
    """Ask whether to trust a server; its pin if so, else what there is to be said is said."""
    why = in_words(unknown)
    pin = None
    try:
        if has_terminal():  # what is piped in is no answer
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
    with suppress(OSError):  # the terminal is gone
        for line in f"trio-chat client: {error}".splitlines():
            sys.stderr.write(f"{clean(line)}\n")
    return 1


def _lone(error: Exception) -> Exception:
    """What went wrong in the one task that failed, or the first of several."""
    return error.exceptions[0] if isinstance(error, ExceptionGroup) else error


def _crashed(error: Exception, options: Options | None) -> int:
    """Say in one line what happened; the traceback goes to the log file."""
    lone = _lone(error)
    match lone:
        case Refused() | Banned():
            return _complain(f"the server does not want us: {lone}")
        case socket.gaierror():
            return _complain(f"{in_words(lone)}{_no_profile(options)}")
        case NoTLS():
            return _complain(f"{lone}: try another port, or, if it has no TLS, --plaintext")
        case LoginFailed():
            _complain(f"not logged in: {lone}")
            return _offer_to_forget(options)
        case ChangedCertificate():
            return _complain(str(lone))
        case WrongCertificate() | ssl.SSLCertVerificationError():
            return _complain(f"this may not be the server it says it is: {in_words(lone)}")
    what = f"{type(lone).__name__}: {lone}" if str(lone) else type(lone).__name__
    what = what if len(what) <= LONGEST_COMPLAINT else f"{what[:LONGEST_COMPLAINT]}…"
    what = " ".join(what.split())
    try:
        path = log_crash(error)
    except OSError as no_log:
        return _complain(f"crashed by {what} (and the log cannot be written: {no_log})")
    return _complain(f"crashed by {what} (the traceback is in {path})")


def _no_profile(options: Options | None) -> str:
    """What to add of a host that is not found, if it could have been meant as a profile."""
    is_word = options is not None and PROFILE_NAME.fullmatch(options.host)
    return ", nor is there a profile of that name (--list lists them)" if is_word else ""


def _offer_to_forget(options: Options | None) -> int:
    """A wrong password must not stay in the keyring, where nobody would be asked for another."""
    if options is None or options.login is None or not options.has_password_in_keyring:
        return 1
    if has_terminal():
        server = server_name(options.host, options.port)
        answer = _ask("Take the password out of the keyring, to be asked again? [y/N] ")
        if answer.strip().lower() in ("y", "yes"):
            try:
                forget(server=server, user=options.login.account)
            except ValueError as error:
                return _complain(str(error))
    return 1
