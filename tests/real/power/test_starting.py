"""A server whose power is lost as it starts: the next one finds all as it was, or is to be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from trio_chat.store.database import Store

from ..programs import needs
from . import rounds
from .disk import Disk

pytestmark = [pytest.mark.slow, needs("gcc")]

STARTING = """
import os, signal, sys
from pathlib import Path
from trio_chat.store import database
from trio_chat.store.database import Store
from trio_chat.store.lock import locked
if len(sys.argv) > 2:
    database._MIGRATIONS = database._MIGRATIONS[:int(sys.argv[2])]
with locked(Path(sys.argv[1])), Store(Path(sys.argv[1]), checked=True) as store:
    print(store.start_boot(1.0), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def start(disk: Disk, data: Path, *schema: str) -> int:
    """Start on a disk and be killed, at the latest when there is a number; the number or 0."""
    done = subprocess.run(
        [sys.executable, "-c", STARTING, data, *schema],
        env={**os.environ, **disk.environment},
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    return int(done.stdout or b"0")


@pytest.mark.parametrize("was", ["nothing", "an earlier version"])
def test_power_may_be_lost_at_any_moment_of_a_start(disk: Disk, was: str) -> None:
    data = disk.root / "deep" / "data"

    def begin_again() -> int:
        """What there is before the start; the last number that it has given."""
        for path in disk.root.rglob("*"):
            if path.is_file():
                path.unlink()
        for path in (data, data.parent):
            if path.exists():
                path.rmdir()
        if was == "nothing":
            disk.settle()
            return 0
        first = start(disk, data, "2")
        assert first == 1
        return first

    before = begin_again()
    disk.operations = 0
    assert start(disk, data) == before + 1
    count = disk.operations
    moments = list(range(1, count + 1))
    Random(5).shuffle(moments)
    for number in rounds(6):
        moment = moments[number % count]
        for seed in (None, number):
            before = begin_again()
            disk.operations, disk.dies_at = 0, moment
            given = start(disk, data)
            disk.lose_power(seed)
            again = start(disk, data)
            assert again > max(before, given), (moment, seed)
            with Store(data, checked=True) as store, store.reading() as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert len(db.execute("SELECT * FROM boots").fetchall()) >= (given > 0) + before + 1
            disk.settle()
