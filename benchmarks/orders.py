"""What every process that measures for the bench does: one job on standard input, figures out.

Law: each line out is an object with one key, `progress`, `figures` or `trouble`.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.crowd import Trouble
from benchmarks.figures import Run

Progress = Callable[[float, str], None]
"""Told the share of the job that is done, and a note."""


def work_off(work: Callable[[dict[str, Any], Progress], Sequence[Run]]) -> int:
    """Do the job, given as plain values; 0 when there are figures, 1 when there was trouble."""
    job = json.loads(sys.stdin.readline())
    # No cycles are made here; the collector's pauses would be taken for those of what is measured.
    gc.freeze()
    gc.disable()
    try:
        found = work(job, lambda share, note: _tell("progress", [share, note]))
    except Trouble as trouble:
        _tell("trouble", str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130
    _tell("figures", [figures.to_json() for figures in found])
    return 0


def _tell(key: str, value: Any) -> None:
    sys.stdout.write(json.dumps({key: value}) + "\n")
    sys.stdout.flush()
