"""The process that sits at the client.

Started as `python -m benchmarks.client.driver` by the bench, on a core of its own;
`benchmarks.orders` says what goes in and out.
"""

from __future__ import annotations

import sys

from benchmarks.client.figures import Job
from benchmarks.client.sitting import sit
from benchmarks.orders import work_off

if __name__ == "__main__":
    sys.exit(work_off(lambda job, progress: sit(Job(**job), progress)))
