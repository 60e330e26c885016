"""Which tests call which functions of the core, and how long each takes.

By function, not by line: to be told of every call makes the tests slower by a fifth, of every line
three times as slow.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

import pytest

from .mutant import Mutant
from .swapping import functions_in

CORE = "trio_chat.core"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of the tests."""

    seconds: dict[str, float]
    """Of each test, on the processor, by its node id."""
    callers: dict[str, list[str]]
    """The tests that call a function, which is named `path::Class.method`."""

    @classmethod
    def read(cls, path: Path) -> Watched:
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"seconds": self.seconds, "callers": self.callers}))

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Those that call the function that was changed, the fastest first.

        For a change outside of functions, those that call anything of its file.
        """
        start = f"{mutant.path}::"
        if mutant.function:
            names = self.callers.get(start + mutant.function, [])
        else:
            found = [self.callers[name] for name in self.callers if name.startswith(start)]
            names = list(dict.fromkeys(name for each in found for name in each))
            names = names or list(self.seconds)  # it has no functions, so it is for all
        return sorted(names, key=lambda name: self.seconds[name])

    def within(self, seconds: float, names: list[str]) -> list[str]:
        """The first of these tests, as many as take so long."""
        used = itertools.accumulate(self.seconds[name] for name in names)
        return [name for name, until in zip(names, used, strict=True) if until <= seconds]

    def seconds_of(self, names: list[str]) -> float:
        return sum(self.seconds[name] for name in names)


def watch(session: pytest.Session) -> Watched:
    """Run all tests of a session, and note of each what it calls."""
    seconds: dict[str, float] = {}
    callers: dict[str, list[str]] = {}
    names = _names()
    called: set[int] = set()

    def note(frame: FrameType, event: str, arg: object) -> None:
        called.add(id(frame.f_code))

    for item, after in itertools.pairwise([*session.items, None]):
        assert item is not None
        called.clear()
        start = time.process_time()
        sys.settrace(note)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        sys.settrace(None)
        seconds[item.nodeid] = time.process_time() - start
        for name in dict.fromkeys(names[code] for code in sorted(called & names.keys())):
            callers.setdefault(name, []).append(item.nodeid)
    return Watched(seconds, callers)


def _names() -> dict[int, str]:
    """The outermost function to which the code belongs that has this address."""
    found: dict[int, str] = {}

    def add(code: CodeType, name: str) -> None:
        found[id(code)] = name
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                add(inner, name)

    for module in sorted(name for name in sys.modules if name.startswith(CORE)):
        path = sys.modules[module].__file__
        assert path is not None
        shown = Path(path).relative_to(Path.cwd())
        for function in functions_in(path):
            outermost, _, _ = function.__code__.co_qualname.partition(".<locals>")
            add(function.__code__, f"{shown}::{outermost}")
    return found
