"""One target under atheris, until its time is up or an input breaks it: run by `tests.fuzz`.

python -m tests.fuzz.drive TARGET [libFuzzer's options and folders]
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys

import atheris

from .targets import load

INSTRUMENTED = ["trio_chat", "websockets"]
"""Whose branches and comparisons lead the fuzzer: where text from outside is taken apart."""


def main() -> None:
    name, *options = sys.argv[1:]
    with (
        open(os.devnull, "w") as nowhere,  # a line for every module
        contextlib.redirect_stderr(nowhere),
        atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False),
    ):
        target = load(name)
    atheris.enabled_hooks.add("str")  # `startswith` and its like tell what they were looking for
    # To merge, libFuzzer has a shell start this anew, by the first of its arguments.
    anew = f"{shlex.quote(sys.executable)} -m {__spec__.name} {name}"
    atheris.Setup([anew, *options], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
