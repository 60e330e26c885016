"""What the workers of the tests do: cheap to import, as each of their processes has to."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from trio_chat.testing.sim.explore import Shortest, Tried


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Seeds that fail as it says: by a kind, or `dies`, `hangs` or `breaks`."""

    fails: dict[int, str] = field(default_factory=dict)

    def attempt(self, seed: int) -> Tried:
        match self.fails.get(seed, ""):
            case "dies":
                os._exit(3)
            case "hangs":
                time.sleep(60)
            case "breaks":
                raise RuntimeError("the harness is broken")
            case kind:
                return Tried(seed, kind, f"{kind} in {os.getpid()}" if kind else "")
        raise AssertionError

    def shorten(self, tried: Tried) -> Shortest:
        return Shortest(tried.seed, tried.kind, "{}", f"shrunk in {os.getpid()}")
