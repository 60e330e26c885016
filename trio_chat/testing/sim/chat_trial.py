"""What exploring does with a seed of the chat: run its plan, and shrink it if it fails."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from trio_chat.testing.sim.explore import Shortest, Tried
from trio_chat.testing.sim.plan import Plan
from trio_chat.testing.sim.report import report
from trio_chat.testing.sim.run import Outcome, run_plan
from trio_chat.testing.sim.shrink import shrink

SECONDS = 300.0
"""What shrinking may take: others go on exploring meanwhile."""


@dataclass(frozen=True, slots=True)
class ChatTrial:
    """The whole chat, its plans drawn by the seed; the plans of failures are going to be in
    `directory`."""

    directory: Path

    def attempt(self, seed: int) -> Tried:
        failure = run_plan(Plan.draw(seed)).failure
        return Tried(seed) if failure is None else Tried(seed, failure.kind, str(failure))

    def shorten(self, tried: Tried) -> Shortest:
        outcome = run_plan(Plan.draw(tried.seed))
        if outcome.failure is None:
            text = "it did not fail when it was run again: see `trio-chat sim doctor`"
            return Shortest(tried.seed, tried.kind, outcome.plan.to_json(), text)
        shrunk = shrink(outcome, run_plan, seconds=SECONDS)
        path = self.directory / file_name(tried)
        replay = [
            f"trio-chat sim replay {tried.seed}",
            f"trio-chat sim replay --plan {shlex.quote(str(path))}",
        ]
        text = report(shrunk.outcome, replay, shrunk)
        return Shortest(tried.seed, tried.kind, shrunk.plan.to_json(), text)


def run_seed(seed: int) -> Outcome:
    """Run the plan of a seed, as the doctor has it done."""
    return run_plan(Plan.draw(seed), keep_trace=True)


def file_name(failed: Tried | Shortest) -> str:
    """What the plan of a failure is called."""
    kind = re.sub(r"[^\w]+", "-", failed.kind).strip("-").lower()
    return f"{kind}-{failed.seed}.json"
