"""A mutant: the core with one small change."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one change, at `line`."""

    path: Path
    line: int
    function: str
    """The one that has the change in its body, as `Class.method`; empty if none has."""
    source: str
    """All of the file, changed."""

    @property
    def name(self) -> str:
        """Another for every change, the same in every run."""
        return hashlib.sha1(f"{self.path}\0{self.source}".encode()).hexdigest()

    @property
    def diff(self) -> str:
        """The change, as `diff -u` shows it, with a line of context."""
        old, new = self.path.read_text().splitlines(), self.source.splitlines()
        lines = difflib.unified_diff(old, new, str(self.path), str(self.path), n=1, lineterm="")
        return "\n".join(lines)


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMEOUT = "timeout"
    SEED = "seed"
    SURVIVED = "survived"

    @property
    def is_killed(self) -> bool:
        return self is not Fate.SURVIVED
