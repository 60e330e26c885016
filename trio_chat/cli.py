"""The command line: `trio-chat server` and `trio-chat client`."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trio_chat import __version__

# What a command needs is imported when it runs: `server` starts without prompt_toolkit, `client`
# without SQLite, and `--help` without either.
if TYPE_CHECKING:
    from trio_chat.config import Config
    from trio_chat.server import Server


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = _parser().parse_args(argv)
    try:
        status: int = args.run(args)
    except Complaint as complaint:
        print(f"trio-chat: {complaint}", file=sys.stderr)  # noqa: T201
        return 1
    return status


class Complaint(Exception):
    """Something the user can mend; its text is all they need to see."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trio-chat", description="A chat server any IRC client can talk to, and a client."
    )
    parser.add_argument("--version", action="version", version=f"trio-chat {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_server(commands)
    _add_client(commands)
    return parser


# -- client


def _add_client(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from trio_chat.client.terminal import add_arguments, run

    parser = commands.add_parser(
        "client",
        help="chat in this terminal",
        description="Join a chat server and chat in this terminal.",
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
        "Ctrl-C, or SIGTERM, stops it and says goodbye to everyone.",
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

    from trio_chat.logs import logging_to
    from trio_chat.store.database import Store, StoreError

    config = _server_config(args)
    try:
        store = Store(_data_directory(config))
    except StoreError as error:
        raise Complaint(str(error)) from error
    with store, logging_to(style=config.log.format, quiet=config.log.quiet):
        boot = f"{store.start_boot(time.time()):x}"
        _raise_file_limit()
        trio.run(_serve, config, boot)
    return 0


def _server_config(args: argparse.Namespace) -> Config:
    """The configuration in the file, overridden by the options."""
    from trio_chat.config import Config, ConfigError, load

    try:
        config = load(args.config) if args.config else Config()
    except ConfigError as error:
        raise Complaint(str(error)) from error
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
    return replace(config, listen=(first, *others), data=args.data or config.data, log=log)


def _data_directory(config: Config) -> Path:
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


async def _serve(config: Config, boot: str) -> None:
    import trio

    from trio_chat.logs import observe
    from trio_chat.server import open_listeners, serve

    try:
        listeners = await open_listeners(config)
    except OSError as error:
        where = ", ".join(f"{each.host}:{each.port}" for each in config.listen)
        reason = error.strerror or error
        hint = "; try another --port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise Complaint(f"cannot listen on {where}: {reason}{hint}") from error
    run = partial(
        serve,
        config,
        listeners=listeners,
        boot=boot,
        observe=None if config.log.quiet else observe,
    )
    # Open before the banner: whoever has read it may ask the server to stop, and is heard.
    with trio.open_signal_receiver(*_stop_signals()) as asked:
        async with trio.open_nursery() as nursery:
            server: Server = await nursery.start(run)
            _print_banner(server)
            _tune_garbage_collection()
            async for _ in asked:
                break
            server.stop()


def _stop_signals() -> list[signal.Signals]:
    """Ctrl-C, a request to end, and the terminal's end where there is such a thing."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        signals.append(signal.SIGHUP)
    return signals


_ANYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""What stands for every address of this machine, and the one by which it reaches itself."""


def _print_banner(server: Server) -> None:
    host, _, port = server.addresses[0].rpartition(":")
    place = host.strip("[]")
    if host in _ANYWHERE:  # that is where it listens, and no address to connect to
        host, place = _ANYWHERE[host], "any address of this machine"
    target = "" if (host, port) == ("127.0.0.1", "8080") else f" {host}:{port}"
    lines = [
        f"trio-chat {__version__} is listening on {' and '.join(server.addresses)}",
        f"Join with `trio-chat client{target}`, or any IRC client at {place}, "
        f"port {port} (no TLS).",
        "Ctrl-C stops the server.",
    ]
    with contextlib.suppress(BrokenPipeError):  # whoever started us need not listen
        print("\n".join(lines), flush=True)  # noqa: T201
