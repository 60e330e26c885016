"""The process that sits at the client: one job on standard input, figures out, as JSON.

Started as `python -m benchmarks.client.driver` by the bench, on a core of its own; what it writes
is as of `benchmarks.driver`.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from benchmarks.client.figures import Job
from benchmarks.client.sitting import sit
from benchmarks.crowd import Trouble


def _tell(key: str, value: Any) -> None:
    sys.stdout.write(json.dumps({key: value}) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the job; 0 when there are figures, 1 when there was trouble."""
    job = Job(**json.loads(sys.stdin.readline()))
    gc.freeze()
    gc.disable()
    try:
        found = sit(job, lambda share, note: _tell("progress", [share, note]))
    except Trouble as trouble:
        _tell("trouble", str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130
    _tell("figures", [figures.to_json() for figures in found])
    return 0


if __name__ == "__main__":
    sys.exit(main())
