"""The load process: one job on standard input, progress and figures on standard output, as JSON.

Started as `python -m benchmarks.driver` by the bench, on a core of its own. Each line out is an
object with one key: `progress`, `figures` or `trouble`.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from benchmarks.crowd import Trouble
from benchmarks.figures import Job
from benchmarks.readings import raise_descriptor_limit
from benchmarks.shapes import SHAPES
from benchmarks.stage import Stage

SPARE = 100
"""Descriptors left for everything that is no client."""


def _tell(key: str, value: Any) -> None:
    sys.stdout.write(json.dumps({key: value}) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the job; 0 when there are figures, 1 when there was trouble."""
    job = Job(**json.loads(sys.stdin.readline()))
    descriptors = raise_descriptor_limit()
    if job.clients > descriptors - SPARE:
        _tell("trouble", f"{job.clients} clients need more than the {descriptors} descriptors here")
        return 1
    # The generator makes no cycles; the collector's pauses would be taken for the server's.
    gc.freeze()
    gc.disable()
    try:
        stage = Stage(job, lambda share, note: _tell("progress", [share, note]))
        found = SHAPES[job.shape].run(stage)
        stage.crowd.close()
    except Trouble as trouble:
        _tell("trouble", str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130
    _tell("figures", [figures.to_json() for figures in found])
    return 0


if __name__ == "__main__":
    sys.exit(main())
