"""Does a seed decide a run? The same seed in two processes, and what in the code is in the way.

Laws:

* What is examined is a function of a seed that runs a `Runtime`, named as `module:function`, since
  it is called in processes of its own. All that it runs is compared, every pass of the scheduler
  included; and what it returns, if that has `events`, lines of text, and a `digest` of them.
* The two processes differ in all that may differ: the hashes of strings, by PYTHONHASHSEED, and
  every address.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from trio_chat.testing.runtime import runtime as runtimes
from trio_chat.testing.runtime import trace
from trio_chat.testing.runtime.audit import BLIND_SPOTS, Hazard, watching
from trio_chat.testing.runtime.runtime import Runtime

HASH_SEEDS = ("1", "2")

SHOWN_BEFORE, SHOWN_AFTER = 8, 4
"""Lines that are shown before and after the first that differs."""

Subject = str | Callable[[int], object]
"""A function of a seed, or its `module:function`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What there was of one run."""

    digest: str
    unseed: str
    streams: dict[str, int]
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where two runs of one seed are no longer the same."""

    number: int
    """Of the first line that differs, from 1 on."""
    before: list[str]
    first: list[str]
    second: list[str]

    def report(self) -> str:
        """Both of them side by side, below one another."""
        return "\n".join(
            [
                f"the runs differ from line {self.number} on:",
                *(f"    {line}" for line in self.before),
                *(f"  1 {line}" for line in self.first or ["(the end)"]),
                *(f"  2 {line}" for line in self.second or ["(the end)"]),
            ]
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about one seed."""

    seed: int
    divergence: Divergence | None
    other: str
    """What differs though no line does; empty if nothing."""
    hazards: list[Hazard]
    lines: int
    """Lines of the first run."""

    @property
    def is_healthy(self) -> bool:
        """Whether both runs were the same; there may be hazards all the same."""
        return self.divergence is None and not self.other

    def report(self) -> str:
        """For the terminal."""
        if self.is_healthy:
            parts = [
                f"seed {self.seed}: two processes, with other hashes and addresses, had the same "
                f"run: {self.lines} lines"
            ]
        else:
            found = self.divergence.report() if self.divergence is not None else self.other
            parts = [f"seed {self.seed} does not decide the run: {found}"]
        parts += [f"{it.what}, {it.count} times\n    {it.where}" for it in self.hazards]
        if not self.hazards:
            parts.append("nothing was seen in the code that a seed does not decide")
        parts.append("not to be seen from here:\n" + "\n".join(f"  {it}" for it in BLIND_SPOTS))
        return "\n\n".join(parts)


def diagnose(
    subject: Subject,
    seed: int,
    *,
    trusted: Sequence[str] = (),
    python: str = sys.executable,
) -> Diagnosis:
    """Run the same seed in two processes and compare; have a third see what the code does.

    `trusted` are packages whose own doings are not reported. `python` runs the processes.
    Raises `ValueError` if `subject` cannot be named, `RuntimeError` if it runs no `Runtime`.
    """
    name = _name_of(subject)
    with tempfile.TemporaryDirectory() as directory:
        orders = [(hash_seed, False) for hash_seed in HASH_SEEDS] + [(HASH_SEEDS[0], True)]
        processes = [
            _start(python, name, seed, Path(directory, str(number)), hash_seed, audits, trusted)
            for number, (hash_seed, audits) in enumerate(orders)
        ]
        found = [_result(process, path) for process, path in processes]
    first, second = ([Recording(**it) for it in each["runs"]] for each in found[:2])
    if not first and not second:
        raise RuntimeError(f"{name}({seed}) has run no Runtime")
    divergence = _divergence(
        *([line for run in runs for line in run.lines] for runs in (first, second))
    ) or _divergence(*(each["events"] for each in found[:2]))
    return Diagnosis(
        seed,
        divergence,
        "" if divergence is not None else _other_difference(first, second, found),
        [Hazard(**it) for it in found[2]["hazards"]],
        sum(len(each.lines) for each in first),
    )


def _name_of(subject: Subject) -> str:
    if isinstance(subject, str):
        return subject
    name = f"{subject.__module__}:{subject.__qualname__}"
    if "<" in name or subject.__module__ == "__main__":
        raise ValueError(f"{name} cannot be found by its name in another process")
    return name


def _start(
    python: str,
    name: str,
    seed: int,
    path: Path,
    hash_seed: str,
    audits: bool,
    trusted: Sequence[str],
) -> tuple[subprocess.Popen[str], Path]:
    order = json.dumps([name, seed, str(path), audits, list(trusted)])
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(each or os.curdir for each in sys.path),
    }
    process = subprocess.Popen(
        [python, "-c", f"from {__name__} import record; record({order!r})"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, path


def _result(process: subprocess.Popen[str], path: Path) -> dict[str, Any]:
    _, errors = process.communicate()
    if process.returncode or not path.exists():
        raise RuntimeError(f"a process has failed:\n{errors}")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def record(order: str) -> None:
    """Do this in a process of its own; what came of it goes into a file."""
    name, seed, path, audits, trusted = json.loads(order)
    module, _, function = name.partition(":")
    subject: Any = importlib.import_module(module)
    for part in function.split("."):
        subject = getattr(subject, part)
    runs: list[Recording] = []
    runtimes.watchers.append(lambda runtime: runs.append(_recording(runtime)))
    Runtime.shows_schedule = True
    trace.KEPT_LINES = sys.maxsize
    result: object = None
    error = ""
    with watching(tuple(trusted)) if audits else nullcontext(list) as hazards:
        try:
            result = subject(seed)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    found = {
        "runs": [asdict(run) for run in runs],
        "error": error,
        "events": list(getattr(result, "events", ())),
        "digest": str(getattr(result, "digest", "")),
        "hazards": [asdict(hazard) for hazard in hazards()],
    }
    Path(path).write_text(json.dumps(found))


def _recording(runtime: Runtime) -> Recording:
    return Recording(
        runtime.trace.digest(), runtime.unseed(), runtime.streams.states(), runtime.trace.lines
    )


def _divergence(first: list[str], second: list[str]) -> Divergence | None:
    """Where the lines differ first."""
    for index, (one, other) in enumerate(zip_longest(first, second)):
        if one != other:
            after = slice(index, index + SHOWN_AFTER)
            before = first[max(0, index - SHOWN_BEFORE) : index]
            return Divergence(index + 1, before, first[after], second[after])
    return None


def _other_difference(
    first: list[Recording], second: list[Recording], found: list[dict[str, Any]]
) -> str:
    """What differs in runs of the same lines."""
    if found[0]["error"] != found[1]["error"]:
        return f"one ends with {found[0]['error']!r}, the other with {found[1]['error']!r}"
    for one, other in zip(first, second, strict=True):
        for purpose, state in one.streams.items():
            if other.streams.get(purpose) != state:
                return f"another number of draws was made from the stream {purpose!r}"
        if one.unseed != other.unseed:
            return "the decisions differ, though no line does"
    if found[0]["digest"] != found[1]["digest"]:
        return "the digests of what was returned differ, though no line does"
    return ""
