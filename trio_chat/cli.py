"""The command line: `trio-chat server`, what helps to configure it and to look after its data,
`trio-chat client`, and `trio-chat sim`, which looks for mistakes of the server."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trio_chat.version import __version__

# What a command needs is imported when it runs: `server` starts without prompt_toolkit, `client`
# without SQLite, and `--help` without either.
if TYPE_CHECKING:
    from trio_chat.config import Config, Source
    from trio_chat.logs import Console
    from trio_chat.net.tls_settings import TlsSettings
    from trio_chat.server import Archive, Server


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = _parser().parse_args(argv)
    try:
        status: int = args.run(args)
    except Complaint as complaint:
        for text in complaint.args:
            print(f"trio-chat: {text}", file=sys.stderr)  # noqa: T201
        return 1
    return status


class Complaint(Exception):
    """Something the user can mend; its texts, a line each, are all they need to see."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trio-chat", description="A chat server any IRC client can talk to, and a client."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_server(commands)
    _add_check_config(commands)
    _add_default_config(commands)
    _add_hash_password(commands)
    _add_archive_commands(commands)
    _add_client(commands)
    _add_sim_command(commands)
    for each in (parser, *commands.choices.values()):
        each.add_argument("--version", action="version", version=f"trio-chat {__version__}")
    return parser


# -- client


def _add_client(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from trio_chat.client.setup.arguments import add_arguments
    from trio_chat.client.terminal import run

    parser = commands.add_parser(
        "client",
        help="chat in this terminal",
        description="Join a chat server and chat in this terminal. Without arguments, the first "
        "run asks for server, nick and room, and keeps the answers.",
        epilog="In the chat, /help lists the commands; exit, /quit or Ctrl-D leaves.",
    )
    add_arguments(parser)
    parser.set_defaults(run=run)


# -- server


def _add_server(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "server",
        help="run a chat server",
        description="Run a chat server that any IRC client can join. "
        "Ctrl-C, or SIGTERM, stops it and says goodbye to everyone; SIGHUP has the configuration "
        "file read again.",
        epilog="With no options it listens on 127.0.0.1:8080: this machine only.",
    )
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, help="port to listen on; 0 picks a free one (default: 8080)"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file with the server's configuration"
    )
    parser.add_argument(
        "--data", metavar="DIR", help="where the server keeps its data (default: the user's own)"
    )
    parser.add_argument(
        "--tls-cert", metavar="FILE", help="speak TLS too, with the certificate (PEM) in FILE"
    )
    parser.add_argument(
        "--tls-key", metavar="FILE", help="its key, if that is not in the same file"
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="speak TLS too; without a certificate, the server makes its own and keeps it",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="let other machines in without TLS: whoever is on the way reads along",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="do not show who comes and goes and what is said"
    )
    parser.add_argument(
        "--log-format", choices=("human", "json"), help="how to print the log (default: human)"
    )
    parser.set_defaults(run=_run_server)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _run_server(args: argparse.Namespace) -> int:
    import trio

    from trio_chat.config import Config, ConfigError, Source
    from trio_chat.logs import logging_to
    from trio_chat.opening import archive_of_server
    from trio_chat.server import load_tls
    from trio_chat.store.damage import StoreError

    # Without a file there are at least the certificates to be read again.
    has_files = args.config is not None or args.tls_cert is not None
    source = Source(args.config, partial(_override, args)) if has_files else None
    try:
        config = source.load() if source else _override(args, Config())
        load_tls(config)
    except ConfigError as error:
        raise Complaint(*error.mistakes) from error
    with contextlib.ExitStack() as until_the_end:
        try:
            archive = until_the_end.enter_context(archive_of_server(config, data_directory(config)))
        except StoreError as error:
            raise Complaint(str(error)) from error
        console = until_the_end.enter_context(
            logging_to(style=config.log.format, quiet=config.log.quiet)
        )
        _raise_file_limit()
        is_to_restart = trio.run(_serve, config, source, archive, console)
    if is_to_restart:
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    return 0


def _override(args: argparse.Namespace, config: Config) -> Config:
    """A configuration with what the options say over it."""
    first, *others = config.listen
    first = replace(
        first,
        host=first.host if args.host is None else args.host,
        port=first.port if args.port is None else args.port,
    )
    log = replace(
        config.log,
        quiet=args.quiet or config.log.quiet,
        format=args.log_format or config.log.format,
    )
    config = replace(
        config,
        listen=(first, *others),
        data=args.data or config.data,
        log=log,
        tls=_override_tls(args, config.tls),
        insecure=args.insecure or config.insecure,
    )
    config = _with_own_certificate(config)
    config.check()
    return config


def _override_tls(args: argparse.Namespace, tls: TlsSettings) -> TlsSettings:
    from trio_chat.config import ConfigError
    from trio_chat.net.tls_settings import Certificate

    if args.tls_key and not args.tls_cert:
        raise ConfigError("--tls-key is the key of a certificate: say --tls-cert too")
    if args.tls_cert:
        return replace(tls, certificates=(Certificate(args.tls_cert, args.tls_key or ""),))
    return replace(tls, self_made=args.tls or tls.self_made)


def _with_own_certificate(config: Config) -> Config:
    """The same with the server's own certificate, if it is wanted and there is no other."""
    if config.tls.certificates or not config.tls.self_made:
        return config
    from trio_chat.config import ConfigError
    from trio_chat.net.tls_settings import CertificateError
    from trio_chat.own_certificate import own_certificate

    try:
        own = own_certificate(data_directory(config))
    except CertificateError as error:
        raise ConfigError(str(error)) from error
    return replace(config, tls=replace(config.tls, certificates=(own,)))


def data_directory(config: Config) -> Path:
    import platformdirs

    return Path(config.data or platformdirs.user_data_dir("trio-chat", appauthor=False))


def _raise_file_limit() -> None:
    """Allow as many open files, and so clients, as the system lets us."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _tune_garbage_collection() -> None:
    """Keep the collector from walking every client again and again.

    With Python's defaults the cost per message doubles at 10,000 connections, measured: its full
    passes visit objects that live for hours. What there is after start-up is never visited again,
    and passes come seldom; what a chat lets go of is nearly all freed by reference counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


async def _serve(config: Config, source: Source | None, archive: Archive, console: Console) -> bool:
    """Serve until stopped; whether the server is to be started anew then."""
    import trio

    from trio_chat.doors import CannotListen
    from trio_chat.logs import observe
    from trio_chat.server import open_listeners, serve
    from trio_chat.store.damage import StoreError

    try:
        listeners = await open_listeners(config)
    except CannotListen as error:
        hint = "; try another --port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise Complaint(f"{error}{hint}") from error
    run = partial(
        serve,
        config,
        source=source,
        listeners=listeners,
        observe=observe,
        reconfigured=lambda now: console.show(now.log.format, now.log.quiet),
        archive=archive,
    )
    server: Server | None = None
    fault = None
    # Open before the banner: whoever has read it may ask the server to stop, and is heard.
    with trio.open_signal_receiver(*_signals()) as asked:
        async with trio.open_nursery() as nursery:
            try:
                server = await nursery.start(run)
            except StoreError as error:  # out of the nursery, it would come in a group
                fault = error
            if server is not None:
                await _attend(server, asked, source is not None)
    if server is None:
        for door in listeners:
            door.close()
        raise Complaint(str(fault)) from fault
    return server.is_to_restart


async def _attend(server: Server, asked: AsyncIterator[int], has_file: bool) -> None:
    """Say that the server is there, and do what is asked of it until it stops."""
    import trio

    _print_banner(server)
    _tune_garbage_collection()
    async with trio.open_nursery() as listening:
        listening.start_soon(_heed_signals, server, asked, has_file)
        await server.wait_stopped()
        listening.cancel_scope.cancel()


def _signals() -> list[signal.Signals]:
    """Ctrl-C, a request to end, and the terminal's end where there is such a thing."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        signals.append(signal.SIGHUP)
    return signals


async def _heed_signals(server: Server, asked: AsyncIterator[int], has_file: bool) -> None:
    """Stop the server when asked; a SIGHUP is about the configuration file where there is one."""
    async for signum in asked:
        if has_file and signum not in (signal.SIGINT, signal.SIGTERM):
            await server.rehash()
        else:
            server.stop()


_ANYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""What stands for every address of this machine, and the one by which it reaches itself."""


def _print_banner(server: Server) -> None:
    from trio_chat.client.setup.address import is_here

    host, _, port = server.addresses[0].rpartition(":")
    place = host.strip("[]")
    if host in _ANYWHERE:  # that is where it listens, and no address to connect to
        host, place = _ANYWHERE[host], "any address of this machine"
    terms = server.terms(server.config.listen[0])
    options = "" if (host, port) == ("127.0.0.1", "8080") else f" {host}:{port}"
    if not terms.plain:
        options += " --tls"
    elif terms.tls is None and not is_here(host.strip("[]")):
        options += " --plaintext"  # which the client would not do by itself
    lines = [
        f"trio-chat {__version__} is listening on {' and '.join(server.addresses)}",
        f"Join with `trio-chat client{options}`, or any IRC client at {place}, "
        f"port {port} ({terms.way_in}).",
    ]
    if terms.tls is not None and terms.tls.certificates.is_self_signed:
        # Nobody else vouches for it: this is what clients are to compare, in the form our own
        # shows it in.
        from trio_chat.client.tls import parse_fingerprint, show_fingerprint

        fingerprint = parse_fingerprint(terms.tls.certificates.fingerprint)
        lines.append("Its certificate has the SHA-256 fingerprint")
        lines.append(show_fingerprint(fingerprint, "  "))
    lines.append("Ctrl-C stops the server.")
    with contextlib.suppress(BrokenPipeError):  # whoever started us need not listen
        print("\n".join(lines), flush=True)  # noqa: T201


# -- check-config, default-config


def _add_check_config(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check-config",
        help="look for mistakes in a configuration file",
        description="Say what is wrong with a configuration file, and what is unwise, with the "
        "line and the key of each. The exit status is 1 if something is wrong.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the configuration file")
    parser.set_defaults(run=_run_check_config)


def _run_check_config(args: argparse.Namespace) -> int:
    from trio_chat.advice import check
    from trio_chat.config import ConfigError

    try:
        unwise = check(args.file)
    except ConfigError as error:
        print(*error.mistakes, sep="\n")  # noqa: T201
        return 1
    print(*unwise, f"{args.file} is fine", sep="\n")  # noqa: T201
    return 0


def _add_default_config(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "default-config",
        help="print a configuration file with every key",
        description="Print a configuration file with every key, what it means, and its default: "
        "what a server does without a file.",
    )
    parser.set_defaults(run=_run_default_config)


def _run_default_config(args: argparse.Namespace) -> int:
    from trio_chat.default_config import default_config

    print(default_config(), end="")  # noqa: T201
    return 0


# -- what there is to do with a server's data


def _add_archive_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from trio_chat.cli_accounts import add_account_command
    from trio_chat.cli_backup import add_backup_command
    from trio_chat.cli_history import add_history_command
    from trio_chat.cli_invites import add_invite_command
    from trio_chat.cli_moderation import add_moderation_commands

    add_account_command(commands)
    add_invite_command(commands)
    add_moderation_commands(commands)
    add_backup_command(commands)
    add_history_command(commands)


# -- sim


def _add_sim_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from trio_chat.cli_sim import add_sim_command

    add_sim_command(commands)


# -- hash-password


def _add_hash_password(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "hash-password",
        help="hash a password for the configuration file",
        description="Ask for a password and print its hash (argon2id), which goes into the "
        "configuration file in the password's place.",
    )
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    parser.set_defaults(run=_run_hash_password)


def _run_hash_password(args: argparse.Namespace) -> int:
    from trio_chat.passwords import hash_password

    print(hash_password(ask_password(args.password_stdin)))  # noqa: T201
    return 0


def ask_password(from_stdin: bool) -> str:
    """A password, a line of standard input or typed twice without showing it."""
    import getpass

    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Complaint("the password is empty")
        return password
    try:
        password = getpass.getpass("Password: ")
        again = getpass.getpass("Once more: ")
    except EOFError as error:
        raise Complaint("no password was given") from error
    if password != again:
        raise Complaint("the two are not the same")
    if not password:
        raise Complaint("the password is empty")
    return password
