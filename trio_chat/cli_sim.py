"""`trio-chat sim`: the server, in simulated chats by the thousand.

Law: the exit status is 1 if anything was found to be wrong, whatever of the commands has found it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from trio_chat.cli import Complaint
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from ssl import SSLContext

    from trio_chat.testing.sim.explore import Findings, Shortest, Tried
    from trio_chat.testing.sim.plan import Plan

MINUTES = 10.0
"""How long is explored unless it is said: what somebody waits for, and some thousand seeds."""

DIRECTORY = Path("sim-failures")

SILENT_SECONDS = 60.0
"""Where progress can not be shown in one line, there is a new one so often."""


def add_sim_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`trio-chat sim`."""
    parser = commands.add_parser(
        "sim",
        help="look for mistakes of the server, in simulated chats",
        description="Runs the server in simulated chats: a network, a disk, users and faults, all "
        "drawn by a number, the seed, and the same whenever it is run. What the users see is "
        "checked. The exit status is 1 if something was wrong with it.",
    )
    its = parser.add_subparsers(metavar="ACTION", required=True)
    _add_explore(its)
    _add_replay(its)
    _add_doctor(its)
    _add_conform(its)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: a number, from 0 on")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 1_000_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not how many there can be")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not how long it can take")
    return amount


# -- explore


def _add_explore(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "explore",
        help="try seed after seed",
        description="Tries seed after seed until time is up. Of what goes wrong, the first of each "
        "kind is made as short as it will go, and kept: a plan, and a report of it.",
        epilog="Ctrl-C ends it before; what was found until then is kept.",
    )
    parser.add_argument(
        "--minutes",
        type=_amount,
        metavar="N",
        help=f"how long (default: {MINUTES:g}, or as long as --seeds takes)",
    )
    parser.add_argument(
        "--jobs",
        type=_count,
        default=os.cpu_count() or 1,
        metavar="N",
        help="by so many processes at a time (default: one for each core)",
    )
    parser.add_argument(
        "--seed-from",
        type=_seed,
        metavar="SEED",
        help="the first one (default: the time, so that every exploration has others)",
    )
    parser.add_argument("--seeds", type=_count, metavar="N", help="no more than so many")
    parser.add_argument(
        "--out",
        type=Path,
        default=DIRECTORY,
        metavar="DIR",
        help=f"where to keep what is found (default: {DIRECTORY})",
    )
    parser.set_defaults(run=_explore)


def _explore(args: argparse.Namespace) -> int:
    from trio_chat.testing.sim.chat_trial import ChatTrial
    from trio_chat.testing.sim.explore import Search, explore

    first = int(time.time()) if args.seed_from is None else args.seed_from
    minutes = args.minutes or (None if args.seeds else MINUTES)
    search = Search(
        ChatTrial(args.out), first, args.seeds, minutes and 60 * minutes, jobs=args.jobs
    )
    console = _Console(args.out)
    console.tell(f"exploring from seed {first} on; Ctrl-C ends it")
    findings = explore(search, console)
    console.tell(str(findings))
    return 1 if findings.count else 0


class _Console:
    """What an exploration shows, and what it keeps of what it finds."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._is_live = sys.stderr.isatty()
        self._shown_at = time.monotonic()

    def tell(self, text: str) -> None:
        if self._is_live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)  # noqa: T201
        for line in text.splitlines():
            print(printable(line), flush=True)  # noqa: T201

    def failed(self, tried: Tried) -> None:
        self.tell(f"seed {tried.seed}: {tried.text}")

    def shortened(self, shortest: Shortest) -> None:
        """Raises `Complaint` if it can not be kept."""
        from trio_chat.testing.sim.chat_trial import file_name

        path = self._directory / file_name(shortest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if shortest.plan:
                path.write_text(shortest.plan)
            path.with_suffix(".txt").write_text(f"{shortest.report}\n")
        except OSError as error:
            raise Complaint(f"cannot keep what was found in {self._directory}: {error}") from error
        self.tell(f"seed {shortest.seed}: {shortest.kind}: see {path.with_suffix('.txt')}")

    def progress(self, findings: Findings) -> None:
        now = time.monotonic()
        if self._is_live:
            print(f"\r\x1b[K{printable(str(findings))}", end="", file=sys.stderr, flush=True)  # noqa: T201
        elif now - self._shown_at >= SILENT_SECONDS:
            self._shown_at = now
            print(printable(str(findings)), file=sys.stderr, flush=True)  # noqa: T201


# -- replay


def _add_replay(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "replay",
        help="run one seed, or a plan that was kept",
        description="Runs the chat of one seed once more, or of a plan that an exploration has "
        "kept, and shows what goes wrong.",
    )
    parser.add_argument("seed", nargs="?", type=_seed, metavar="SEED", help="the number of it")
    parser.add_argument("--plan", type=Path, metavar="FILE", help="the plan")
    parser.add_argument("--trace", action="store_true", help="show all that happens")
    parser.set_defaults(run=_replay)


def _replay(args: argparse.Namespace) -> int:
    from trio_chat.testing.sim.report import report
    from trio_chat.testing.sim.run import run_plan

    plan = _plan(args.seed, args.plan)
    outcome = run_plan(plan, keep_trace=args.trace)
    if args.trace:
        for line in outcome.events:
            print(printable(line))  # noqa: T201
        print()  # noqa: T201
    if outcome.failure is None:
        print(  # noqa: T201
            f"nothing wrong: seed {plan.seed}, {len(plan.steps)} steps, "
            f"{outcome.virtual_seconds:.0f} s in {outcome.wall_seconds:.2f} s, {outcome.digest}"
        )
        return 0
    print(report(outcome, [_command(args)]))  # noqa: T201
    return 1


def _plan(seed: int | None, path: Path | None) -> Plan:
    """The plan of a seed, or that of a file. Raises `Complaint` for one that can not be had."""
    import msgspec

    from trio_chat.testing.sim.plan import Plan

    if path is None:
        if seed is None:
            raise Complaint("replay what? Say a seed, or --plan FILE")
        return Plan.draw(seed)
    try:
        plan = Plan.from_json(path.read_bytes())
    except OSError as error:
        raise Complaint(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Complaint(f"{path} is not a plan: {error}") from error
    if seed not in (None, plan.seed):
        raise Complaint(f"{path} is a plan of seed {plan.seed}, not {seed}")
    return plan


def _command(args: argparse.Namespace) -> str:
    import shlex

    what = str(args.seed) if args.plan is None else f"--plan {shlex.quote(str(args.plan))}"
    return f"trio-chat sim replay {what}"


# -- doctor

CHAT = "trio_chat.testing.sim.chat_trial:run_seed"
"""What is examined unless something else is named: the whole chat."""

TRUSTED = ("trio_chat.testing", "scramp", "asn1crypto", "argon2", "_argon2_cffi_bindings")
"""Packages that the doctor says nothing of: the harness, which stands for what a seed decides, and
those that look for their own files when they are imported."""


def _add_doctor(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "doctor",
        help="see whether a seed decides a run",
        description="Runs one seed in two processes that differ in all that may differ, and "
        "compares the runs; a third watches the code for what no seed decides: clocks, random "
        "numbers, sets, threads.",
        epilog="--run examines your own code: a function that is given the seed and runs a "
        "trio_chat.testing.runtime.Runtime of it.",
    )
    parser.add_argument(
        "seed", nargs="?", type=_seed, default=0, metavar="SEED", help="which one (default: 0)"
    )
    parser.add_argument(
        "--run", dest="subject", default=CHAT, metavar="MODULE:FUNCTION", help="what to examine"
    )
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    from trio_chat.testing.runtime.doctor import diagnose

    if ":" not in args.subject:
        raise Complaint(f"{args.subject} is no MODULE:FUNCTION")
    sys.path.insert(0, os.getcwd())  # as `python -m` has it, for what is examined
    try:
        diagnosis = diagnose(args.subject, args.seed, trusted=TRUSTED)
    except RuntimeError as error:
        raise Complaint(*str(error).splitlines()) from error
    finally:
        sys.path.pop(0)
    for line in diagnosis.report().splitlines():
        print(printable(line))  # noqa: T201
    return 0 if diagnosis.is_healthy else 1


# -- conform

USERS = 8
SECONDS = 30.0
"""Who chats for how long on a real server unless it is said: what there is in a simulation, too."""


def _add_conform(its: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = its.add_parser(
        "conform",
        help="look for mistakes of a server that runs, any server",
        description="Has some users chat on a server, by real connections and in real time, and "
        "checks what they see as in a simulation. They keep to rooms and nicks of their own. There "
        "are no faults but what clients can do: they vanish, lag, and come again.",
    )
    parser.add_argument("server", type=_address, metavar="HOST:PORT", help="where it listens")
    parser.add_argument("--tls", action="store_true", help="by TLS")
    parser.add_argument(
        "--any-certificate", action="store_true", help="by TLS, whatever certificate it has"
    )
    parser.add_argument(
        "--seconds",
        type=_amount,
        default=SECONDS,
        metavar="N",
        help=f"for how long (default: {SECONDS:g})",
    )
    parser.add_argument(
        "--users", type=_count, default=USERS, metavar="N", help=f"how many (default: {USERS})"
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        metavar="SEED",
        help="what they do (default: the time, so that it is something else each time)",
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="DEED", help="nobody does that"
    )
    parser.set_defaults(run=_conform)


def _address(text: str) -> tuple[str, int]:
    from trio_chat.client.setup.address import parse_address

    try:
        address = parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT") from error
    if address.port is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return address.host, address.port


def _conform(args: argparse.Namespace) -> int:
    from functools import partial

    import trio

    from trio_chat.testing.sim.conform import conform
    from trio_chat.testing.sim.deeds import DEEDS

    host, port = args.server
    for deed in args.without:
        if deed not in DEEDS:
            raise Complaint(f"nobody does {deed!r}, but: {', '.join(DEEDS)}")
    seed = int(time.time()) if args.seed is None else args.seed
    what = f"{args.users} users, {args.seconds:g} s, seed {seed}"
    print(f"{what}: chatting on {host}, port {port}", flush=True)  # noqa: T201
    run = partial(
        conform,
        host,
        port,
        seed=seed,
        seconds=args.seconds,
        users=args.users,
        tls=_tls(args.tls, args.any_certificate),
        without=args.without,
    )
    try:
        conformity = trio.run(run)
    except OSError as error:
        raise Complaint(f"cannot reach {host}, port {port}: {error}") from error
    except (trio.TooSlowError, trio.BrokenResourceError) as error:
        reason = f": {error.__cause__}" if error.__cause__ is not None else ""
        raise Complaint(f"no TLS with {host}, port {port}{reason}") from error
    for finding in conformity.findings:
        print(printable(str(finding)))  # noqa: T201
    wrong = len(conformity.findings)
    print(f"{what}: {len(conformity.journal)} events, {wrong or 'nothing'} wrong")  # noqa: T201
    return 1 if wrong else 0


def _tls(is_wanted: bool, takes_any: bool) -> SSLContext | None:
    if not is_wanted and not takes_any:
        return None
    import ssl

    context = ssl.create_default_context()
    if takes_any:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
