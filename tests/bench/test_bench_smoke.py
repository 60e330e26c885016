"""The bench as a user starts it, with a few clients: every shape, both servers, real sockets."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_smoke_run_sees_every_delivery_arrive() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--smoke"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every delivery arrived." in done.stdout
