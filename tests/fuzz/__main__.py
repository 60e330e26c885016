"""Fuzz targets for so long each, and say what came of it.

    nox -s fuzz -- [--seconds N] [--keep] [TARGET ...]

What it finds goes to `.fuzz/`, beside the repository's own files, and the next run goes on from
there; with `--keep` the inputs that lead to code which no other leads to replace those of
`tests/fuzz/corpus/`. An input that breaks a target ends its run: the traceback is shown, and where
the input is. Copied into the corpus it is one more test, for as long as it takes and ever after.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .targets import CORPUS, TARGETS, load

SECONDS = 60.0
"""For each target, unless told otherwise."""

FOUND = Path(".fuzz")

LONGEST_INPUT = 8192
"""Bytes: twice what is read of a client at a time before it is in, and room for its tags."""

INPUT_SECONDS = 20
"""Within which every target must be through with an input, on a busy machine."""

_PROGRESS = re.compile(r"^#(\d+)\t.* cov: (\d+) ft: \d+ corp: (\d+)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of fuzzing one target."""

    target: str
    runs: int
    branches: int
    inputs: int
    failure: Path | None
    log: Path

    def __str__(self) -> str:
        how = "sound" if self.failure is None else "BROKEN"
        counts = f"{self.runs:>9} {self.branches:>9} {self.inputs:>9}"
        return f"{self.target:12} {counts}  {how}"


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 if a target was broken."""
    parser = argparse.ArgumentParser(prog="nox -s fuzz --", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each target")
    parser.add_argument("--keep", action="store_true", help="put the best into the corpus")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.targets if name not in TARGETS]:
        parser.error(f"no such target: {', '.join(unknown)}")
    print(f"{'':12} {'runs':>9} {'branches':>9} {'inputs':>9}")
    failed = []
    for target in given.targets or TARGETS:
        outcome = fuzz(target, given.seconds)
        print(outcome, flush=True)
        if outcome.failure is not None:
            failed.append(outcome)
        elif given.keep:
            keep(target)
    for outcome in failed:
        print(explanation(outcome))
    return 1 if failed else 0


def fuzz(target: str, seconds: float) -> Outcome:
    """Have atheris drive one target for so long, beginning with what is known of it."""
    found = _folder(target)
    failures = FOUND / "broken" / target
    failures.mkdir(parents=True, exist_ok=True)
    before = set(failures.iterdir())
    log = FOUND / f"{target}.log"
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as words, log.open("w") as output:
        words.writelines(f'"{_escaped(word)}"\n' for word in load(target).WORDS)
        words.flush()
        options = (
            *(f"-max_total_time={max(1, round(seconds))}", f"-timeout={INPUT_SECONDS}"),
            *(f"-max_len={LONGEST_INPUT}", f"-dict={words.name}"),
            f"-artifact_prefix={failures}/",
        )
        code = _drive(target, *options, str(found), str(CORPUS / target), output=output)
    said = log.read_text(errors="replace")
    new = sorted(set(failures.iterdir()) - before)
    if code and not new:
        raise SystemExit(f"the fuzzer has failed by itself:\n{said[-2000:]}")
    runs, branches, inputs = map(int, [("0", "0", "0"), *_PROGRESS.findall(said)][-1])
    return Outcome(target, runs, branches, inputs, new[0] if new else None, log)


def keep(target: str) -> None:
    """Replace the corpus of a target by the fewest and smallest inputs that lead as far."""
    with tempfile.TemporaryDirectory() as merged:
        old, found = CORPUS / target, _folder(target)
        with (FOUND / f"{target}.merge.log").open("w") as output:
            # Not those that go the same way more often: all of them are run by the tests.
            options = ("-merge=1", "-use_counters=0")
            code = _drive(target, *options, merged, str(old), str(found), output=output)
        if code:
            raise SystemExit(f"{target}: the inputs could not be merged, see {output.name}")
        for kept in old.iterdir():
            kept.unlink()
        for kept in Path(merged).iterdir():
            shutil.copyfile(kept, old / kept.name)


def explanation(outcome: Outcome) -> str:
    """What somebody must know who is to mend it."""
    said = outcome.log.read_text(errors="replace")
    traced = said.rfind("Uncaught Python exception")
    end = said.find("==", traced)
    what = said[traced:end] if traced >= 0 else said[-2000:]
    return (
        f"\n{outcome.target} is broken by {outcome.failure}:\n{what.strip()}\n"
        f"To try it again without the fuzzer:\n"
        f"    cp {outcome.failure} {CORPUS / outcome.target} && pytest tests/fuzz"
    )


def _folder(target: str) -> Path:
    """Where what is found goes, made if need be."""
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    found = FOUND / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    return found


def _drive(target: str, *arguments: str, output: IO[str]) -> int:
    command = (sys.executable, "-m", f"{__package__}.drive", target, *arguments)
    return subprocess.run(command, stderr=subprocess.STDOUT, stdout=output).returncode


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())
