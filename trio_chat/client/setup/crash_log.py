"""The log of crashes: tracebacks, for whoever is to find out why. It never grows without bound."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from trio_chat.client.text import clean

MOST_BYTES = 1_000_000
"""Of the log, and as much of the one before it: some hundred crashes."""

LONGEST_TRACE = 200_000
"""Characters kept of one traceback, of its beginning and its end: an error may quote 10 MB."""


def log_path() -> Path:
    return platformdirs.user_log_path("trio-chat", appauthor=False) / "client.log"


def log_crash(error: BaseException) -> Path:
    """Append an error's traceback to the log; where that is. Raises `OSError`."""
    path = log_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trace = "".join(traceback.format_exception(error))
    if len(trace) > LONGEST_TRACE:
        half = LONGEST_TRACE // 2
        trace = f"{trace[:half]}\n[...]\n{trace[-half:]}"
    # An error may quote what came from outside: no raw control characters in the log.
    lines = [f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", *map(clean, trace.splitlines())]
    if path.exists() and path.stat().st_size > MOST_BYTES:
        os.replace(path, path.with_name(f"{path.name}.1"))
    # It may quote what was said as well: nobody else may read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "a", encoding="utf-8") as log:
        log.write("".join(f"{line}\n" for line in lines))
    return path
