"""The load process: one shape against one server.

Started as `python -m benchmarks.driver` by the bench, on a core of its own; `orders` says what goes
in and out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.crowd import Trouble
from benchmarks.figures import Figures, Job
from benchmarks.orders import Progress, work_off
from benchmarks.readings import raise_descriptor_limit
from benchmarks.shapes import SHAPES
from benchmarks.stage import Stage

SPARE = 100
"""Descriptors left for everything that is no client."""


def run_shape(plain: dict[str, Any], progress: Progress) -> Sequence[Figures]:
    """Run the job; raises `Trouble`."""
    job = Job(**plain)
    descriptors = raise_descriptor_limit()
    if job.clients > descriptors - SPARE:
        raise Trouble(f"{job.clients} clients need more than the {descriptors} descriptors here")
    stage = Stage(job, progress)
    found = SHAPES[job.shape].run(stage)
    stage.crowd.close()
    return found


if __name__ == "__main__":
    sys.exit(work_off(run_shape))
