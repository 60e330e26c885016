"""How mutants are run and told of. What makes them is mutmut, which is no part of these tests."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .mutant import Fate, Mutant
from .report import report
from .swapping import Imported, is_swappable, swap
from .watching import Watched

SOURCE = """
from functools import cache

LIMIT = 3

class Cup:
    def __init__(self):
        self.left = 1

    @property
    def size(self):
        return self.left + 1

    @size.setter
    def size(self, size):
        self.left = size - 1

def sips(count):
    def sip(each):
        return each + 1
    return [sip(each) for each in range(count)]

@cache
def slow(number):
    return number + 1
"""


def mutant(path: Path, old: str, new: str, function: str = "") -> Mutant:
    assert old in SOURCE
    return Mutant(path, 1, function, SOURCE.replace(old, new))


@pytest.fixture
def tea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module `tea` that can be imported."""
    path = tmp_path / "tea.py"
    path.write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield path
    sys.modules.pop("tea", None)


def imported() -> Any:
    return importlib.import_module("tea")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("self.left + 1", "self.left + 2", (4, 6, [1, 2], 2)),
        ("size - 1", "size - 2", (3, 4, [1, 2], 2)),
        ("each + 1", "each - 1", (4, 5, [-1, 0], 2)),
        ("number + 1", "number + 3", (4, 5, [1, 2], 4)),
    ],
)
def test_functions_that_are_there_become_those_of_the_mutant(
    tea: Path, old: str, new: str, expected: object
) -> None:
    module = imported()
    cup, slow = module.Cup(), module.slow
    assert slow(1) == 2  # which it remembers
    swap(mutant(tea, old, new))
    cup.size = 5
    assert (cup.left, cup.size, module.sips(2), slow(1)) == expected


@pytest.mark.parametrize(
    ("old", "new", "function"),
    [
        ("def slow", "def fast", "slow"),
        ("return each + 1", "return each + count", "sips"),
        ("return [sip(each) for each in range(count)]", "return []", "sips"),
        ("LIMIT = 3", "LIMIT = 4", ""),
    ],
)
def test_a_mutant_with_other_functions_is_not_swapped_in(
    tea: Path, old: str, new: str, function: str
) -> None:
    assert not is_swappable(mutant(tea, old, new, function))
    assert is_swappable(mutant(tea, "each + 1", "each - 1", "sips"))


def test_a_mutant_can_be_imported_in_the_place_of_its_file(
    tea: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = mutant(Path("tea.py"), "LIMIT = 3", "LIMIT = 4")
    monkeypatch.setattr(sys, "meta_path", [Imported(changed), *sys.meta_path])
    assert imported().LIMIT == 4
    assert "LIMIT = 3" in tea.read_text()


def test_the_tests_of_a_mutant_are_those_that_call_what_was_changed() -> None:
    watched = Watched(
        {"a": 3.0, "b": 1.0, "c": 2.0},
        {"x.py::f": ["a", "b"], "x.py::C.g": ["c"], "y.py::f": ["a"]},
    )
    assert watched.tests_of(Mutant(Path("x.py"), 1, "f", "")) == ["b", "a"]
    assert watched.tests_of(Mutant(Path("x.py"), 1, "C.g", "")) == ["c"]
    assert watched.tests_of(Mutant(Path("x.py"), 1, "h", "")) == []
    assert watched.tests_of(Mutant(Path("x.py"), 1, "", "")) == ["b", "c", "a"]
    assert watched.tests_of(Mutant(Path("constants.py"), 1, "", "")) == ["b", "c", "a"]
    assert watched.seconds_of(["a", "b"]) == 4.0
    assert watched.within(3.5, ["b", "c", "a"]) == ["b", "c"]


def test_the_report_shows_who_survived_and_counts_the_others(tea: Path) -> None:
    fates = {
        mutant(tea, "LIMIT = 3", "LIMIT = 4"): Fate.SURVIVED,
        mutant(tea, "each + 1", "each - 1"): Fate.KILLED,
        mutant(tea, "size - 1", "size + 1"): Fate.TIMEOUT,
        mutant(tea, "number + 1", "number"): Fate.SEED,
    }
    told = report(fates)
    assert "-LIMIT = 3\n+LIMIT = 4" in told
    assert "each - 1" not in told
    (row,) = [line for line in told.splitlines() if line.startswith("all ")]
    assert row.split() == ["all", "4", "3", "1", "1", "1"]
    assert "75.0% are killed" in told
