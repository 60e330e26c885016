"""The report of a failure: all it takes to see it again, and what one would look at first.

Law: whatever came from the chat is made printable; a terminal is shown nothing but text.
"""

from __future__ import annotations

import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from trio_chat.version import __version__
from trio_chat.wire.printable import printable

if TYPE_CHECKING:
    from trio_chat.testing.sim.plan import Plan
    from trio_chat.testing.sim.run import Outcome
    from trio_chat.testing.sim.shrink import Shrunk

SHOWN_STEPS = 60
SHOWN_EVENTS = 60
"""Lines of a plan and of the events shown; the plan's file and the trace have all."""

SHOWN_WIDTH = 200
"""Characters shown of a line: a message of several lines is longer, and seldom what matters."""

GIT_SECONDS = 5.0
"""What git may take to say where it is, on a slow disk."""


def report(outcome: Outcome, replay: Sequence[str], shrunk: Shrunk | None = None) -> str:
    """What there is to say of a failure; `replay` are the lines that have it happen again, and
    `shrunk` is how its plan has come to be so short."""
    assert outcome.failure is not None
    plan = outcome.plan
    facts = {
        "seed": str(plan.seed),
        "knobs": str(plan.knobs),
        "plan": _size(plan, shrunk),
        "versions": versions(),
        "commit": commit(Path.cwd()),
    }
    lines = [
        *(_shown(line) for line in str(outcome.failure).splitlines()),
        "",
        *(f"{name:<10}{fact}" for name, fact in facts.items() if fact),
    ]
    if plan.steps:
        lines += _section("The plan", [str(step) for step in plan.steps[:SHOWN_STEPS]])
    if len(plan.steps) > SHOWN_STEPS:
        lines.append(f"  … {len(plan.steps) - SHOWN_STEPS} more")
    lines += _section("What happened until then", outcome.events[-SHOWN_EVENTS:])
    lines += _section("To see it again", replay)
    return "\n".join(lines)


def versions() -> str:
    """Of all that a run depends on, beside the code under test."""
    return ", ".join(
        [
            f"trio-chat {__version__}",
            f"trio {_version('trio')}",
            f"{platform.python_implementation()} {platform.python_version()}",
            f"SQLite {sqlite3.sqlite_version}",
            f"Hypothesis {_version('hypothesis')}",
        ]
    )


def commit(directory: Path) -> str:
    """The commit that is checked out in a directory, and whether there are changes to it; "" where
    there is none, or no git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=, with changes", "--abbrev=12"],
            cwd=directory,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return printable(done.stdout.decode(errors="replace").strip()) if not done.returncode else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _size(plan: Plan, shrunk: Shrunk | None) -> str:
    if shrunk is None:
        return f"{len(plan.steps)} steps"
    cost = f"{shrunk.runs} runs and {shrunk.seconds:.1f} s"
    size = f"{len(plan.steps)} of {shrunk.steps} steps" if shrunk.steps else "no steps"
    size += f", found in {cost}"
    return f"{size}; {shrunk.note}" if shrunk.note else size


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {_shown(line)}" for line in lines or ["nothing"])]


def _shown(line: str) -> str:
    text = printable(line)
    return text if len(text) <= SHOWN_WIDTH else f"{text[: SHOWN_WIDTH - 1]}…"
